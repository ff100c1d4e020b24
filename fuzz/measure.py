"""Time and memory of one call after the other, in this process: what the tests of hostile input run in a child.

Memory is the most that was resident during the call, above what was resident before it (Linux; 0 elsewhere).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Measured:
    """outcome : "loaded", or the name of the exception. said : its text. seconds, megabytes : of the call.

    seconds : of the processor, all threads together, so that other work on the machine does not count.
    """

    outcome: str
    said: str
    seconds: float
    megabytes: float


def measured(call: Callable[[], object]) -> Measured:
    """`call` is made; an Exception that it raises is an outcome."""
    before = _reset()
    start = time.process_time()
    try:
        call()
        outcome, said = "loaded", ""
    except Exception as error:
        outcome, said = type(error).__name__, str(error)
    seconds = time.process_time() - start
    return Measured(outcome, said, seconds, max(0.0, _kilobytes("VmHWM") - before) / 1024)


def _reset() -> float:
    """The peak is forgotten; returns what is resident now, in kB."""
    if _CLEAR.exists():
        _CLEAR.write_text("5")
    return _kilobytes("VmRSS")


def _kilobytes(name: str) -> float:
    if not _STATUS.exists():
        return 0.0
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return float(line.split()[1])

"""What a worker does with a job: alone, with a look now and then whether anybody still waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from surfedge.errors import SurfedgeError
from surfedge.progress import Progress
from surfedge.scoring.cluster.messages import NO_ITEM, Answer, Report, pack_report, packed, unpacked
from surfedge.scoring.cluster.shared_files import NotTheSameError
from surfedge.scoring.ledger.outcome import Outcome

ERROR = "error"  # name of what an answer holds where the job failed
SAY_EVERY_S = 1.0
_ALONE = threading.Lock()  # torch's threads and its random numbers belong to the process


class _AbandonedError(Exception):
    """Nobody waits for the job any more."""


def job_report(name: str, message: bytes, do: Callable[[Any, Progress], Mapping[str, bytes]]) -> bytes:
    """The task of a job. do : makes files, by name, of what `message` holds; its errors are answers too.

    name : of the run's plugin; once that is gone the job ends at its next step.
    """
    from distributed import get_worker

    worker = get_worker()
    plugin = worker.plugins.get(name)
    if getattr(plugin, "detector", None) is None:
        return pack_report(Report(refused="the worker was not let in"))
    said = [0.0]

    def progress(done: int, total: int, what: str) -> None:
        if worker.plugins.get(name) is not plugin:
            raise _AbandonedError
        if time.monotonic() - said[0] >= SAY_EVERY_S:
            said[0] = time.monotonic()
            worker.log_event(name, [done, total, what])

    started = time.perf_counter()
    with _ALONE:
        answer = _answer(lambda: do(unpacked(message), progress))
    return pack_report(Report((answer,), time.perf_counter() - started))


def _answer(do: Callable[[], Mapping[str, bytes]]) -> Answer:
    nothing = Outcome(NO_ITEM)
    try:
        return Answer(nothing, do())
    except NotTheSameError as error:
        return Answer(nothing, unreadable=str(error))
    except SurfedgeError as error:
        told = [type(error).__name__, error.name, error.found, error.expected, error.remedy]
    except Exception as error:  # a job that fails in a way that nobody thought of is named, it does not end the others
        words = " ".join(str(error).split())[:300]
        told = ["SurfedgeError", "worker", f"unexpected {type(error).__name__}: {words}", "", ""]
    return Answer(nothing, {ERROR: packed(told)})

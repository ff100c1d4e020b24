"""How many things are done at once: the cores that this process may use, and the most that may be asked for."""

from __future__ import annotations

import os

from surfedge.errors import ArgumentError

MAX_WORKERS = 1024


def usable_cores() -> int:
    """Cores that this process may use: those of its affinity, where the system gives them.

    >>> usable_cores() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def checked_count(name: str, count: object, *, least: int = 0, remedy: str = "0 takes one per core") -> int:
    """`count` as an int; raises ArgumentError unless it is a whole number from `least` to `MAX_WORKERS`.

    >>> checked_count("workers", 4)
    4
    """
    try:
        value = count.__index__()  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        value = -1
    if isinstance(count, bool) or not least <= value <= MAX_WORKERS:
        raise ArgumentError(name, found=repr(count)[:80], expected=f"{least} to {MAX_WORKERS:,}", remedy=remedy)
    return int(value)

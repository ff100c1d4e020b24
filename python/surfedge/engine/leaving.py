"""Daemon threads that still inspect when the interpreter leaves.

Python ends such a thread inside of native code, where C++ answers with an abort. So the interpreter waits for the calls
that are under way, and a daemon thread that comes to its next one, or back from one, stays there and is never ended.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

MAX_WAIT_S = 60.0

P = ParamSpec("P")
T = TypeVar("T")


class _Gate:
    """How many daemon threads are inside of calls, and whether the interpreter leaves."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.inside = 0
        self.is_leaving = False
        self.depth = threading.local()

    def enter(self) -> None:
        if getattr(self.depth, "calls", 0) == 0:
            with self.changed:
                self.inside += 1
            if self.is_leaving:
                self._stay()
        self.depth.calls = getattr(self.depth, "calls", 0) + 1

    def leave(self) -> None:
        self.depth.calls -= 1
        if self.depth.calls == 0:
            with self.changed:
                must_stay = self.is_leaving
                self.inside -= not must_stay
            if must_stay:
                self._stay()

    def close(self) -> None:
        """Called once the main thread and all others that are no daemons are done."""
        with self.changed:
            self.is_leaving = True
            self.changed.wait_for(lambda: self.inside == 0, MAX_WAIT_S)

    def _stay(self) -> None:
        with self.changed:
            self.inside -= 1
            self.changed.notify_all()
        while True:
            threading.Event().wait()


_gate = _Gate()


def waited_for(function: Callable[P, T]) -> Callable[P, T]:
    """`function`, whose calls from daemon threads the interpreter waits for when it leaves.

    >>> @waited_for
    ... def double(x: int) -> int:
    ...     return 2 * x
    >>> double(4)
    8
    """

    @wraps(function)
    def call(*given: P.args, **named: P.kwargs) -> T:
        if not threading.current_thread().daemon:
            return function(*given, **named)
        gate = _gate
        gate.enter()
        try:
            return function(*given, **named)
        finally:
            gate.leave()

    return call


def _anew() -> None:
    global _gate
    _gate = _Gate()


atexit.register(lambda: _gate.close())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_anew)  # of its threads the child has the one that forked

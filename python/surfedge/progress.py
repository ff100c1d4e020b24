"""How long work reports how far it is."""

from __future__ import annotations

from collections.abc import Callable

# Called with (steps done, steps in all, what is being done).
Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, what: str) -> None:
    """Reports nothing: the default of functions that can report."""

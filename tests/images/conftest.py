"""An end to a test whose reader waits for ever."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from images.reading import HUNG_S


@pytest.fixture
def no_hang() -> Iterator[None]:
    """Ends a test whose reader waits for ever, where the system has timers; `read_or_refuse` winds it up again."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(f"an image held the reader for more than {HUNG_S} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, HUNG_S)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)

"""What a worker on the client's own machine does at its start: Ctrl-C is for the client, which ends its workers."""

from __future__ import annotations

import signal
from typing import Any


def dask_setup(worker: Any) -> None:
    """Called by dask, in the worker's main thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

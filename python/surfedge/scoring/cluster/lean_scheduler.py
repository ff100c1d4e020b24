"""What a scheduler does at its start: it keeps nothing of tasks that are over, of which dask keeps two things.

Its record of spans notes for each task, for ever, that a Future was asked for; and a cache holds the names of 100,000.
Here for ``local:N``; for one's own scheduler: ``dask scheduler --preload surfedge.scoring.cluster.lean_scheduler``.
"""

from __future__ import annotations

import itertools
from typing import Any

NAMES = 1000  # that the cache may hold


def dask_setup(scheduler: Any) -> None:
    """Called by dask."""
    from dask.utils import key_split

    spans = scheduler.extensions.get("spans")
    if spans is None:
        return
    observe, submitted = spans.observe_tasks, itertools.count(1)

    def observe_tasks(*tasks: Any, **known: Any) -> Any:
        if next(submitted) % NAMES == 0:
            key_split.cache_clear()
        return observe(*tasks, **{**known, "span_metadata": {}})

    spans.observe_tasks = observe_tasks

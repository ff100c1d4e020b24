"""What a scheduler does at its start: it keeps no list of what was submitted, which dask never shortens.

Here for ``local:N``; for one's own scheduler: ``dask scheduler --preload surfedge.scoring.cluster.lean_scheduler``.
"""

from __future__ import annotations

from typing import Any


def dask_setup(scheduler: Any) -> None:
    """Called by dask. Its record of spans would note for each task that a Future was asked for."""
    spans = scheduler.extensions.get("spans")
    if spans is None:
        return
    observe = spans.observe_tasks

    def observe_tasks(*tasks: Any, **known: Any) -> Any:
        return observe(*tasks, **{**known, "span_metadata": {}})

    spans.observe_tasks = observe_tasks

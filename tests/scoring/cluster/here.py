"""A cluster whose one worker is this process: jobs go through their messages, no process is started."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import distributed
import pytest

from surfedge.scoring.cluster.jobs import Done, _done
from surfedge.scoring.cluster.messages import unpack_report
from surfedge.scoring.cluster.tasks import Answered, Batch


class Here(AbstractContextManager["Here"]):
    """Stands in for surfedge.scoring.Cluster where jobs are run."""

    def __init__(self, address: str = "", **how: Any) -> None:
        self._patch = pytest.MonkeyPatch()
        self.shipped: dict[str, str] = {}

    def __enter__(self) -> Here:
        plugin = SimpleNamespace(detector=True)
        worker = SimpleNamespace(plugins={"run": plugin}, log_event=lambda *said: None)
        self._patch.setattr(distributed, "get_worker", lambda: worker)
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()

    def ship(self, detector: Any, environment: Any) -> None:
        """Only asks for the environment."""
        self.shipped = environment(detector)
        assert self.shipped == environment(detector)

    def jobs(self, task: Any, progress: Any) -> Any:
        """Runs each as soon as it is asked for."""

        def run(messages: Sequence[bytes]) -> Iterator[tuple[int, Done]]:
            for number, message in enumerate(messages):
                report = unpack_report(task("run", message))
                yield number, _done(Answered(Batch([number], message), report))

        return SimpleNamespace(run=run)

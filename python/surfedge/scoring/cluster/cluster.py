"""A cluster as a folder run sees it: connected, sent the detector, and a pipeline on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import TYPE_CHECKING, Any

from surfedge.errors import ArgumentError
from surfedge.progress import Progress, silent
from surfedge.scoring.cluster.connection import connected, local_workers
from surfedge.scoring.inspection import Inspection

if TYPE_CHECKING:
    from surfedge.scoring.cluster.cluster_pipeline import Work
    from surfedge.scoring.cluster.jobs import Jobs
    from surfedge.scoring.cluster.tasks import Task


class Cluster(AbstractContextManager["Cluster"]):
    """Workers that inspect for `score_folder` and `watch_folder`, until it is left.

    address : ``tcp://HOST:PORT`` of a dask scheduler, or ``local:N`` for N workers of one core each on this machine.
    tls : CA, CERT and KEY, paths of PEM files; empty without encryption. allows_different : lets workers take part
    whose versions or processor may give other scores; outcomes are then kept apart from those of equal workers.
    say : takes one line about each worker that is left out, differs or goes.

    Raises ClusterError when it cannot be reached, ArgumentError for an address or files that are none.
    """

    def __init__(
        self,
        address: str,
        *,
        tls: Sequence[str] = (),
        allows_different: bool = False,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        if len(tls) not in (0, 3):
            raise ArgumentError("--cluster-tls", found=f"{len(tls)} files", expected="CA CERT KEY")
        local_workers(address)
        self.address, self.allows_different = address, allows_different
        self._tls, self._say = tuple(tls), say
        self._stack = ExitStack()
        self._workers: Any = None

    def __enter__(self) -> Cluster:
        with ExitStack() as stack:
            client = stack.enter_context(connected(self.address, self._tls))
            from surfedge.scoring.cluster.workers import Workers

            self._workers = Workers(client, self.address, self.allows_different, self._say)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):  # a worker without the plugin fails to drop it; the run's own error is what counts
            self._workers.release()
        self._stack.close()

    def ship(self, detector: Any, environment: Callable[[Any], dict[str, str]] | None = None) -> None:
        """Sends `detector` to the workers, in place of one that they hold.

        environment : gives what has to be the same on every machine, instead of `environment_of`; a function of
        surfedge. Raises ClusterError where no worker may take part, naming why.
        """
        self._workers.ship(detector, environment)

    def pipeline(self, inspection: Inspection, looking: int, total: int) -> Any:
        """A ClusterPipeline for a folder run of `total` images, 0 where nobody knows."""
        from surfedge.scoring.cluster.folder_work import FolderWork

        return self.pipeline_of(FolderWork(inspection), looking, total)

    def pipeline_of(self, work: Work[Any], looking: int, total: int) -> Any:
        """A ClusterPipeline for other work on `total` images."""
        from surfedge.scoring.cluster.cluster_pipeline import ClusterPipeline

        return ClusterPipeline(self._workers, work, looking, total)

    def jobs(self, task: Task, progress: Progress = silent) -> Jobs:
        """Jobs that take a worker each, of what `task` does."""
        from surfedge.scoring.cluster.jobs import Jobs

        return Jobs(self._workers, task, self._say, progress)

    def identity(self, given: str) -> str:
        """`given`, marked where scores of other workers may be among the outcomes."""
        return f"{given}+different workers" if self.allows_different else given

    def record(self) -> Mapping[str, Any]:
        """For the ledger: who takes part."""
        return {"cluster": {"address": self.address, "workers": list(self._workers.about.values())}}

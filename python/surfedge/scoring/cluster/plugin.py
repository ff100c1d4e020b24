"""What lives on a worker: the detector of one run, held by a plugin that says whether the worker may take part."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable
from typing import Any

from distributed import Worker, WorkerPlugin

from surfedge.detector import Detector
from surfedge.errors import SurfedgeError
from surfedge.scoring.cluster.environment import differences, environment_of
from surfedge.scoring.cluster.messages import PROTOCOL, packed, unpacked
from surfedge.scoring.cluster.shipment import Shipment

Environment = Callable[[Detector], dict[str, str]]
LOADING = {"loading": True}


class DetectorPlugin(WorkerPlugin):
    """Opens the shipped detector on each worker, also on one that joins later, and says whether it may take part.

    message : bytes of a Shipment and of the client's environment. environment : what gave that one, a function of
    surfedge, which travels by its name. No other state travels.
    """

    def __init__(self, name: str, message: bytes, environment: Environment = environment_of) -> None:
        self.name, self.message, self.environment = name, message, environment
        self.detector: Detector | None = None
        self.state: dict[str, Any] = dict(LOADING)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.message, self.environment)

    async def setup(self, worker: Worker) -> None:
        """Loads beside the worker's loop, which goes on answering meanwhile."""
        threads = worker.state.nthreads
        self.state = await asyncio.get_running_loop().run_in_executor(None, self._load, threads)
        self.message = b""  # the scheduler holds it for workers to come

    def teardown(self, worker: Worker) -> None:
        """Lets go of the detector."""
        self.detector = None

    def _load(self, threads: int) -> dict[str, Any]:
        try:
            given = unpacked(self.message)
            if given["protocol"] != PROTOCOL:
                return {"refused": f"messages of version {PROTOCOL} instead of {given['protocol']}"}
            return self._opened(given, threads)
        except SurfedgeError as error:
            return {"refused": str(error)}
        except Exception as error:  # a worker that cannot load is named, it does not end the run
            return {"refused": f"unexpected {type(error).__name__}: {' '.join(str(error).split())[:300]}"}

    def _opened(self, given: dict[str, Any], threads: int) -> dict[str, Any]:
        import cv2

        from surfedge import kernels

        kernels.set_threads(1)  # images are the unit of work, a thread of the worker each
        cv2.setNumThreads(1)
        detector = Shipment.from_plain(given["shipment"]).open(threads)
        environment = self.environment(detector)
        found = differences(given["environment"], environment)
        if not found or given["allows_different"]:
            self.detector = detector
        return {"differences": found, "environment": environment, "host": platform.node()}


def state_of(name: str, dask_worker: Worker) -> bytes:
    """What the worker's plugin of that name found, for Client.run."""
    plugin = dask_worker.plugins.get(name)
    return packed(plugin.state if isinstance(plugin, DetectorPlugin) else LOADING)

"""What lives on a worker: the detector of one run, held by a plugin, and the task that inspects a batch with it."""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from surfedge.errors import SurfedgeError
from surfedge.result import Result
from surfedge.scoring.cluster.messages import (
    NO_ITEM,
    PROTOCOL,
    Answer,
    Report,
    Request,
    pack_report,
    packed,
    unpack_task,
    unpacked,
)
from surfedge.scoring.fingerprint import check_unchanged, fingerprint
from surfedge.scoring.inspection import failed, judged
from surfedge.scoring.ledger.outcome import Item, Outcome
from surfedge.scoring.output.saving import encoded
from surfedge.scoring.pages import detection_of

LOADING = {"loading": True}


class DetectorPlugin(WorkerPlugin):
    """Opens the shipped detector on each worker, also on one that joins later, and says whether it may take part.

    message : bytes of a Shipment and of the client's environment, the only state that travels.
    """

    def __init__(self, name: str, message: bytes) -> None:
        self.name, self.message = name, message
        self.detect: Callable[[Item], Result] | None = None
        self.state: dict[str, Any] = dict(LOADING)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.message)

    async def setup(self, worker: Worker) -> None:
        """Loads beside the worker's loop, which goes on answering meanwhile."""
        threads = worker.state.nthreads
        self.state = await asyncio.get_running_loop().run_in_executor(None, self._load, threads)
        self.message = b""  # the scheduler holds it for workers to come

    def teardown(self, worker: Worker) -> None:
        """Lets go of the detector."""
        self.detect = None

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
        from surfedge.scoring.cluster.environment import differences, environment_of
        from surfedge.scoring.cluster.shipment import Shipment

        kernels.set_threads(1)  # images are the unit of work, a thread of the worker each
        cv2.setNumThreads(1)
        detector = Shipment.from_plain(given["shipment"]).open(threads)
        environment = environment_of(detector)
        found = differences(given["environment"], environment)
        if not found or given["allows_different"]:
            self.detect = detection_of(detector)
        return {"differences": found, "environment": environment, "host": platform.node()}


def state_of(name: str, dask_worker: Worker) -> bytes:
    """What the worker's plugin of that name found, for Client.run."""
    plugin = dask_worker.plugins.get(name)
    return packed(plugin.state if isinstance(plugin, DetectorPlugin) else LOADING)


def inspect_batch(name: str, message: bytes) -> bytes:
    """The task: a message of images in, a message of answers out. Nothing that is wrong with an image ends it."""
    plugin = get_worker().plugins.get(name)
    if not isinstance(plugin, DetectorPlugin) or plugin.detect is None:
        return pack_report(Report(refused="the bundle is not loaded"))
    try:
        requests, kinds = unpack_task(message)
    except SurfedgeError as error:
        return pack_report(Report(refused=str(error)))
    started = time.perf_counter()
    answers = tuple(_answer(plugin.detect, request, kinds) for request in requests)
    return pack_report(Report(answers, time.perf_counter() - started))


def _answer(detect: Callable[[Item], Result], request: Request, kinds: list[str]) -> Answer:
    try:
        if request.data is None:
            return _inspected(detect, Item(0, Path(request.path), "", request.page), request, kinds)
        with tempfile.TemporaryDirectory(prefix="surfedge-") as folder:
            path = Path(folder) / f"image{os.path.splitext(request.path)[1]}"
            path.write_bytes(request.data)
            return _inspected(detect, Item(0, path, "", request.page), request, kinds)
    except OSError as error:  # the worker's own disk, not the image
        reason = f"found {error.strerror or error} in the worker's temporary folder, expected room; free some"
        return Answer(Outcome(NO_ITEM, reason=reason, is_foreign_fault=True))
    except Exception as error:
        return Answer(failed(NO_ITEM, b"", error))


def _inspected(detect: Callable[[Item], Result], item: Item, request: Request, kinds: list[str]) -> Answer:
    """The answer on a file that has to hold the bytes that the client saw."""
    try:
        found = fingerprint(item.path)
    except SurfedgeError as error:
        return Answer(Outcome(NO_ITEM), unreadable=error.reason)
    if found.content != request.digest:
        return Answer(Outcome(NO_ITEM), unreadable="found other bytes at the same path")
    result = detect(item)
    check_unchanged(item.path, found.stamp)
    outcome = judged(NO_ITEM, b"", result)
    return Answer(outcome, encoded(result, kinds) if outcome.verdict else {})

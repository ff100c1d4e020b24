"""Tasks under way: batches of images at dask workers, each answered once, whatever becomes of the workers."""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from surfedge.scoring.cluster.cluster_error import ClusterError
from surfedge.scoring.cluster.messages import Report, unpack_report
from surfedge.scoring.cluster.workers import Workers

AHEAD = 2  # tasks per thread: one is inspected while the next lies ready at the worker
LOST_IN_A_ROW = 5
DEATHS = 3  # of workers that had a whole job, before it is given up
LATE_S, LATE_FACTOR = 5.0, 3.0  # a task that takes longer than both is given to another worker as well


Task = Callable[[str, bytes], bytes]
"""What a worker runs, a function of surfedge: from the name of the run's plugin and a message to a packed Report."""


@dataclass(eq=False)
class Batch:
    """What is answered as one.

    wanted : what it is of. is_alone : of one image that is suspected to end workers. refused_by : workers that cannot
    do it.
    """

    wanted: Sequence[Any]
    message: bytes = field(repr=False)
    by_bytes: bool = False
    is_alone: bool = False
    started: float = 0.0
    lost: int = 0
    is_retried: bool = False
    refused_by: set[str] = field(default_factory=set)
    futures: dict[Any, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    """A batch and its report; None where every worker that tried it ended. by : workers that may have answered."""

    batch: Batch
    report: Report | None
    by: frozenset[str] = frozenset()


class Tasks:
    """The batches under way. One thread uses it.

    task : what a worker does with each. are_whole : each takes a worker for itself, however many threads that has, and
    is not given to another as long as its worker is there.
    """

    def __init__(self, workers: Workers, task: Task, *, are_whole: bool = False) -> None:
        self._workers, self._client, self._task, self._are_whole = workers, workers.client, task, are_whole
        self._ended: queue.SimpleQueue[tuple[Batch, Any]] = queue.SimpleQueue()
        self._open: set[Batch] = set()
        self._numbers = itertools.count(1)
        self._seconds = 0.0

    def __len__(self) -> int:
        return len(self._open)

    @property
    def is_full(self) -> bool:
        """True while the workers have enough to do."""
        if self._are_whole:
            return len(self._open) >= max(1, len(self._workers.admitted))
        return len(self._open) >= AHEAD * max(1, self._workers.threads)

    def start(self, batch: Batch) -> None:
        """Hands a batch to the workers."""
        batch.started = time.monotonic()
        self._submit(batch, self._places(batch))
        self._open.add(batch)

    def next(self, wait_s: float) -> Answered | None:
        """The next batch that is answered, waited for `wait_s` seconds at most.

        Raises ClusterError when the scheduler is lost, or a worker says what cannot be understood.
        """
        if self._workers.is_due:
            self._look()
        try:
            batch, future = self._ended.get(timeout=wait_s) if wait_s else self._ended.get_nowait()
        except queue.Empty:
            self._check_scheduler()
            return None
        if future is None and batch in self._open:
            self._close(batch)
            return Answered(batch, None)
        if batch not in self._open or future not in batch.futures:
            return None  # another worker was faster
        return self._taken(batch, future)

    def finished(self) -> list[Answered]:
        """What is answered already, without waiting for more; for an early end."""
        found = []
        while self._client.status == "running":
            try:
                batch, future = self._ended.get_nowait()
            except queue.Empty:
                break
            if batch in self._open and future is not None and future.status == "finished":
                self._open.discard(batch)
                found.append(Answered(batch, unpack_report(future.result(timeout=5.0))))
        if self._client.status == "running":
            with suppress(OSError, TimeoutError):
                self._client.cancel([future for batch in self._open for future in batch.futures])
        self._open.clear()
        return found

    def _submit(self, batch: Batch, allowed: frozenset[str]) -> None:
        name = self._workers.name
        what = self._task.__name__.replace("_", "-")  # as dask's dashboard shows it
        key = f"surfedge-{what}-{name.rpartition('-')[2]}-{next(self._numbers)}"
        future = self._client.submit(
            self._task, name, batch.message, key=key, workers=sorted(allowed), allow_other_workers=False, pure=False
        )
        batch.futures[future] = allowed
        future.add_done_callback(lambda ended: self._ended.put((batch, ended)))

    def _places(self, batch: Batch) -> frozenset[str]:
        """Workers that may take a batch: all of them, or one that has nothing to do."""
        here = frozenset(self._workers.admitted)
        able = here - batch.refused_by or here
        if not self._are_whole:
            return able
        busy = {place for each in self._open for places in each.futures.values() for place in places}
        return frozenset(sorted(able - busy)[:1]) or able

    def _taken(self, batch: Batch, future: Any) -> Answered | None:
        if future.status == "finished":
            try:
                report = unpack_report(future.result(timeout=60.0))
            except (OSError, TimeoutError, CancelledError):  # the worker went with its answer
                report = Report(refused="lost")
            if report.refused:
                self._again(batch, future, report.refused)
                return None
            self._seconds += 0.3 * (time.monotonic() - batch.started - self._seconds)
            by = batch.futures[future]
            self._close(batch)
            return Answered(batch, report, by)
        self._check_scheduler()
        if future.status == "error":
            error = future.exception(timeout=5.0)
            if type(error).__name__ != "KilledWorker":
                found = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
                remedy = "install the same surfedge on every machine, that of the scheduler too"
                raise ClusterError(self._workers.address, found=found, expected="an answer", remedy=remedy)
            self._close(batch)
            return Answered(batch, None)
        self._again(batch, future)
        return None

    def _again(self, batch: Batch, future: Any, why: str = "") -> None:
        """The answer is lost, not the images; raises ClusterError for the fifth time in a row that one is."""
        del batch.futures[future]
        batch.lost += 1
        if batch.lost >= LOST_IN_A_ROW:
            remedy = "look at the logs of scheduler and workers, then run the same command again to finish"
            found = f"{batch.lost} answers that were lost{f' ({why})' if why else ''}"
            raise ClusterError(self._workers.address, found=found, expected="an answer", remedy=remedy)
        if not batch.futures:
            self._submit(batch, self._places(batch))

    def _close(self, batch: Batch) -> None:
        self._open.discard(batch)
        if late := [future for future in batch.futures if not future.done()]:
            self._client.cancel(late)
        batch.futures.clear()

    def _look(self) -> None:
        """Once a second: who is there, whose workers are all gone, who is late."""
        self._check_scheduler()
        try:
            self._workers.refresh()
        except (OSError, TimeoutError, CancelledError):
            self._check_scheduler()
            return
        here = frozenset(self._workers.admitted)
        for batch in self._open:
            stranded = [future for future, allowed in batch.futures.items() if not allowed & here]
            if stranded and here and len(stranded) == len(batch.futures):
                self._client.cancel(stranded)
                batch.futures.clear()
                batch.lost += self._are_whole
                if batch.lost >= DEATHS and self._are_whole:
                    self._ended.put((batch, None))
                else:
                    self._submit(batch, self._places(batch))
        if not self.is_full and not self._are_whole:
            self._copy_late(here)

    def _copy_late(self, here: frozenset[str]) -> None:
        """Gives what a slow or frozen worker holds to another one too; the first answer counts."""
        late_s = max(LATE_S, LATE_FACTOR * self._seconds)
        late = [b for b in self._open if len(b.futures) == 1 and time.monotonic() - b.started > late_s]
        if not late:
            return
        places = {key: where for where, keys in self._client.processing().items() for key in keys}
        for batch in late:
            key = next(iter(batch.futures)).key
            others = here - {places.get(key, "")}
            if others:
                self._submit(batch, others)

    def _check_scheduler(self) -> None:
        if self._client.status != "running":
            remedy = "start it and the workers, then run the same command again to finish"
            raise ClusterError(
                self._workers.address, found="that the scheduler is gone", expected="one that stays", remedy=remedy
            )

"""The pipeline of a run whose images are inspected by other machines: same items in, same outcomes out.

The client looks every input up, sends what is missing, and takes records back; it alone writes. An image that a worker
cannot read under the same path, or reads as other bytes, is sent itself. Images whose workers end again and again are
tried one by one at the end, so that one of them costs no other its verdict.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

from surfedge.scoring.cluster.messages import Answer, Report, pack_task
from surfedge.scoring.cluster.pace import MAX_BYTES, Pace
from surfedge.scoring.cluster.tasks import Answered, Batch, Task, Tasks
from surfedge.scoring.cluster.wanted import Wanted
from surfedge.scoring.cluster.workers import Workers
from surfedge.scoring.ledger.outcome import Item
from surfedge.scoring.pipeline import Pipeline

ENDED = "its worker ended, several times, whenever it inspected this image; inspect it alone, without --cluster"


Out = TypeVar("Out", covariant=True)


class Work(Protocol[Out]):
    """What is done with the images of a run. task : what a worker runs on a batch of them."""

    @property
    def task(self) -> Task:
        """See above."""
        ...

    def looked_up(self, item: Item) -> Out | Wanted:
        """The outcome where no worker is needed, else what one is asked; any number of threads may call."""
        ...

    def given(self, wanted: Sequence[Wanted]) -> Any:
        """Plain values for the message of a task with these images."""
        ...

    def took(self, report: Report) -> None:
        """A task was answered; its images follow one by one."""
        ...

    def outcome(self, wanted: Wanted, answer: Answer) -> Out:
        """What an answer means."""
        ...

    def left_out(self, wanted: Wanted, reason: str, *, is_foreign_fault: bool) -> Out:
        """What becomes of an image that no worker could inspect."""
        ...


class ClusterPipeline(Generic[Out]):
    """Stands in for the Pipeline; looking : threads that look inputs up. total : of the run, 0 where nobody knows."""

    def __init__(self, workers: Workers, work: Work[Out], looking: int = 0, total: int = 0) -> None:
        self._work, self._looking = work, looking
        self._workers, self._tasks, self._pace = workers, Tasks(workers, work.task), Pace(total)
        self._gathered: list[Wanted] = []
        self._to_send: deque[Wanted] = deque()
        self._suspects: deque[Wanted] = deque()
        self._by_bytes = False

    def __enter__(self) -> ClusterPipeline[Out]:
        return self

    def __exit__(self, *_: object) -> None:
        self._tasks.finished()

    def run(self, items: Iterable[Item | None], idle_s: float = 0.25) -> Iterator[Out | None]:
        """Outcomes as they are ready; None now and then without one, as Pipeline.run gives it."""
        with Pipeline[Item, Out | Wanted](self._work.looked_up, self._looking) as looking:
            for found in looking.run(items, idle_s):
                if isinstance(found, Wanted):
                    self._gathered.append(found)
                    self._start_gathered(only_full=True)
                elif found is None:
                    self._start_gathered(only_full=False)
                    self._start_suspect()
                    yield None
                else:
                    self._pace.took(1)
                    yield found
                yield from self._answers(0.0)
                while self._tasks.is_full:
                    yield from self._answers(idle_s)
        yield from self._to_the_end(idle_s)

    def stop(self) -> list[Out]:
        """What was answered already and nobody took; the rest is dropped."""
        found = [each for each in self._tasks.finished() if each.report]
        for each in found:
            each.batch.is_retried = True  # nothing is started any more
        return [outcome for each in found for outcome in self._outcomes(each)]

    def _to_the_end(self, idle_s: float) -> Iterator[Out | None]:
        """What is still to do once every input is looked up; suspects last, and each of them alone."""
        while True:
            self._start_gathered(only_full=False)
            self._start_suspect()
            if not len(self._tasks):
                return
            yield from self._answers(idle_s)

    def _start_gathered(self, only_full: bool) -> None:
        """Makes tasks of what is gathered while the workers can take more."""
        size = self._pace.size(self._workers.threads, 0 if only_full else len(self._gathered))
        while not self._tasks.is_full:
            if self._to_send:
                self._start_with_bytes(size)
            elif self._gathered and (len(self._gathered) >= size or not only_full):
                batch, self._gathered = self._gathered[:size], self._gathered[size:]
                self._pace.took(len(batch))
                if self._by_bytes:
                    self._to_send.extend(batch)
                else:
                    self._tasks.start(self._batch(batch))
            else:
                return

    def _start_suspect(self) -> None:
        """Tries an image that may have ended a worker while nothing else is under way that it could take with it."""
        if self._suspects and not len(self._tasks):
            alone = self._batch([self._suspects.popleft()])
            alone.is_alone = True
            self._tasks.start(alone)

    def _start_with_bytes(self, size: int) -> None:
        wanted: list[Wanted] = []
        held = 0
        while self._to_send and len(wanted) < size and (not wanted or held + self._to_send[0].size <= MAX_BYTES):
            wanted.append(self._to_send.popleft())
            held += wanted[-1].size
        self._tasks.start(self._batch(wanted, by_bytes=True))

    def _batch(self, wanted: Sequence[Wanted], by_bytes: bool = False) -> Batch:
        requests = [each.request(by_bytes=by_bytes) for each in wanted]
        return Batch(wanted, pack_task(requests, self._work.given(wanted)), by_bytes=by_bytes)

    def _answers(self, wait_s: float) -> Iterator[Out | None]:
        """Outcomes of one answered batch; None where there was none to wait for."""
        answered = self._tasks.next(wait_s)
        if answered is None:
            if wait_s:
                yield None
            return
        yield from self._outcomes(answered)
        self._start_gathered(only_full=True)

    def _outcomes(self, answered: Answered) -> Iterator[Out]:
        batch, report = answered.batch, answered.report
        if report is None:
            yield from self._ended(batch)
            return
        if not batch.is_retried and all(answer.outcome.is_foreign_fault for answer in report.answers):
            batch.is_retried = True  # not the images' fault but, perhaps, one worker's: another may do better
            self._tasks.start(batch)
            return
        self._pace.note(len(report.answers), report.seconds)
        self._work.took(report)
        unreadable = 0
        for wanted, answer in zip(batch.wanted, report.answers, strict=True):
            if answer.unreadable:
                unreadable += 1
                if batch.by_bytes:
                    yield self._work.left_out(wanted, wanted.change(answer), is_foreign_fault=False)
                else:
                    self._to_send.append(wanted)
            else:
                yield self._work.outcome(wanted, answer)
        if not batch.by_bytes and unreadable == len(batch.wanted):
            self._by_bytes = True  # no share there: what follows is sent at once

    def _ended(self, batch: Batch) -> Iterator[Out]:
        if batch.is_alone:
            yield self._work.left_out(batch.wanted[0], ENDED, is_foreign_fault=True)
        else:
            self._suspects.extend(batch.wanted)

"""The pipeline of a folder run whose images are inspected by other machines: same items in, same outcomes out.

The client looks every input up (its SHA-256, the ledger), sends what is missing, and takes records back; it alone
writes. An image that a worker cannot read under the same path, or reads as other bytes, is sent itself. Images whose
workers end again and again are tried one by one at the end, so that one of them costs no other its verdict.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from surfedge.errors import SurfedgeError
from surfedge.scoring.cluster.messages import Answer
from surfedge.scoring.cluster.pace import MAX_BYTES, Pace
from surfedge.scoring.cluster.tasks import Answered, Batch, Tasks, Wanted, batch_of
from surfedge.scoring.cluster.workers import Workers
from surfedge.scoring.fingerprint import check_unchanged, fingerprint, page_content
from surfedge.scoring.inspection import Inspection, failed
from surfedge.scoring.ledger.outcome import Item, Outcome
from surfedge.scoring.output.whole_file import OutputError
from surfedge.scoring.pipeline import Pipeline

ENDED = "its worker ended, several times, whenever it inspected this image; inspect it alone, without --cluster"


class ClusterPipeline:
    """Stands in for the Pipeline; looking : threads that look inputs up. total : of the run, 0 where nobody knows."""

    def __init__(self, workers: Workers, inspection: Inspection, looking: int = 0, total: int = 0) -> None:
        self._workers, self._inspection, self._looking = workers, inspection, looking
        self._tasks, self._pace = Tasks(workers), Pace(total)
        self._gathered: list[Wanted] = []
        self._to_send: deque[Wanted] = deque()
        self._suspects: deque[Wanted] = deque()
        self._by_bytes = False

    def __enter__(self) -> ClusterPipeline:
        return self

    def __exit__(self, *_: object) -> None:
        self._tasks.finished()

    def run(self, items: Iterable[Item | None], idle_s: float = 0.25) -> Iterator[Outcome | None]:
        """Outcomes as they are ready; None now and then without one, as Pipeline.run gives it."""
        with Pipeline[Item, Outcome | Wanted](self._looked_up, self._looking) as looking:
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

    def stop(self) -> list[Outcome]:
        """What was answered already and nobody took; the rest is dropped."""
        found = [each for each in self._tasks.finished() if each.report]
        for each in found:
            each.batch.is_retried = True  # nothing is started any more
        return [outcome for each in found for outcome in self._outcomes(each)]

    def _to_the_end(self, idle_s: float) -> Iterator[Outcome | None]:
        """What is still to do once every input is looked up; suspects last, and each of them alone."""
        while True:
            self._start_gathered(only_full=False)
            self._start_suspect()
            if not len(self._tasks):
                return
            yield from self._answers(idle_s)

    def _looked_up(self, item: Item) -> Outcome | Wanted:
        content = b""
        try:
            found = fingerprint(item.path)
            content = page_content(found.content, item.page)
            if verdict := self._inspection.done_before(item, content):
                return Outcome(item, content, verdict)
            return Wanted(item, found.content, content, found.stamp[2])
        except OutputError:
            raise
        except Exception as error:
            return failed(item, content, error)

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
                    self._tasks.start(batch_of(batch, self._inspection.kinds))
            else:
                return

    def _start_suspect(self) -> None:
        """Tries an image that may have ended a worker while nothing else is under way that it could take with it."""
        if self._suspects and not len(self._tasks):
            alone = batch_of([self._suspects.popleft()], self._inspection.kinds)
            alone.is_alone = True
            self._tasks.start(alone)

    def _start_with_bytes(self, size: int) -> None:
        wanted: list[Wanted] = []
        data: list[bytes] = []
        held = 0
        while self._to_send and len(wanted) < size and (not wanted or held + self._to_send[0].size <= MAX_BYTES):
            each = self._to_send.popleft()
            wanted.append(each)
            data.append(_bytes_of(each))
            held += len(data[-1])
        self._tasks.start(batch_of(wanted, self._inspection.kinds, data))

    def _answers(self, wait_s: float) -> Iterator[Outcome | None]:
        """Outcomes of one answered batch; None where there was none to wait for."""
        answered = self._tasks.next(wait_s)
        if answered is None:
            if wait_s:
                yield None
            return
        yield from self._outcomes(answered)
        self._start_gathered(only_full=True)

    def _outcomes(self, answered: Answered) -> Iterator[Outcome]:
        batch, report = answered.batch, answered.report
        if report is None:
            yield from self._ended(batch)
            return
        if not batch.is_retried and all(answer.outcome.is_foreign_fault for answer in report.answers):
            batch.is_retried = True  # not the images' fault but, perhaps, one worker's: another may do better
            self._tasks.start(batch)
            return
        self._pace.note(len(report.answers), report.seconds)
        unreadable = 0
        for wanted, answer in zip(batch.wanted, report.answers, strict=True):
            if answer.unreadable:
                unreadable += 1
                if batch.by_bytes:
                    yield Outcome(wanted.item, wanted.content, reason=_changed(wanted, answer))
                else:
                    self._to_send.append(wanted)
            else:
                yield self._outcome(wanted, answer)
        if not batch.by_bytes and unreadable == len(batch.wanted):
            self._by_bytes = True  # no share there: what follows is sent at once

    def _outcome(self, wanted: Wanted, answer: Answer) -> Outcome:
        outcome = replace(answer.outcome, item=wanted.item, content=wanted.content)
        return self._inspection.kept(outcome, answer.files) if outcome.verdict else outcome

    def _ended(self, batch: Batch) -> Iterator[Outcome]:
        if batch.is_alone:
            wanted = batch.wanted[0]
            yield Outcome(wanted.item, wanted.content, reason=ENDED, is_foreign_fault=True)
        else:
            self._suspects.extend(batch.wanted)


def _bytes_of(wanted: Wanted) -> bytes:
    """The file's bytes now; empty where it cannot be read any more, which the worker then notices."""
    try:
        return wanted.item.path.read_bytes()
    except OSError:
        return b""


def _changed(wanted: Wanted, answer: Answer) -> str:
    """Why an image that was sent is not the one that was looked up."""
    try:
        found = fingerprint(wanted.item.path)
        check_unchanged(wanted.item.path, found.stamp)
    except SurfedgeError as error:
        return error.reason
    if found.content != wanted.digest:
        return "found a file that changed while being read, expected a finished one; run again once it is written"
    return answer.unreadable

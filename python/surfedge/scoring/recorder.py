"""From finished images to the ledger: batches, at most half a second apart."""

from __future__ import annotations

import time

from surfedge.errors import EngineError
from surfedge.progress import Progress
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Outcome
from surfedge.scoring.output.gallery import Gallery

COMMIT_EVERY_S = 0.5
BATCH = 256
FAULTS_IN_A_ROW = 8


class Recorder:
    """Takes outcomes on one thread; what it reports to `progress` is committed.

    Raises EngineError when 8 images in a row failed for a reason that does not lie in them: the run would
    only skip the rest.
    """

    def __init__(self, ledger: Ledger, gallery: Gallery, total: int, progress: Progress) -> None:
        self._ledger, self._gallery = ledger, gallery
        self._total, self._progress = total, progress
        self._batch: list[Outcome] = []
        self._unwanted: set[bytes] = set()
        self._committed_at = time.monotonic()
        self._faults = 0
        self.done = self.inspected = 0

    def add(self, outcome: Outcome) -> None:
        """Keeps one outcome for the next commit, and watches for failures in a row."""
        self.keep(outcome)
        self._faults = self._faults + 1 if outcome.is_foreign_fault else 0
        if self._faults >= FAULTS_IN_A_ROW:
            raise EngineError(
                outcome.item.path,
                found=f"{self._faults} failures in a row, the last: {outcome.reason}",
                expected="an engine and a bundle that work",
                remedy="try surfedge verify, then run again",
            )

    def keep(self, outcome: Outcome) -> None:
        """Keeps one outcome for the next commit."""
        self._batch.append(outcome)
        self._unwanted |= self._gallery.add(outcome)

    def commit_when_due(self) -> list[Outcome]:
        """Commits a batch that is old or large enough; the outcomes that became durable."""
        if len(self._batch) >= BATCH or time.monotonic() - self._committed_at >= COMMIT_EVERY_S:
            return self.commit()
        return []

    def commit(self) -> list[Outcome]:
        """Makes everything added so far durable, and says what that was."""
        batch = self._batch
        if batch:
            self._ledger.commit(self._batch, self._unwanted)
            self.done += len(self._batch)
            self.inspected += sum(outcome.is_fresh for outcome in self._batch)
            self._batch, self._unwanted = [], set()
            self._progress(self.done, self._total, "scoring")
        self._committed_at = time.monotonic()
        return batch

    def milliseconds_per_image(self, seconds: float) -> float | None:
        """`seconds` shared among the images inspected in this run; None when there was none."""
        return 1e3 * seconds / self.inspected if self.inspected else None

"""What the detector says of every image: from a folder run, from an earlier start, else found in the background."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping

import numpy as np

from surfedge.detector import Detector
from surfedge.errors import ImplausibleError, SurfedgeError
from surfedge.labelling.candidates import Candidates
from surfedge.labelling.describing import COUNT, features_of
from surfedge.labelling.run_scores import Judged
from surfedge.labelling.score_cache import Known, ScoreCache
from surfedge.result import Region

_NICENESS = 10
_BATCH = 32  # images between two writes of the cache


class Scores:
    """Scores, reasons and features by number; any thread may read them while they come in.

    score, threshold : float64 (N,), NaN where not judged (yet). features : float32 (N, D), NaN likewise.
    reason : by number, of images that cannot be read. refused : by number, of images that the detector refuses.
    changes : grows with every image that comes in.
    """

    def __init__(
        self, detector: Detector, candidates: Candidates, cache: ScoreCache, of_run: Mapping[str, Judged]
    ) -> None:
        self._detector, self._candidates, self._cache = detector, candidates, cache
        count = len(candidates)
        self.score, self.threshold = np.full(count, np.nan), np.full(count, np.nan)
        self.features = np.full((count, COUNT), np.nan, np.float32)
        self.reason: dict[int, str] = {}
        self.refused: dict[int, str] = {}
        self.changes = 0
        self._is_done = np.zeros(count, bool)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._of_run = of_run
        self._recall()

    @property
    def done(self) -> int:
        """Images that were looked at."""
        return int(self._is_done.sum())

    def start(self) -> None:
        """Looks at what is missing, in a thread that ends with `stop`."""
        self._thread = threading.Thread(target=self._run, name="surfedge-scores", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the image at hand; what it found is kept."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _recall(self) -> None:
        """What an earlier start or a folder run knows of files that are still the same."""
        for name, known in self._cache.all().items():
            number = self._candidates.number_of.get(name)
            if number is not None and known.stamp == self._candidates.stamp(number):
                self._take(number, known)
        for number, name in enumerate(self._candidates.names if self._of_run else ()):
            found = self._of_run.get(os.path.realpath(self._candidates.folder / name))
            if found is not None and not self._is_done[number] and not found.reason:
                self.score[number], self.threshold[number] = found.score, found.threshold

    def _run(self) -> None:
        if sys.platform == "linux":  # there it is this thread's alone: whoever looks at the page comes first
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
        batch: dict[str, Known] = {}
        for number in _spread(~self._is_done):
            if self._stop.is_set():
                break
            known = self._looked_at(number)
            self._take(number, known)
            batch[self._candidates.names[number]] = known
            if len(batch) >= _BATCH:
                self._cache.add(batch)
                batch.clear()
        self._cache.add(batch)

    def _looked_at(self, number: int) -> Known:
        stamp = self._candidates.stamp(number)
        try:
            frame = self._detector.preparation.read(self._candidates.path(number))
        except (SurfedgeError, MemoryError) as error:
            return Known(stamp, reason=_reason(error))
        score, threshold = float(self.score[number]), float(self.threshold[number])
        regions: tuple[Region, ...] = ()
        refused = ""
        if not np.isfinite(score):
            try:
                result = self._detector(frame)
                score, threshold, regions = float(result.score), float(result.threshold), result.regions
            except (SurfedgeError, MemoryError) as error:
                refused = _reason(error)
        features = features_of(frame, score, threshold, regions)
        return Known(stamp, score, threshold, features if np.isfinite(features).all() else None, refused=refused)

    def _take(self, number: int, known: Known) -> None:
        with self._lock:
            self.score[number], self.threshold[number] = known.score, known.threshold
            if known.features is not None:
                self.features[number] = known.features
            if known.reason:
                self.reason[number] = known.reason
            if known.refused:
                self.refused[number] = known.refused
            self._is_done[number] = True
            self.changes += 1


def _reason(error: Exception) -> str:
    if isinstance(error, ImplausibleError):
        return f"refused as implausible: {error.reason}"
    return error.reason if isinstance(error, SurfedgeError) else "not enough memory"


def _spread(wanted: np.ndarray) -> Iterator[int]:
    """Numbers of the wanted ones, spread over the folder at first: the earliest proposals then know all of it."""
    yield from np.random.default_rng(0).permutation(np.flatnonzero(wanted)).tolist()

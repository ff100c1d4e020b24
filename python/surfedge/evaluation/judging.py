"""THE loop over labelled images: one detector or several beside each other, and what their results add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

from surfedge.datasets import GOOD, Sample
from surfedge.detector import Detector
from surfedge.errors import DatasetError, ImplausibleError, SurfedgeError
from surfedge.images import pages_left
from surfedge.metrics import BinSums, CountedImage, Evaluation, EvaluationRecord, ScoreBins
from surfedge.progress import Progress, silent
from surfedge.result import Result

Skipped = tuple[str, str]
"""Path and reason of an image that was not judged."""


@dataclass(frozen=True)
class Judged:
    """One labelled image. index : its place among the samples. results : of each detector. truth : bool (H, W), None
    for a defect without a mask. counted : what it adds to the metrics, where another machine counted it; then truth is
    None, and the results have no arrays.
    """

    index: int
    sample: Sample
    results: tuple[Result, ...]
    truth: np.ndarray | None = field(repr=False)
    counted: CountedImage | None = field(repr=False, default=None)

    @property
    def result(self) -> Result:
        """Of the first detector."""
        return self.results[0]


@dataclass(frozen=True)
class Counted:
    """An image that another machine judged: its result without arrays, and what it adds to the metrics."""

    result: Result
    image: CountedImage


@dataclass(frozen=True)
class LeftOut:
    """An image that could not be judged there, and why."""

    reason: str
    is_implausible: bool = False


Seen = tuple[Result | SurfedgeError, ...] | Counted | LeftOut
"""What is known of an image: results of all detectors here, or what another machine says."""


@dataclass
class Judging:
    """Iterates over labelled images in their order, each inspected by all detectors.

    workers : images inspected at once by each; 1 has its core for itself, so that times can be quoted.
    what : said by `progress`. masks : False leaves the truth of defects away. skipped : the images that could not be
    judged so far, unreadable ones, those whose mask cannot be read or does not fit, and those refused as implausible.
    refused : the last of these alone; a defective one counts neither as found nor as missed. partly : judged by the
    first of several pages alone. elsewhere : what is seen of the images where others judge them, instead of here.

    Raises DatasetError at the end when there was no image that could be judged.

    >>> from surfedge.datasets import Sample
    >>> judging = Judging([Detector()], [Sample(Path("gone.png"), "good")])
    >>> list(judging)
    Traceback (most recent call last):
    surfedge.errors.DatasetError: data set: found 1 images, none readable, expected at least one; gone.png: ...
    """

    detectors: Sequence[Detector]
    samples: Sequence[Sample]
    workers: int = 1
    progress: Progress = silent
    what: str = "judging labelled images"
    masks: bool = True
    skipped: list[Skipped] = field(default_factory=list)
    refused: list[Skipped] = field(default_factory=list)
    partly: list[Skipped] = field(default_factory=list)
    elsewhere: Callable[[Sequence[Sample]], Iterator[Seen]] | None = None

    def __iter__(self) -> Iterator[Judged]:
        self.skipped.clear()
        self.refused.clear()
        self.partly.clear()
        for number, (sample, seen) in enumerate(zip(self.samples, self._outcomes(), strict=True)):
            self.progress(number, len(self.samples), self.what)
            if (judged := self._judged(number, sample, seen)) is not None:
                if part := pages_left(judged.result.notes):
                    self.partly.append((str(sample.path), part))
                yield judged
        if len(self.skipped) == len(self.samples):
            raise DatasetError(
                "data set",
                found=f"{len(self.samples)} images, none readable",
                expected="at least one",
                remedy=f"{self.skipped[0][0]}: {self.skipped[0][1]}" if self.skipped else "check the path",
            )
        self.progress(len(self.samples), len(self.samples), self.what)

    def _outcomes(self) -> Iterator[Seen]:
        if self.elsewhere is not None:
            return self.elsewhere(self.samples)
        paths = [sample.path for sample in self.samples]
        return zip(*(_inspected(each, paths, self.workers) for each in self.detectors), strict=True)

    def _judged(self, number: int, sample: Sample, seen: Seen) -> Judged | None:
        """What was seen of an image, with its truth; None where it is skipped."""
        if isinstance(seen, Counted):
            return Judged(number, sample, (seen.result,), None, seen.image)
        if isinstance(seen, LeftOut):
            self._skip(sample, seen.reason, seen.is_implausible)
            return None
        try:
            return Judged(number, sample, *self._results(sample, seen))
        except SurfedgeError as error:
            self._skip(sample, error.reason, isinstance(error, ImplausibleError))
            return None

    def _skip(self, sample: Sample, reason: str, is_refused: bool) -> None:
        self.skipped.append((str(sample.path), reason))
        if is_refused:
            self.refused.append(self.skipped[-1])

    def _results(
        self, sample: Sample, outcomes: Sequence[Result | SurfedgeError]
    ) -> tuple[tuple[Result, ...], np.ndarray | None]:
        """The detectors' results and the truth; raises the first error of either."""
        results: list[Result] = []
        for outcome in outcomes:
            if isinstance(outcome, SurfedgeError):
                raise outcome
            results.append(outcome)
        return tuple(results), sample.mask(results[0].shape) if self.masks else None


def _inspected(detector: Detector, paths: Sequence[Path], workers: int) -> Iterator[Result | SurfedgeError]:
    if workers != 1:
        for _, outcome in detector.stream(paths, workers=workers):
            yield outcome
        return
    for path in paths:
        try:
            yield detector(path)
        except SurfedgeError as error:
            yield error


def class_given(result: Result) -> str:
    """The class that a classifier gave; "" of a detector, whose regions may have names that are no verdict."""
    return result.label if result.probabilities else ""


def counted_as(result: Result, label: str, truth: np.ndarray | None) -> dict[str, Any]:
    """What an evaluation is told of a result beside its score; truth : of a defect, else not looked at."""
    return {
        "anomaly_map": result.anomaly_map,
        "mask": truth if label != GOOD else None,
        "threshold": result.threshold,
        "predicted": result.mask,
        "is_called": result.is_defective,
        "given_class": class_given(result),
        "probabilities": result.probabilities,
    }


class Tally:
    """What the results of one detector add up to: counts for its metrics, times, what its screen skipped."""

    def __init__(self) -> None:
        self._evaluation = Evaluation(good_label=GOOD)
        self._milliseconds: list[float] = []
        self._skipped: dict[bool, list[float]] = {False: [], True: []}

    def __len__(self) -> int:
        return len(self._milliseconds)

    def add(self, judged: Judged, number: int = 0, **settings: Any) -> None:
        """Count the result of detector `number`. settings : instead of those of `Evaluation.add`."""
        sample, result = judged.sample, judged.results[number]
        if judged.counted is not None:
            self._evaluation.take(judged.counted)
        else:
            counted = {**counted_as(result, sample.label, judged.truth), **settings}
            self._evaluation.add(str(sample.path), sample.label, result.score, **counted)
        self._milliseconds.append(result.milliseconds)
        self._skipped[sample.is_defective].append(result.skipped_share)

    @property
    def bins(self) -> ScoreBins | None:
        """The bins in which other machines may count, once enough pixels are known to choose them."""
        return self._evaluation.bins

    def take_sums(self, sums: BinSums) -> None:
        """The pixels of images that another machine counted."""
        self._evaluation.take_sums(sums)

    def record(self, *, bootstrap: int = 0) -> EvaluationRecord:
        """All metrics; `bootstrap` resamplings for the intervals, 0 for none."""
        return self._evaluation.record(bootstrap=bootstrap)

    @property
    def milliseconds(self) -> float:
        """Median time per image from pixels to verdict."""
        return median(self._milliseconds)

    def skipped_share(self, *kinds: bool) -> float:
        """Mean fraction of an image that the screen kept from the network; of the good (False) or defective ones."""
        shares = [share for kind in kinds or (False, True) for share in self._skipped[kind]]
        return fmean(shares) if shares else 0.0

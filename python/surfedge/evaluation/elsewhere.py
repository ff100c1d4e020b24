"""Judging on other machines: images go out by path or bytes, counts come back and are added in the images' order.

The first two million pixels are judged here, one image after the other, because the bins in which all others are
counted come from them. So every metric is the one of a run on this machine, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from surfedge.datasets import Sample
from surfedge.detector import Detector
from surfedge.errors import SurfedgeError
from surfedge.evaluation.counted import counted_of, judge_batch, sums_of
from surfedge.evaluation.judging import LeftOut, Seen, Tally
from surfedge.metrics import ScoreBins
from surfedge.result import Result
from surfedge.scoring.cluster.messages import Answer, Report
from surfedge.scoring.cluster.wanted import Wanted
from surfedge.scoring.fingerprint import fingerprint
from surfedge.scoring.ledger.outcome import Item

if TYPE_CHECKING:
    from surfedge.scoring import Cluster


class Elsewhere:
    """Judges for `tally` on the workers of `cluster`, which hold `detector`. looking : threads that read files here."""

    def __init__(self, cluster: Cluster, detector: Detector, tally: Tally, looking: int = 1) -> None:
        self._cluster, self._detector, self._tally, self._looking = cluster, detector, tally, looking
        self._is_mapless = False

    def outcomes(self, samples: Sequence[Sample]) -> Iterator[Seen]:
        """What became of each image, in order; the tally has to have been given each before the next is asked for."""
        for number, sample in enumerate(samples):
            if self._tally.bins is not None or self._is_mapless:
                yield from self._of_workers(samples, number)
                return
            seen = self._here(sample)
            self._is_mapless = isinstance(seen[0], Result) and seen[0].anomaly_map is None
            yield seen

    def _of_workers(self, samples: Sequence[Sample], start: int) -> Iterator[Seen]:
        items = [Item(number, sample.path, "") for number, sample in enumerate(samples[start:], start)]
        work, early, due = _Work(samples, self._tally), dict[int, Seen | None](), start
        with self._cluster.pipeline_of(work, self._looking, len(items)) as pipeline:
            for found in pipeline.run(items):
                if found is not None:
                    early[found[0]] = found[1]
                while due in early:
                    yield early.pop(due) or self._here(samples[due])
                    due += 1

    def _here(self, sample: Sample) -> tuple[Result | SurfedgeError]:
        try:
            return (self._detector(sample.path),)
        except SurfedgeError as error:
            return (error,)


class _Work:
    """The outcomes are (number of the sample, what was seen, or None for one that is to be judged here)."""

    task = staticmethod(judge_batch)

    def __init__(self, samples: Sequence[Sample], tally: Tally) -> None:
        self._samples, self._tally = samples, tally

    def looked_up(self, item: Item) -> tuple[int, Seen | None] | Wanted:
        mask, size = self._samples[item.position].mask_path, 0
        try:
            image = fingerprint(item.path)
            beside = None
            if mask is not None and self._samples[item.position].is_defective:
                of_mask = fingerprint(mask)
                beside, size = (mask, of_mask.content), of_mask.stamp[2]
            return Wanted(item, image.content, image.content, image.stamp[2] + size, beside)
        except SurfedgeError:
            return item.position, None  # whatever is wrong is said in the words of a run here

    def given(self, wanted: Sequence[Wanted]) -> Any:
        bins = self._tally.bins or ScoreBins(0.0, 1.0)  # without maps nothing comes into them
        labels = [self._samples[each.item.position].label for each in wanted]
        return {"labels": labels, "bins": [bins.centre, bins.scale]}

    def took(self, report: Report) -> None:
        self._tally.take_sums(sums_of(report.sums))

    def outcome(self, wanted: Wanted, answer: Answer) -> tuple[int, Seen | None]:
        number, outcome = wanted.item.position, answer.outcome
        if outcome.verdict is None:
            return number, LeftOut(outcome.reason, outcome.is_implausible)
        return number, counted_of(answer, str(self._samples[number].path))

    def left_out(self, wanted: Wanted, reason: str, *, is_foreign_fault: bool) -> tuple[int, Seen | None]:
        return wanted.item.position, LeftOut(reason)

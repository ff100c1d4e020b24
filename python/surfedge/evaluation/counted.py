"""Images judged on a worker: what each adds to an evaluation, and what a task adds up to, as messages."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np

from surfedge.datasets import GOOD, Sample
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.evaluation.judging import Counted, counted_as
from surfedge.metrics import BinSums, CountedImage, ImageBins, ImageRow, PartialEvaluation, ScoreBins
from surfedge.result import Result
from surfedge.scoring import Outcome
from surfedge.scoring.cluster.batches import batch_report
from surfedge.scoring.cluster.messages import NO_ITEM, Answer, packed, unpacked
from surfedge.scoring.ledger.outcome import Verdict

COUNTED, FATAL = "counted", "fatal"  # names of what an answer holds
_TYPES = {"<i4", "<f4", "<f8", "|b1"}


def judge_batch(name: str, message: bytes) -> bytes:
    """The task of an evaluation."""
    return batch_report(name, message, _Counting)


class _Counting:
    """Counts the images of one task; given : their labels, and centre and scale of the bins."""

    def __init__(self, detector: Detector, given: Mapping[str, Any]) -> None:
        self._labels = given["labels"]
        self._partial = PartialEvaluation(ScoreBins(*given["bins"]), good_label=GOOD)

    def __call__(self, number: int, path: Path, result: Result, mask: Path | None) -> Answer:
        label = self._labels[number]
        truth = Sample(path, label, mask).mask(result.shape)
        outcome = Outcome(NO_ITEM, b"", Verdict.of(result), regions=result.regions)
        try:
            image = self._partial.add(str(path), label, result.score, **counted_as(result, label, truth))
        except ArgumentError as error:  # ends an evaluation, here as there
            return Answer(outcome, {FATAL: packed([error.name, error.found, error.expected, error.remedy])})
        return Answer(outcome, {COUNTED: _packed(result, image)})

    def sums(self) -> bytes:
        return zlib.compress(packed(_plain_arrays(self._partial.sums())), 1)


def sums_of(data: bytes) -> BinSums:
    """What the images of a task add up to."""
    return BinSums(*(_array(each) for each in unpacked(zlib.decompress(data))))


def counted_of(answer: Answer, path: str) -> Counted:
    """What a worker says of the image that lies at `path` here; raises what ended its evaluation there."""
    if FATAL in answer.files:
        name, found, expected, remedy = unpacked(answer.files[FATAL])
        raise ArgumentError(name, found=found, expected=expected, remedy=remedy)
    row, lacks_truth, wide, overlap, told = unpacked(answer.files[COUNTED])
    bins = ImageBins(tuple((_array(a), _array(b)) for a, b in wide), *(_array(each) for each in overlap))
    image = CountedImage(ImageRow(path, *row[1:]), bins, lacks_truth)
    verdict = answer.outcome.verdict
    assert verdict is not None
    result = Result(
        verdict.score,
        verdict.threshold,
        verdict.defective,
        None,
        None,
        answer.outcome.regions,
        (verdict.height, verdict.width),
        milliseconds=verdict.milliseconds,
        label=verdict.label,
        **{**told, "notes": tuple(told["notes"])},
    )
    return Counted(result, image)


def _packed(result: Result, image: CountedImage) -> bytes:
    told = {name: getattr(result, name) for name in ("method", "skipped_share", "ignored_share")}
    told |= {"notes": list(result.notes), "probabilities": dict(result.probabilities)}
    bins = image.bins
    wide = [[_plain(a), _plain(b)] for a, b in bins.wide]
    overlap = [_plain(bins.overlap_index), _plain(bins.overlap)]
    return packed([list(astuple(image.row)), image.lacks_truth, wide, overlap, told])


def _plain_arrays(record: Any) -> list[Any]:
    return [_plain(getattr(record, each.name)) for each in fields(record)]


def _plain(array: np.ndarray) -> list[Any]:
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return [little.dtype.str, list(little.shape), little.tobytes()]


def _array(plain: list[Any]) -> np.ndarray:
    kind, shape, data = plain
    if kind not in _TYPES:
        raise ArgumentError("message", found=f"an array of {kind!r}", expected=", ".join(sorted(_TYPES)))
    return np.frombuffer(data, kind).reshape(shape)

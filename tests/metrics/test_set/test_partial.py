"""Images counted elsewhere, in the bins of an evaluation: as if it had counted them itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surfedge.metrics import Evaluation, PartialEvaluation
from surfedge.metrics.counting.binned import BinnedPixels, BinSums
from surfedge.metrics.counting.ground_truth import PixelSample
from surfedge.metrics.counting.pixel_scores import PixelScores
from surfedge.metrics.counting.score_bins import ScoreBins


def _images(test_set: Any) -> list[tuple[Any, ...]]:
    masks, maps = test_set(70, images=9, steps=0)
    labels = ["good" if mask is None else "hole" for mask in masks]
    masks[4] = None  # a defect without a mask
    return [(f"{i}", labels[i], float(maps[i].max()), maps[i], masks[i]) for i in range(9)]


def test_two_parts_add_up_to_the_whole(test_set: Any) -> None:
    images = _images(test_set)
    whole, begun = (Evaluation(exact_px=0, grow_px=2) for _ in range(2))
    for image in images:
        whole.add(*image, threshold=2.0)
    for image in images[:3]:
        begun.add(*image, threshold=2.0)
    assert begun.bins == whole.bins and begun.bins is not None
    for part in (images[3:5], images[5:]):
        partial = PartialEvaluation(begun.bins, grow_px=2)
        for image in part:
            begun.take(partial.add(*image, threshold=2.0))
        begun.take_sums(partial.sums())
    found, expected = begun.record(bootstrap=20), whole.record(bootstrap=20)
    assert len(begun) == 9 and found.notes == expected.notes != ()
    assert (found.figures, found.intervals, found.slack) == (expected.figures, expected.intervals, expected.slack)
    assert found.slack["pixel_ap"] > 0
    assert [row.to_dict() for row in found.rows] == [row.to_dict() for row in expected.rows]


def test_bins_of_one_score_stay_so_until_another_comes() -> None:
    bins = ScoreBins(0.0, 1.0)
    first, second = np.float32(1.0), np.nextafter(np.float32(1.0), np.float32(2.0))
    for others, is_mixed in (([first], False), ([second], True), ([first, second], True)):
        counted, elsewhere = BinnedPixels(bins), BinnedPixels(bins)
        counted.count(PixelSample(good=np.float32([first, 3.0])))
        elsewhere.count(PixelSample(good=np.float32([*others, 5.0])))
        counted.add(elsewhere.sums())
        sums = counted.sums()
        assert sums.mixed.tolist() == [is_mixed, False, False] and sums.single[1:].tolist() == [3, 5]
        assert sums.pixels.sum(axis=1).tolist() == [len(others) + 3, 0, 0, 0]
    late = BinnedPixels(bins)
    late.add(elsewhere.sums())  # of two scores, where there was none before
    assert late.sums().mixed.tolist() == [True, False]


def test_without_bins_only_images_without_pixels_come_from_elsewhere() -> None:
    scores, elsewhere = PixelScores(), BinnedPixels(ScoreBins(0.0, 1.0))
    assert scores.bins is None
    scores.add_image(elsewhere.count(PixelSample()))
    scores.add_sums(elsewhere.sums())
    assert len(scores) == 1 and isinstance(elsewhere.sums(), BinSums)
    with pytest.raises(AssertionError):
        scores.add_image(elsewhere.count(PixelSample(good=np.float32([1.0]))))

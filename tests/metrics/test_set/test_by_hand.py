"""Records of a few images whose metrics can be counted by hand."""

from __future__ import annotations

import math

import pytest

from surfedge.metrics import METRICS, Evaluation
from surfedge.metrics.test_set.image_row import judge_image
from surfedge.registry import resolve


def test_an_overlap_of_just_the_least_is_no_detection() -> None:
    masks, called = [[[1, 1, 0]], [[1, 1, 0]]], [[[1, 0, 0]], [[1, 1, 0]]]
    evaluation = Evaluation()
    for mask, predicted in zip(masks, called, strict=True):
        evaluation.add("a", "hole", 0.9, [[0.1, 0.9, 0.1]], mask, threshold=0.5, predicted=predicted)
    figures = evaluation.record(bootstrap=0).figures
    for name in ("detection_accuracy", "detection_precision"):
        assert figures[name] == 0.5 == resolve(METRICS, name)(masks, called)


def test_a_called_image_of_unknown_truth_is_no_detection() -> None:
    evaluation = Evaluation()
    evaluation.add("a", "hole", 0.9, [[0.1, 0.9]], [[0, 1]], threshold=0.5)
    evaluation.add("b", "hole", 0.9, [[0.1, 0.9]], threshold=0.5)  # without a mask
    evaluation.add("c", "hole", 0.9, threshold=0.5)  # without a map
    assert evaluation.record(bootstrap=0).figures["detection_precision"] == 1.0


def test_a_row_by_hand() -> None:
    """Six pixels, of which two are a defect: one of them called, and two others."""
    row, sample, left_out = judge_image("a", "hole", 0.9, [[9, 1, 9], [1, 9, 1]], [[1, 1, 0], [0, 0, 0]], threshold=5)
    assert (row.hit_px, row.missed_px, row.false_px, row.normal_px, row.regions) == (1, 1, 2, 4, 1)
    assert (row.iou, row.overlap, row.has_truth, left_out) == (1 / 4, 1 / 2, True, False)
    assert row.in_image_auroc == pytest.approx((2 + 2 / 2 + 0 + 2 / 2) / (2 * 4)) and sample.inside.tolist() == [9, 1]


def test_the_limit_of_all_images_is_that_of_the_record() -> None:
    for limits, expected in (((0.5, 0.5), 0.5), ((0.5, 0.6), math.nan), ((None, None), math.nan)):
        evaluation = Evaluation()
        for limit in limits:
            evaluation.add("a", "good", 0.1, threshold=limit)
        assert evaluation.record(bootstrap=0).threshold == pytest.approx(expected, nan_ok=True)


def test_limits_that_are_best_by_hand() -> None:
    evaluation = Evaluation()
    for label, score in (("good", 0.0), ("hole", 1.0), ("good", 2.0), ("hole", 4.0), ("good", 8.0), ("good", 9.0)):
        evaluation.add("a", label, score)
    thresholds = evaluation.record(bootstrap=0).thresholds
    assert thresholds["image_accuracy_best"] == 9.0  # calls none: 2 wrong
    assert thresholds["image_f1_best"] == 0.5  # calls all but the first: 4 / 7


def test_good_images_have_their_rate_of_false_calls_alone() -> None:
    evaluation = Evaluation()
    evaluation.add("a", "good", 0.9, [[0.1, 0.9]], threshold=0.5)
    evaluation.add("b", "hole", 0.9, [[0.1, 0.9]], [[0, 1]], threshold=0.5)
    classes = evaluation.record(bootstrap=0).classes
    assert classes["good"] == {"images": 1.0, "false_call_rate": 1.0}
    assert {"images", "image_auroc", "iou", "false_call_rate", "pixel_auroc"} < set(classes["hole"])

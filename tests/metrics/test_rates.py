"""Precision, recall and false calls at a limit: equal to scikit-learn, NaN where nothing can be computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score

from surfedge.metrics.detection_precision import detection_precision
from surfedge.metrics.false_call_rate import false_call_rate
from surfedge.metrics.image_precision import image_precision
from surfedge.metrics.image_recall import image_recall
from surfedge.metrics.iou import iou
from surfedge.metrics.pixel_precision import pixel_precision
from surfedge.metrics.pixel_recall import pixel_recall


@pytest.mark.parametrize("seed", range(5))
def test_rates_of_images_equal_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, scores = np.r_[rng.random(30) < 0.4, True, False], rng.integers(0, 9, 32) / 8
    called = scores > 0.5
    assert image_precision(truth, scores, 0.5) == pytest.approx(precision_score(truth, called))
    assert image_recall(truth, scores, 0.5) == pytest.approx(recall_score(truth, called))
    assert false_call_rate(truth, scores, 0.5) == pytest.approx(1 - recall_score(~truth, ~called))


def test_rates_of_pixels_equal_scikit_learn(test_set: Any, flat: Any) -> None:
    masks, maps = test_set(80)
    truth, scores = flat(masks, maps)
    assert pixel_precision(masks, maps, 1.0) == pytest.approx(precision_score(truth, scores > 1.0))
    assert pixel_recall(masks, maps, 1.0) == pytest.approx(recall_score(truth, scores > 1.0))


def test_nothing_to_tell_is_nan() -> None:
    assert np.isnan(image_precision([False, True], [0.1, 0.2], 0.5))
    assert np.isnan(image_recall([False], [0.9], 0.5))
    assert np.isnan(false_call_rate([True], [0.9], 0.5))
    assert np.isnan(pixel_precision([[[1]]], [[[0.1]]], 0.5))
    assert np.isnan(pixel_recall([None], [[[0.9]]], 0.5))
    assert np.isnan(detection_precision([None, [[1]]], [[[0]], [[0]]]))


def test_a_detection_on_a_good_image_is_a_wrong_one(test_set: Any) -> None:
    masks, maps = test_set(81, images=12)
    for limit in (1.0, 2.0, 3.0):
        called = [values > limit for values in maps]
        right = [k is not None and iou(k, c) > 0.05 for k, c in zip(masks, called, strict=True) if c.any()]
        assert detection_precision(masks, called, 0.05) == pytest.approx(np.mean(right))


def test_an_image_that_is_not_called_is_no_detection(test_set: Any) -> None:
    """The same from an evaluation: overlap is asked of called images only, and must be above the limit."""
    masks = [np.array(values, bool) for values in ([[1, 1, 0, 0]], [[1, 1, 0, 0]], [[1, 1, 0, 0]], [[0, 0, 0, 0]])]
    called = [np.array(values, bool) for values in ([[1, 1, 0, 0]], [[1, 0, 0, 0]], [[0, 0, 0, 0]], [[0, 0, 0, 0]])]
    assert detection_precision(masks, called, 0.5) == 0.5  # the second covers half, which is not above it
    assert detection_precision(masks, called, 0.49) == 1.0

"""Intersection over union against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from surfedge.errors import ArgumentError
from surfedge.metrics.iou import iou


def test_equals_scikit_learn() -> None:
    rng = np.random.default_rng(9)
    for _ in range(20):
        mask, called = rng.random((2, 9, 11)) < 0.3
        assert iou(mask, called) == pytest.approx(jaccard_score(mask.ravel(), called.ravel()), abs=1e-12)


def test_nothing_called_is_zero_and_nothing_at_all_is_nan() -> None:
    assert iou([[1, 0]], [[0, 0]]) == 0.0
    assert np.isnan(iou([[0, 0]], [[0, 0]]))


def test_shapes_must_agree() -> None:
    with pytest.raises(ArgumentError, match="predicted: found"):
        iou([[1, 0]], [[1], [0]])

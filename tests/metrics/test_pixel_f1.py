"""Pixel F1 and its best limit (T2) against scikit-learn and by trying every limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

from surfedge.metrics.pixel_f1 import best_pixel_limit, pixel_f1


@pytest.mark.parametrize("limit", [-1.0, 0.5, 1.3, 99.0])
def test_at_a_limit_equals_scikit_learn(test_set: Any, flat: Any, limit: float) -> None:
    masks, maps = test_set(7)
    truth, scores = flat(masks, maps)
    assert pixel_f1(masks, maps, limit) == pytest.approx(f1_score(truth, scores > limit), abs=1e-12)


@pytest.mark.parametrize("steps", [0, 40])
def test_best_limit_is_best_among_all_and_exact_in_float32(test_set: Any, flat: Any, steps: int) -> None:
    masks, maps = test_set(8, images=3, shape=(11, 13), steps=steps)
    truth, scores = flat(masks, maps)
    limit, best = best_pixel_limit(masks, maps)
    assert best == pytest.approx(max(f1_score(truth, scores > t) for t in np.unique(scores)))
    assert f1_score(truth, scores > limit) == pytest.approx(best)  # compared in float32, as detectors do
    assert np.float32(limit) == limit


def test_without_defect_pixels_is_nan() -> None:
    assert np.isnan(pixel_f1([None], [[[0.1, 0.2]]]))
    assert np.isnan(pixel_f1([None], [[[0.1, 0.2]]], 0.15))
    assert np.isnan(best_pixel_limit([None], [[[0.1, 0.2]]])).all()

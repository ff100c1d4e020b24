"""Image F1 and its best limit against scikit-learn and by trying every limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

from surfedge.metrics import best_image_limit
from surfedge.metrics.image_f1 import image_f1


def test_by_hand() -> None:
    # above 0.5: one hit, one false call, one miss -> 2 / (2 + 1 + 1)
    assert image_f1([1, 1, 0, 0], [0.9, 0.4, 0.6, 0.1], threshold=0.5) == 0.5


def test_a_score_at_the_limit_is_not_called() -> None:
    assert image_f1([1, 0], [0.5, 0.1], threshold=0.5) == 0.0


def test_at_a_limit_equals_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    for _ in range(100):
        truth, scores = np.r_[True, rng.random(20) < 0.4], rng.integers(0, 9, 21) / 8
        limit = rng.random()
        expected = f1_score(truth, scores > limit, zero_division=0.0)
        assert image_f1(truth, scores, limit) == pytest.approx(expected, abs=1e-12)


def test_best_limit_is_best_among_all(budget: Any) -> None:
    rng = np.random.default_rng(4)
    for _ in range(budget.count(test=100, nightly=5_000, release=50_000)):
        truth = np.r_[True, rng.random(rng.integers(1, 20)) < rng.random()]
        scores = rng.normal(size=truth.size).round(1)
        limit, best = best_image_limit(truth, scores)
        tried = [image_f1(truth, scores, t) for t in [*scores, scores.min() - 1.0]]
        assert best == pytest.approx(max(tried))
        assert image_f1(truth, scores, limit) == pytest.approx(best)
        assert image_f1(truth, scores) == best


def test_limit_between_neighbouring_numbers_still_separates() -> None:
    low = np.float64(1.0)
    high = np.nextafter(low, 2.0)
    limit, best = best_image_limit([False, True], [low, high])
    assert best == 1.0
    assert low <= limit < high


def test_of_equals_the_lowest_limit() -> None:
    # F1 is 2/3 with the first alone and with all three
    limit, best = best_image_limit([1, 0, 0, 1], [4.0, 3.0, 2.0, 1.0])
    assert best == pytest.approx(2 / 3)
    assert limit < 1.0


def test_without_defects_is_nan() -> None:
    assert np.isnan(image_f1([0, 0], [0.1, 0.2]))
    assert np.isnan(image_f1([0, 0], [0.1, 0.2], threshold=0.0))
    assert np.isnan(best_image_limit([0], [1.0])).all()

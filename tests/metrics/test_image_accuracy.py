"""Image accuracy and the limit with the fewest misclassified images, by trying every limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from surfedge.metrics import fewest_misses_limit
from surfedge.metrics.image_accuracy import image_accuracy


def test_at_a_limit_equals_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        truth, scores = rng.random(20) < 0.4, rng.integers(0, 9, 20) / 8
        assert image_accuracy(truth, scores, 0.5) == accuracy_score(truth, scores > 0.5)


def test_fewest_misses_among_all_limits(budget: Any) -> None:
    rng = np.random.default_rng(6)
    for _ in range(budget.count(test=100, nightly=5_000, release=50_000)):
        truth = rng.random(rng.integers(1, 20)) < rng.random()
        scores = rng.normal(size=truth.size).round(1)
        limit, misses = fewest_misses_limit(truth, scores)
        tried = [np.count_nonzero((scores > t) != truth) for t in [*scores, scores.min() - 1.0]]
        assert misses == min(tried) == np.count_nonzero((scores > limit) != truth)
        assert image_accuracy(truth, scores) == pytest.approx(1 - misses / truth.size)


def test_calls_nothing_when_that_is_best() -> None:
    limit, misses = fewest_misses_limit([0, 0, 0], [0.1, 0.2, 0.3])
    assert (limit, misses) == (0.3, 0)


def test_of_equals_the_limit_that_misses_fewer_defects() -> None:
    # one miss or one false call: the false call is preferred
    limit, misses = fewest_misses_limit([1, 0, 1], [0.2, 0.4, 0.6])
    assert misses == 1
    assert limit < 0.2

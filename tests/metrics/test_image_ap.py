"""Image average precision against scikit-learn and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from surfedge.metrics.image_ap import image_ap


def test_by_hand() -> None:
    # ranks of the defects: 1st and 3rd -> (1/1 + 2/3) / 2
    assert image_ap([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6]) == pytest.approx((1 + 2 / 3) / 2)


def test_ties_share_one_precision() -> None:
    assert image_ap([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5]) == 0.5


def test_equals_scikit_learn_with_ties(budget: Any) -> None:
    rng = np.random.default_rng(2)
    for _ in range(budget.count(test=100, nightly=10_000, release=100_000)):
        truth = np.r_[True, rng.random(rng.integers(1, 60)) < rng.random()]
        scores = rng.integers(0, rng.integers(1, 40) + 1, truth.size) / 7
        assert image_ap(truth, scores) == pytest.approx(average_precision_score(truth, scores), abs=1e-12)


def test_without_defects_is_nan_and_without_good_is_one() -> None:
    assert np.isnan(image_ap([0, 0], [0.1, 0.2]))
    assert image_ap([1, 1], [0.1, 0.2]) == 1.0

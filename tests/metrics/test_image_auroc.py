"""Image AUROC against scikit-learn and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from surfedge.errors import ArgumentError
from surfedge.metrics.image_auroc import image_auroc


def test_by_hand() -> None:
    # pairs (defect, good): (3,1) (3,2) (3,3) (2,1) (2,2) (2,3) -> 1 + 1 + 1/2 + 1 + 1/2 + 0 = 4 of 6
    assert image_auroc([1, 1, 0, 0, 0], [3, 2, 1, 2, 3]) == pytest.approx(4 / 6)


def test_equals_scikit_learn_with_ties(budget: Any) -> None:
    rng = np.random.default_rng(1)
    for _ in range(budget.count(test=100, nightly=10_000, release=100_000)):
        truth = np.r_[True, False, rng.random(rng.integers(1, 60)) < rng.random()]
        scores = rng.integers(0, rng.integers(1, 40) + 1, truth.size) / 7
        assert image_auroc(truth, scores) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)


def test_constant_scores_are_chance() -> None:
    assert image_auroc([True, False, False], [4.0, 4.0, 4.0]) == 0.5


@pytest.mark.parametrize("truth", [[True, True], [False, False]])
def test_one_kind_only_is_nan(truth: list[bool]) -> None:
    assert np.isnan(image_auroc(truth, [0.1, 0.2]))


@pytest.mark.parametrize(
    ("truth", "scores", "found"),
    [
        ([], [], "none"),
        ([True, False], [0.1], r"labels \(2,\) and scores \(1,\)"),
        ([True, False], [0.1, np.nan], "1 of 2 not finite"),
        ([True, False], [0.1, np.inf], "1 of 2 not finite"),
        ([2, 0], [0.1, 0.2], "values"),
        ([[True, False]], [[0.1, 0.2]], "labels"),
    ],
)
def test_refuses_what_has_no_answer(truth: Any, scores: Any, found: str) -> None:
    with pytest.raises(ArgumentError, match=found):
        image_auroc(truth, scores)

"""Bootstrap: strata kept, repeatable, and equal to drawing the images one by one."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from surfedge.errors import ArgumentError
from surfedge.metrics.counting import levels
from surfedge.metrics.counting.bootstrap import (
    image_auroc_interval,
    percentile_interval,
    resampled_scores,
    stratified_weights,
)


def test_every_sample_has_as_many_of_each_label() -> None:
    labels = ["good"] * 7 + ["hole"] * 3 + ["good"] * 2 + ["scratch"]
    weights = stratified_weights(labels, 200)
    for label in set(labels):
        mine = np.array(labels) == label
        assert np.all(weights[:, mine].sum(axis=1) == mine.sum())
    assert weights.mean(axis=0) == pytest.approx(np.ones(13), abs=0.3)


def test_same_seed_same_samples() -> None:
    labels = ["good", "bad"] * 10
    assert np.array_equal(stratified_weights(labels, 5, 1), stratified_weights(labels, 5, 1))
    assert not np.array_equal(stratified_weights(labels, 5, 1), stratified_weights(labels, 5, 2))


def test_resampled_scores_equal_repeating_the_images() -> None:
    rng = np.random.default_rng(50)
    truth, scores = np.r_[rng.random(30) < 0.4, True, False], rng.integers(0, 9, 32) / 8
    weights = stratified_weights([str(t) for t in truth], 20)
    found = levels.auroc(*resampled_scores(truth, scores, weights))
    for value, weight in zip(found, weights.astype(int), strict=True):
        expected = roc_auc_score(np.repeat(truth, weight), np.repeat(scores, weight))
        assert value == pytest.approx(expected, abs=1e-12)


def test_interval_has_the_width_that_theory_gives() -> None:
    # Hanley and McNeil, 1982: standard error of an AUROC near 0.76 (unit normals one apart), 100 against 100.
    rng = np.random.default_rng(51)
    truth = np.repeat([False, True], 100)
    scores = rng.normal(size=200) + truth
    area = roc_auc_score(truth, scores)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    error = np.sqrt((area * (1 - area) + 99 * (q1 - area**2) + 99 * (q2 - area**2)) / 100**2)
    low, high = image_auroc_interval(truth, scores)
    assert low < area < high
    assert (high - low) / (2 * 1.96) == pytest.approx(error, rel=0.15)


def test_an_interval_leaves_the_same_share_on_both_sides() -> None:
    values = np.random.default_rng(52).permutation(np.arange(1001.0))
    for confidence, ends in ((0.95, (25, 975)), (0.9, (50, 950)), (0.5, (250, 750)), (0.99, (5, 995))):
        assert percentile_interval(values, confidence) == pytest.approx(ends)
    assert percentile_interval(values) == pytest.approx((25, 975))
    assert percentile_interval(np.array([0.0, 1.0, 10.0]), 0.5) == pytest.approx((0.5, 5.5))  # between the values


def test_what_is_not_a_number_is_left_out() -> None:
    assert percentile_interval(np.array([np.nan, 1.0, 1.0])) == (1.0, 1.0)
    assert np.isnan(percentile_interval(np.array([np.nan]))).all()


def test_refuses_senseless_settings() -> None:
    with pytest.raises(ArgumentError, match="samples"):
        stratified_weights(["good"], 0)
    with pytest.raises(ArgumentError, match="confidence"):
        percentile_interval(np.ones(3), 1.0)


def test_one_sample_is_enough() -> None:
    assert stratified_weights(["good", "good", "hole"], 1).sum(axis=1).tolist() == [3.0]

"""Curves and areas from counts: the bounds on what merging levels can do, and limits that separate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surfedge.metrics.counting import levels

LIMITS = (0.05, 0.3, 1.0)


def _figures(negatives: Any, positives: Any, *, merged: bool) -> dict[str, float]:
    figures = {
        "auroc": levels.auroc(negatives, positives),
        "ap": levels.average_precision(negatives, positives, merged=merged),
        "f1": levels.f1_scores(negatives, positives).max(),
        **{f"area {limit}": levels.limited_area(negatives, positives, limit) for limit in LIMITS},
    }
    return {name: float(value) for name, value in figures.items()}


def test_merging_levels_never_errs_more_than_stated(budget: Any) -> None:
    rng = np.random.default_rng(20)
    closest = 0.0
    for _ in range(budget.count(test=300, nightly=30_000, release=300_000)):
        size, step = rng.integers(2, 200), rng.integers(2, 20)
        negatives = rng.integers(0, 6, size).astype(float)
        positives = (rng.integers(0, 3, size) * (rng.random(size) < 0.3)).astype(float)
        negatives[rng.integers(size)] += 1
        positives[rng.integers(size)] += 1
        starts = np.arange(0, size, step)
        n, p = np.add.reduceat(negatives, starts), np.add.reduceat(positives, starts)
        slack = {
            "auroc": levels.auroc_slack(n, p),
            "ap": levels.average_precision_slack(n, p),
            "f1": levels.best_f1_slack(n, p),
            **{f"area {limit}": levels.limited_area_slack(n, p, limit) for limit in LIMITS},
        }
        exact, merged = _figures(negatives, positives, merged=False), _figures(n, p, merged=True)
        for name, bound in slack.items():
            error = abs(exact[name] - merged[name])
            assert error <= bound + 1e-12, name
            closest = max(closest, error / (bound + 1e-12))
    assert closest > 0.5  # the bounds are not idle


def test_samples_in_front_are_kept_apart() -> None:
    rng = np.random.default_rng(21)
    n, p = rng.integers(0, 5, (2, 3, 4, 50)).astype(float)
    for name, together in {
        "auroc": levels.auroc(n, p),
        "ap": levels.average_precision(n, p),
        "area 0.3": levels.limited_area(n, p, 0.3),
    }.items():
        assert together.shape == (3, 4)
        assert together[2, 1] == pytest.approx(_figures(n[2, 1], p[2, 1], merged=False)[name])


def test_counts_given_are_not_changed() -> None:
    n, p = np.array([1.0, 2.0]), np.array([2.0, 1.0])
    _figures(n, p, merged=True)
    assert n.tolist() == [1.0, 2.0]
    assert p.tolist() == [2.0, 1.0]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_limits_separate_even_neighbouring_numbers(kind: type) -> None:
    """Halfway between two neighbours rounds to the even one of them, which is now the lower, now the higher."""
    even = kind(1.0)
    odd = np.nextafter(even, kind(2))
    for scores in (np.array([odd, even], kind), np.array([np.nextafter(odd, kind(2)), odd], kind)):
        for level in (-1, 0, 1):
            limit = levels.limit_under(scores, level)
            assert np.count_nonzero(scores > kind(limit)) == level + 1


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_limits_lie_midway_and_separate_the_ends_of_the_range(kind: type) -> None:
    assert levels.limit_under(np.array([8.0, 2.0, 1.0], kind), 0) == 5.0
    assert levels.limit_under(np.array([8.0, 2.0, 1.0], kind), 1) == 1.5
    largest = np.finfo(kind).max
    scores = np.array([largest, -largest], kind)
    assert np.count_nonzero(scores > kind(levels.limit_under(scores, 0))) == 1
    assert levels.limit_under(scores, -1) == largest


def test_without_positives_there_is_no_f1() -> None:
    assert np.isnan(levels.f1_scores(np.array([1.0, 2.0]), np.zeros(2))).all()
    assert levels.f1_scores(np.array([0.0, 2.0]), np.array([1.0, 0.0])).tolist() == [1.0, 0.5]


def test_a_limit_that_calls_none_is_the_highest_score() -> None:
    scores = np.array([0.9, 0.5, 0.1])
    assert levels.limit_under(scores, -1) == 0.9 and not (scores > levels.limit_under(scores, -1)).any()
    assert [int((scores > levels.limit_under(scores, level)).sum()) for level in range(3)] == [1, 2, 3]


NEGATIVES, POSITIVES = np.array([0.0, 1.0, 1.0, 2.0]), np.array([2.0, 1.0, 0.0, 1.0])
# ROC: (0, 0) (0, 1/2) (1/4, 3/4) (1/2, 3/4) (1, 1).
BY_HAND = {
    "auroc": (levels.auroc, 0.0 + (1 * 2.5 + 1 * 3.0 + 2 * 3.5) / 16),
    "auroc_slack": (levels.auroc_slack, 0.5 * (0 + 1 + 0 + 2) / 16),
    "average_precision": (levels.average_precision, (2 * 1.0 + 1 * 3 / 4 + 0 + 1 * 4 / 8) / 4),
    "f1": (lambda n, p: levels.f1_scores(n, p).max(-1), 2 * 3 / (3 + 1 + 4)),
    "best_f1_slack": (levels.best_f1_slack, 2 * 3 / (3 + 0 + 4) - 2 * 3 / (3 + 1 + 4)),
    "area 0.125": (lambda n, p: levels.limited_area(n, p, 0.125), 0.5 + 0.125 / 2),
    "area 0.5": (lambda n, p: levels.limited_area(n, p, 0.5), (0.25 * 0.625 + 0.25 * 0.75) / 0.5),
    "area 1": (lambda n, p: levels.limited_area(n, p, 1.0), 0.25 * 0.625 + 0.25 * 0.75 + 0.5 * 0.875),
    "area slack 0.125": (lambda n, p: levels.limited_area_slack(n, p, 0.125), 0.125 * 0.25 / 0.125),
    "area slack 1": (lambda n, p: levels.limited_area_slack(n, p, 1.0), 0.5 * (0.25 * 0.25 + 0.5 * 0.25)),
    # Merged levels have their precision in the middle: (2 - 0.5) / 1.5, 3 / 3.5, 4 / 7; at best 1, 3 / 3, 4 / 6.
    "average_precision_slack": (
        levels.average_precision_slack,
        max((2 + 1 + 4 / 6) - (2 + 3 / 3.5 + 4 / 7), (2 + 3 / 3.5 + 4 / 7) - (2 + 3 / 4 + 4 / 8)) / 4,
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_figures_by_hand(name: str) -> None:
    """Samples in front are kept apart, and levels that nobody has change nothing, wherever they stand."""
    figure, expected = BY_HAND[name]
    assert float(figure(NEGATIVES, POSITIVES)) == pytest.approx(expected)
    other = NEGATIVES[::-1].copy(), POSITIVES[::-1].copy()
    both = figure(np.stack([NEGATIVES, other[0]]), np.stack([POSITIVES, other[1]]))
    assert both.tolist() == pytest.approx([expected, float(figure(*other))])
    gaps = [0, 0, 1, 4, 4]
    wide = np.insert(NEGATIVES, gaps, 0.0), np.insert(POSITIVES, gaps, 0.0)
    assert float(figure(*wide)) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["auroc", "average_precision", "best_f1", "limited_area"])
def test_only_merged_levels_can_err(name: str) -> None:
    slack = getattr(levels, f"{name}_slack")
    limit = (0.3,) if name == "limited_area" else ()
    all_merged = slack(NEGATIVES, POSITIVES, *limit)
    assert slack(NEGATIVES, POSITIVES, *limit, merged=np.zeros(4, np.bool_)) == 0.0
    assert slack(NEGATIVES, POSITIVES, *limit, merged=np.ones(4, np.bool_)) == all_merged > 0
    pure = np.array([True, False, True, False])  # levels of one kind alone
    assert slack(NEGATIVES, POSITIVES, *limit, merged=pure) == pytest.approx(0.0)


def test_ends_of_levels() -> None:
    distinct, negatives, positives = levels.levels_of(np.array([1, 0, 0, 1], bool), np.array([3.0, 1.0, 2.0, 1.0]))
    assert (distinct.tolist(), negatives.tolist(), positives.tolist()) == ([3, 2, 1], [0, 1, 1], [1, 0, 1])
    assert [levels.last_best(np.array(values)) for values in ([1, 3, 3, 2], [3], [2, 1], [1, 2], [1, 1])] == [
        2,
        0,
        0,
        1,
        1,
    ]
    fpr, tpr = levels.roc_curve(NEGATIVES, POSITIVES)
    assert fpr.tolist() == [0, 0, 0.25, 0.5, 1] and tpr.tolist() == [0, 0.5, 0.75, 0.75, 1]
    assert np.isnan([levels.auroc(NEGATIVES, 0 * POSITIVES), levels.auroc(0 * NEGATIVES, POSITIVES)]).all()


def test_the_worst_order_within_a_level_bounds_the_precision_too() -> None:
    """Ten positives and a negative in one level: 5.5 of 6 in the middle, 1 of 2 for a first one after it."""
    assert float(levels.average_precision_slack(np.array([1.0]), np.array([10.0]))) == pytest.approx(5.5 / 6 - 1 / 2)


def test_a_ratio_to_nothing_is_not_a_number() -> None:
    assert levels.ratio([0, 1, 2], [0, 1, 4]).tolist() == pytest.approx([np.nan, 1.0, 0.5], nan_ok=True)

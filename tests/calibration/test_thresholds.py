"""Threshold rules, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.calibration import RULES, parse_rule, threshold_from_good
from surfedge.errors import ArgumentError

SCORES = np.array([3.0, 1.0, 2.0, 5.0, 4.0])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("max", 5.0),
        ("quantile:1", 5.0),
        ("quantile:0.75", 4.0),
        ("quantile:0.8", 5.0),  # index 3.2 of 0..4, the higher of the two
        ("quantile:0.5", 3.0),
        ("ksigma:2", 3.0 + 2.0 * 2.0**0.5),
        ("max-area:20", 5.0),
        ("false-calls:0.5", 3.0),  # rank ceil(6 * 0.5) = 3
        ("false-calls:0.2", 5.0),  # rank ceil(6 * 0.8) = 5
        ("false-calls:1", 1.0),
    ],
)
def test_rules(rule: str, expected: float) -> None:
    assert threshold_from_good(parse_rule(rule), SCORES) == pytest.approx(expected)


def test_every_rule_can_be_written() -> None:
    for text in ("quantile:0.99", "max", "ksigma:3", "max-area:50", "false-calls:0.01"):
        rule = parse_rule(text)
        assert rule.name in RULES and str(rule) == text


@pytest.mark.parametrize(
    "text", ["", "quantile", "quantile:", "quantile:0", "quantile:1.1", "max:3", "median", "ksigma:x", "quantile:nan"]
)
def test_wrong_rules(text: str) -> None:
    with pytest.raises(ArgumentError, match="for example false-calls:0.02"):
        parse_rule(text)


def test_a_promise_that_the_images_cannot_support_is_refused() -> None:
    with pytest.raises(ArgumentError, match="found 5 good images, expected 99 or more"):
        threshold_from_good(parse_rule("false-calls:0.01"), SCORES)


def test_no_scores_or_nan_is_refused() -> None:
    for scores in (np.array([]), np.array([1.0, np.nan])):
        with pytest.raises(ArgumentError):
            threshold_from_good(parse_rule("max"), scores)


def test_false_calls_hold_what_they_promise() -> None:
    """New exchangeable scores exceed the limit at no more than the rate, on average over calibrations."""
    rng = np.random.default_rng(3)
    rule = parse_rule("false-calls:0.1")
    rates = [np.mean(rng.gamma(2.0, size=400) > threshold_from_good(rule, rng.gamma(2.0, size=29))) for _ in range(400)]
    assert 0.08 < np.mean(rates) < 0.105  # (30 - 27) / 30 = 0.1 exactly, in expectation


@pytest.mark.parametrize(("count", "rate", "needed"), [(18, 0.05, 19), (98, 0.01, 99)])
def test_too_few_images_for_a_rate_are_told_how_many_it_takes(count: int, rate: float, needed: int) -> None:
    with pytest.raises(ArgumentError, match=f"found {count} good images, expected {needed} or more"):
        threshold_from_good(parse_rule(f"false-calls:{rate}"), np.arange(float(count)))
    assert threshold_from_good(parse_rule(f"false-calls:{rate}"), np.arange(float(needed))) == needed - 1
    with pytest.raises(ArgumentError, match="expected 59 or more"):
        threshold_from_good(parse_rule("false-calls:0.05@0.95"), np.arange(58.0))
    assert threshold_from_good(parse_rule("false-calls:0.05@0.95"), np.arange(59.0)) == 58


def test_scores_that_are_none_are_told_apart() -> None:
    for scores, found in ((np.empty(0), "found none"), (np.array([1.0, np.nan]), "found 2 scores, some not finite")):
        with pytest.raises(ArgumentError, match=found):
            threshold_from_good(parse_rule("max"), scores)

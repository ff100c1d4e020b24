"""Rates and confidences of limits that are one of n scores, against the binomial distribution and by drawing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from surfedge.calibration.thresholds import parse_rule, threshold_from_good
from surfedge.decision.order_statistics import (
    expected_rate,
    images_for_confidence,
    images_for_rate,
    rank_for_rate,
    rank_with_confidence,
    rate_at_confidence,
)
from surfedge.decision.promise import Promise, promise_of
from surfedge.errors import ArgumentError


@pytest.mark.parametrize(("n", "k"), [(1, 1), (10, 3), (50, 50), (120, 117), (1000, 990)])
def test_the_rate_above_an_order_statistic_has_a_beta_distribution(n: int, k: int) -> None:
    """Wilks 1941: the rate above the k-th smallest of n is Beta(n + 1 - k, k), whatever the distribution."""
    assert expected_rate(n, k) == pytest.approx(beta.mean(n + 1 - k, k))
    for confidence in (0.5, 0.9, 0.95):
        assert rate_at_confidence(n, k, confidence) == pytest.approx(beta.ppf(confidence, n + 1 - k, k), abs=1e-9)


@pytest.mark.parametrize("n", [8, 20, 59, 100, 499])
@pytest.mark.parametrize(("rate", "confidence"), [(0.05, 0.95), (0.1, 0.9), (0.01, 0.99)])
def test_the_rank_is_the_smallest_that_keeps_the_rate(n: int, rate: float, confidence: float) -> None:
    keeps = [k for k in range(1, n + 1) if beta.cdf(rate, n + 1 - k, k) >= confidence]
    assert rank_with_confidence(n, rate, confidence) == (keeps[0] if keeps else n + 1)
    in_expectation = [k for k in range(1, n + 1) if expected_rate(n, k) <= rate + 1e-12]
    assert rank_for_rate(n, rate) == (in_expectation[0] if in_expectation else n + 1)
    assert bool(keeps) == (n >= images_for_confidence(rate, confidence))
    assert bool(in_expectation) == (n >= images_for_rate(rate))


def test_a_rule_with_a_confidence() -> None:
    scores = np.arange(1.0, 101.0)
    assert str(parse_rule("false-calls:0.05@0.95")) == "false-calls:0.05@0.95"
    assert threshold_from_good(parse_rule("false-calls:0.05"), scores) == 96.0
    assert threshold_from_good(parse_rule("false-calls:0.05@0.95"), scores) == 99.0
    with pytest.raises(ArgumentError, match=r"found 58 good images, expected 59 or more"):
        threshold_from_good(parse_rule("false-calls:0.05@0.95"), scores[:58])
    for text in (
        "false-calls:0.05@",
        "false-calls:0.05@1",
        "false-calls:0.05@x",
        "quantile:0.9@0.9",
        "false-calls:1@0.9",
    ):
        with pytest.raises(ArgumentError, match="for example"):
            parse_rule(text)


def test_what_a_limit_promises() -> None:
    scores = np.arange(1.0, 51.0)
    highest = promise_of(50.0, scores)
    assert (highest.images, highest.above) == (50, 0)
    assert highest.expected == pytest.approx(1 / 51) and highest.at_most == pytest.approx(1 - 0.05 ** (1 / 50))
    assert "2 % called defective" in highest.in_words() and "highest of 50 scores" in highest.in_words()
    assert promise_of(49.5, scores) == promise_of(49.0, scores)  # between two scores: what the lower one promises
    assert promise_of(0.0, scores).expected == 1.0
    assert promise_of(60.0, scores) == highest


def test_drawn_scores_keep_the_confidence() -> None:
    """Of many calibrations no more than 5 % let through more than the rate that was promised with 95 %."""
    rng = np.random.default_rng(0)
    limits = np.array(
        [threshold_from_good(parse_rule("false-calls:0.1@0.95"), rng.standard_normal(60)) for _ in range(2000)]
    )
    rates = np.mean(rng.standard_normal(20_000)[None, :] > limits[:200, None], axis=1)
    assert np.mean(rates > 0.1) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)


def test_a_promise_in_short() -> None:
    assert promise_of(50.0, np.arange(1.0, 51.0)).in_short == "2 % false calls expected, at most 5.8 % at 95%"


def test_a_rate_that_any_score_keeps_takes_the_lowest() -> None:
    assert rank_for_rate(3, 0.75) == rank_for_rate(3, 0.8) == rank_for_rate(3, 1.0) == 1
    assert rank_for_rate(3, 0.7) == 2 and rank_for_rate(3, 0.2) == 4
    assert rank_with_confidence(3, 0.0, 0.5) == 4 and rank_with_confidence(3, 1.0, 0.5) == 1
    assert rank_with_confidence(3, 0.9, 0.5) == 1 and rank_with_confidence(3, 0.1, 0.99) == 4


def test_images_that_just_promise_a_rate() -> None:
    """Where division or a logarithm gives a whole number, rounding must not ask for one more."""
    assert [images_for_rate(rate) for rate in (0.5, 0.3, 0.1, 0.05, 0.02, 0.01)] == [1, 3, 9, 19, 49, 99]
    for n in (1, 2, 3, 10):
        assert images_for_confidence(0.5, 1 - 0.5**n) == images_for_confidence(0.25, 1 - 0.75**n) == n
        assert rank_with_confidence(n, 0.5, 1 - 0.5**n) == n


@pytest.mark.parametrize(
    ("rate", "words"),
    [(0.75, "75 %"), (0.104, "10 %"), (0.1, "10 %"), (0.0991, "9.9 %"), (0.0476, "4.8 %"), (0.00098, "0.098 %")],
)
def test_rates_have_two_digits_or_are_whole(rate: float, words: str) -> None:
    assert Promise(20, 1, rate, 0.5).in_short.startswith(f"{words} false calls expected")
    assert f"defective in expectation, at most {words} with 95% confidence" in Promise(20, 1, 0.01, rate).in_words()


def test_images_that_would_promise_one_percent_are_told_where_none_lies_above() -> None:
    assert (
        Promise(20, 0, 0.05, 0.1).in_words().endswith("(the limit is the highest of 20 scores; 99 images promise 1 %)")
    )
    assert "promise 1 %" not in Promise(20, 1, 0.05, 0.1).in_words()

"""Bins: order kept for every float32, edges exact, shift and scale without effect."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.metrics.counting.score_bins import BINS, ScoreBins, _order

TINY, HUGE = np.finfo(np.float32).smallest_subnormal, np.finfo(np.float32).max


def test_order_is_kept_over_all_float32() -> None:
    rng = np.random.default_rng(30)
    bits = rng.integers(0, 1 << 32, 200_000, dtype=np.uint32)
    values = np.sort(bits.view(np.float32)[np.isfinite(bits.view(np.float32))])
    for bins in (ScoreBins(0.0, 1.0), ScoreBins(0.5, 1e-5), ScoreBins(-3e38, 1e30), ScoreBins(1e-30, 1e-30)):
        index = bins.index(values)
        assert np.all(np.diff(index) >= 0)
        assert index.min() >= 0
        assert index.max() < BINS


def test_equal_scores_share_a_bin() -> None:
    low, high = ScoreBins(0.0, 1.0).index(np.array([-0.0, 0.0], np.float32))
    assert low == high


def test_extremes_have_a_bin() -> None:
    index = ScoreBins(0.5, 0.01).index(np.array([-HUGE, -TINY, 0.0, TINY, HUGE], np.float32))
    assert index[0] == 0
    assert index[-1] == BINS - 1


def test_lowest_is_the_exact_edge() -> None:
    bins = ScoreBins(0.37, 0.002)
    index = np.unique(bins.index(np.random.default_rng(31).normal(0.37, 0.5, 3000).astype(np.float32)))
    edges = bins.lowest(index)
    assert np.array_equal(bins.index(edges), index)
    assert np.all(bins.index(np.nextafter(edges, np.float32(-np.inf))) < index)


def test_width_is_a_small_share_of_the_distance_from_the_centre() -> None:
    bins = ScoreBins(2.0, 0.5)
    index = np.arange(BINS // 2, BINS // 2 + 60_000, 977)
    low, high = bins.lowest(index).astype(float), bins.lowest(index + 1).astype(float)
    assert np.all(high - low <= ((low - 2.0) + 0.5) / 8192 * 1.01)


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1e-6), (0.0, 1e6), (1.0, 0.01)])
def test_fitted_bins_follow_shift_and_scale(shift: float, scale: float) -> None:
    values = np.random.default_rng(32).gamma(2.0, 1.0, 20_000).astype(np.float32)
    moved = (values * np.float32(scale) + np.float32(shift)).astype(np.float32)
    used = [np.unique(ScoreBins.fitted(v).index(v)).size for v in (values, moved)]
    assert used[1] == pytest.approx(used[0], rel=0.05)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e20])
def test_one_value_only_still_gives_bins(value: float) -> None:
    bins = ScoreBins.fitted(np.full(10, value, np.float32))
    step = np.float32(max(abs(value), 1.0))
    index = bins.index(np.array([value - step, value, value + step / 1000, value + step], np.float32))
    assert np.all(np.diff(index) > 0)


def test_of_two_million_values_every_second_one_places_the_bins() -> None:
    values = np.tile(np.array([0, 1], np.float32), 1_000_000)
    assert ScoreBins.fitted(values[:-1]) == ScoreBins(0.0, 1 / 16)
    assert ScoreBins.fitted(values) == ScoreBins(0.0, 2.0**-20)  # of which none is 1


def test_neighbours_are_one_apart_on_either_side_of_zero() -> None:
    for value in np.float32([1.0, 1.5, 3e-39, 7.7e30]):
        above = np.nextafter(value, np.float32(np.inf))
        assert _order(above) - _order(value) == 1 == _order(-value) - _order(-above)
        assert _order(value) == -_order(-value)


@pytest.mark.parametrize(
    ("values", "centre", "scale"),
    [
        ([0.0, 1.0, 2.0, 3.0, 4.0], 2.0, 2 / 16),  # the quartiles are 1 and 3
        ([0.0] * 9 + [3.0, -1.0], 0.0, 4 * 2.0**-20),  # no more than a few differ
        ([1024.0] * 9 + [1024.125], 1024.0, 2.0**-10),  # no wider than float32 can tell
        ([4.0] * 3, 4.0, 4 * 2.0**-20),
        ([0.25] * 3, 0.25, 2.0**-20),
    ],
)
def test_the_scale_by_hand(values: list[float], centre: float, scale: float) -> None:
    assert ScoreBins.fitted(np.float32(values)) == ScoreBins(centre, scale)

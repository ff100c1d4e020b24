"""A limit from the map's own tail: what many strong marks forgive, and what stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.decision import Decision, RawMap
from surfedge.decision.own_tail import CHANCE, MEETS, STARTS, own_limit, tail_end
from surfedge.errors import ArgumentError, EngineError

LEAST = 8.0
OWN = Decision(threshold=LEAST, normalise="median", own_limit=True)


def peaky(seed: int, scale: float, count: int = 60, side: int = 96) -> np.ndarray:
    """Peaks of exponential heights on a grid, far enough from each other."""
    rng = np.random.default_rng(seed)
    values = np.zeros((side, side), np.float32)
    places = [(y, x) for y in range(6, side, 10) for x in range(6, side, 10)][:count]
    for (y, x), height in zip(places, rng.exponential(scale, count), strict=True):
        values[y, x] = 1 + height
    return values


def test_about_as_many_good_maps_reach_beyond_as_stated() -> None:
    above = sum(float(peaky(seed, 2.0).max()) > tail_end(peaky(seed, 2.0)) for seed in range(1500))
    assert 0.5 * np.exp(-CHANCE) < above / 1500 < 0.08  # the scale is known from 24 peaks only


def test_one_defect_does_not_move_the_end() -> None:
    values = peaky(0, 2.0)
    end = tail_end(values)
    values[46, 46] = 3 * end
    assert tail_end(values) == pytest.approx(end, rel=0.15)
    assert OWN.judge(RawMap(values), values.shape).is_defective


def test_an_even_map_is_judged_by_the_least_limit_and_a_rough_one_by_its_own() -> None:
    even = peaky(1, 0.2)  # from 1 to 2 or so
    assert tail_end(even) < STARTS * LEAST
    assert OWN.judge(RawMap(even), even.shape).threshold == LEAST
    rough = peaky(2, 6.0)
    assert tail_end(rough) > MEETS * LEAST
    judged = OWN.judge(RawMap(rough), rough.shape)
    assert judged.score > LEAST and not judged.is_defective and not judged.mask.any()
    assert judged.threshold == pytest.approx(tail_end(rough))


def test_the_score_does_not_depend_on_the_limit() -> None:
    """What ranks images is the map; an own limit only says which of them are called."""
    fixed = Decision(threshold=LEAST, normalise="median")
    for seed, scale in ((1, 0.2), (2, 6.0), (3, 30.0)):
        raw = RawMap(peaky(seed, scale))
        assert OWN.judge(raw, (96, 96)).score == fixed.judge(raw, (96, 96)).score


def test_the_pixels_of_a_defect_are_those_above_the_images_own_limit() -> None:
    values = peaky(2, 6.0)
    bump = np.outer(np.hanning(17), np.hanning(17)).astype(np.float32)
    values[40:57, 40:57] += np.float32(3 * tail_end(values)) * bump
    judged = OWN.judge(RawMap(values), (96, 96))
    assert judged.threshold > LEAST and judged.is_defective
    assert isinstance(judged.anomaly_map, np.ndarray)
    np.testing.assert_array_equal(judged.mask, judged.anomaly_map > judged.threshold)
    assert judged.mask.sum() < (judged.anomaly_map > LEAST).sum()


@pytest.mark.parametrize("settings", [{"threshold": 0.0}, {"threshold": -1.0}, {"pixel_threshold": 3.0}])
def test_own_limits_need_one_positive_limit_to_rise_from(settings: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match=r"decision\.own_limit"):
        Decision(**{"threshold": LEAST, "own_limit": True, **settings})


def test_a_limit_that_is_given_holds_for_every_map() -> None:
    raw = RawMap(peaky(2, 6.0))
    assert OWN.with_limit(9.0).judge(raw, (96, 96)).threshold == 9.0


def test_peaks_that_are_not_judged_do_not_count() -> None:
    values, weight = peaky(3, 0.2), np.ones((96, 96), np.float32)
    values[:, 48:] += peaky(4, 9.0)[:, 48:]
    weight[:, 48:] = 0
    assert tail_end(values, weight) < tail_end(values)
    ignore = np.zeros((96, 96), bool)
    ignore[:, 48:] = True
    left = values.copy()
    left[46, 6] = LEAST + 2 + np.median(left)
    assert OWN.judge(RawMap(left), (96, 96), ignore=ignore).is_defective
    assert not OWN.judge(RawMap(left), (96, 96)).is_defective


@pytest.mark.parametrize("values", [np.zeros((40, 40), np.float32), np.full((3, 3), 7, np.float32)])
def test_maps_without_a_tail(values: np.ndarray) -> None:
    judged = OWN.judge(RawMap(values), values.shape)
    assert judged.threshold == own_limit(tail_end(values), LEAST) == LEAST and not judged.is_defective


def test_score_alone_equals_full() -> None:
    decision = Decision(threshold=LEAST, normalise="median", own_limit=True, blur_sigma_px=2.0)
    raw = RawMap(peaky(5, 30.0), 4)
    full, alone = decision.judge(raw, (384, 384)), decision.judge(raw, (384, 384), maps=False)
    assert full.score == pytest.approx(alone.score, rel=1e-5)
    assert full.threshold == alone.threshold > LEAST


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_map_that_is_not_finite_is_not_judged(value: float) -> None:
    values = np.random.default_rng(6).normal(5, 1, (96, 96)).astype(np.float32)
    values[40:60, 40:60] = value
    with pytest.raises(EngineError, match="finite"):
        OWN.judge(RawMap(values), (96, 96))

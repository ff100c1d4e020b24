"""A limit from the map's own tail: what many strong marks forgive, and what stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.decision import Decision, RawMap
from surfedge.decision.own_tail import CHANCE, HELD, MEETS, STARTS, held_by_its_tail, tail_end


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
    assert held_by_its_tail(values).max() > HELD


def test_an_even_map_stays_as_it_is_and_a_rough_one_is_held() -> None:
    even = peaky(1, 0.2)  # from 1 to 2 or so
    assert tail_end(even) < STARTS and held_by_its_tail(even) is even
    rough = peaky(2, 6.0)
    assert tail_end(rough) > MEETS
    held = held_by_its_tail(rough)
    assert rough.max() > HELD > held.max()
    np.testing.assert_allclose(held * (tail_end(rough) / HELD), rough, rtol=1e-5)


def test_peaks_that_are_not_judged_do_not_count() -> None:
    values, weight = peaky(3, 0.2), np.ones((96, 96), np.float32)
    values[:, 48:] += peaky(4, 9.0)[:, 48:]
    weight[:, 48:] = 0
    assert tail_end(values, weight) < tail_end(values)
    ignore = np.zeros((96, 96), bool)
    ignore[:, 48:] = True
    decision = Decision(threshold=HELD, normalise="tail")
    left = values.copy()
    left[46, 6] = HELD + 2 + np.median(left)
    assert decision.judge(RawMap(left), (96, 96), ignore=ignore).is_defective
    assert not decision.judge(RawMap(left), (96, 96)).is_defective


@pytest.mark.parametrize("values", [np.zeros((40, 40), np.float32), np.full((3, 3), 7, np.float32)])
def test_maps_without_a_tail(values: np.ndarray) -> None:
    np.testing.assert_array_equal(held_by_its_tail(values), values)


def test_score_alone_equals_full() -> None:
    decision = Decision(threshold=HELD, normalise="tail", blur_sigma_px=2.0)
    raw = RawMap(peaky(5, 30.0), 4)
    full, alone = decision.judge(raw, (384, 384)), decision.judge(raw, (384, 384), maps=False)
    assert full.score == pytest.approx(alone.score, rel=1e-5)

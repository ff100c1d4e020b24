"""Streamed counts: exact while small, within the stated bound afterwards, and bounded in memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.metrics.counting import levels
from surfedge.metrics.counting.figure import PIXELS
from surfedge.metrics.counting.ground_truth import PixelSample, split_pixels
from surfedge.metrics.counting.pixel_scores import CHANNELS, PixelLevels, PixelScores, _merged
from surfedge.metrics.test_set.figures import figures_of, slack_of

OF_PIXELS = [figure for figure in figures_of() if figure.needs == PIXELS]


def _counted(masks: list[Any], maps: list[Any], exact_px: int | None) -> PixelScores:
    pixels = PixelScores(exact_px=exact_px)
    for mask, values in zip(masks, maps, strict=True):
        pixels.add(split_pixels(values, mask, grow_px=3))
    return pixels


def _figures_of(pixels: PixelScores, weights: Any) -> list[float]:
    return [float(figure.of(pixels.resampled(weights))[0]) for figure in OF_PIXELS]


def _figures(found: PixelLevels) -> dict[str, float]:
    return {figure.name: float(figure.of(found)) for figure in OF_PIXELS}


@pytest.mark.parametrize("scale", [1.0, 1e-8, 1e8])
@pytest.mark.parametrize("shift", [0.0, 0.5, -1000.0])
def test_bins_stay_within_the_stated_bound(test_set: Any, scale: float, shift: float) -> None:
    masks, maps = test_set(40, images=9, shape=(50, 60), steps=0)
    maps = [((m + np.float32(shift)) * np.float32(scale)).astype(np.float32) for m in maps]
    exact = _counted(masks, maps, None).levels()
    binned = _counted(masks, maps, 7000).levels()
    assert exact.exact
    assert not binned.exact
    expected, slack = _figures(exact), slack_of(OF_PIXELS, binned)
    for name, value in _figures(binned).items():
        assert abs(value - expected[name]) <= slack[name] + 1e-12, name
        assert slack[name] < 2e-3, name


@pytest.mark.parametrize("steps", [2, 12, 40])
def test_few_distinct_scores_stay_exact_in_bins(test_set: Any, steps: int) -> None:
    masks, maps = test_set(41, steps=steps)
    exact, binned = (_counted(masks, maps, limit) for limit in (None, 0))
    assert np.array_equal(binned.levels().counts[:4], exact.levels().counts[:4])
    assert not binned.levels().merged.any()
    assert _figures(binned.levels()) == pytest.approx(_figures(exact.levels()), abs=1e-12)
    drawn = np.array([[2, 0, 1, 1, 1, 1]], np.float32)
    for one, two in zip(_figures_of(binned, drawn), _figures_of(exact, drawn), strict=True):
        assert one == pytest.approx(two, abs=1e-12)


def test_a_part_of_the_images_exactly_and_in_wide_bins(test_set: Any) -> None:
    masks, maps = test_set(42, images=9, shape=(40, 40), steps=0)
    chosen = np.array([True, True, False, True, False, True, False, False, True])
    kept = [i for i in range(9) if chosen[i]]
    alone = _counted([masks[i] for i in kept], [maps[i] for i in kept], None).levels()
    exact = _counted(masks, maps, None).levels(chosen)
    assert np.array_equal(exact.counts, alone.counts)
    binned = _counted(masks, maps, 0).levels(chosen)
    for name, value in _figures(binned).items():
        assert value == pytest.approx(_figures(alone)[name], abs=5e-3), name


def test_resampling_counts_images_as_often_as_drawn(test_set: Any) -> None:
    masks, maps = test_set(43, images=6, shape=(60, 60), steps=0)
    drawn = [0, 3, 3, 1, 1, 1, 5]
    weights = np.bincount(drawn, minlength=6)[None].astype(np.float32)
    expected = _figures(_counted([masks[i] for i in drawn], [maps[i] for i in drawn], None).levels())
    for exact_px in (None, 0):
        counts = _counted(masks, maps, exact_px).resampled(weights)
        for figure in OF_PIXELS:
            assert figure.of(counts)[0] == pytest.approx(expected[figure.name], abs=4e-3), figure.name


def test_resampling_leaves_the_exact_counts_alone(test_set: Any) -> None:
    pixels = _counted(*test_set(44), None)
    before = pixels.levels().counts
    pixels.resampled(np.ones((2, 6), np.float32))
    assert pixels.exact
    assert np.array_equal(pixels.levels().counts, before)


def test_maps_may_be_overwritten_after_adding() -> None:
    pixels = PixelScores()
    buffer = np.array([[1.0, 2.0]], np.float32)
    pixels.add(split_pixels(buffer))
    buffer[:] = 9.0
    assert pixels.levels().scores.tolist() == [2.0, 1.0]


def test_best_limit_separates_in_bins_too(test_set: Any) -> None:
    masks, maps = test_set(45, steps=0)
    binned = _counted(masks, maps, 0).levels()
    limit = np.float32(binned.best_f1_limit())
    hit = sum(np.count_nonzero(m[k] > limit) for k, m in zip(masks, maps, strict=True) if k is not None)
    called = sum(np.count_nonzero(m > limit) for m in maps)
    best = levels.f1_scores(binned.negatives, binned.positives).max()
    assert 2 * hit / (called + binned.positives.sum()) == pytest.approx(best, abs=1e-12)


def test_memory_does_not_grow_with_the_size_of_images() -> None:
    rng = np.random.default_rng(46)
    maps = [rng.gamma(2.0, 1.0, (700, 700)).astype(np.float32) for _ in range(2)]
    pixels = PixelScores(exact_px=0)
    pixels.add(split_pixels(maps[0]))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for i in range(20):
        pixels.add(split_pixels(maps[i % 2]))
    grown = (tracemalloc.get_traced_memory()[0] - before) / 20
    tracemalloc.stop()
    assert grown < 40_000  # bytes per image of 1,960,000


def test_empty_places_and_nothing_at_all() -> None:
    for exact_px in (None, 0):
        pixels = PixelScores(exact_px=exact_px)
        assert pixels.levels().counts.shape == (len(CHANNELS), 0)
        pixels.add(PixelSample())
        assert len(pixels) == 1
        assert pixels.levels().counts.shape == (len(CHANNELS), 0)
    with pytest.raises(ArgumentError, match="exact_px"):
        PixelScores(exact_px=-1)


def test_two_scores_in_one_wide_bin_are_no_exact_count() -> None:
    scores = PixelScores(exact_px=0)
    near = np.float32([[1.0, np.nextafter(np.float32(1.004), np.float32(2)), 9.0, 9.0]])  # bins apart, one wide bin
    for _ in range(2):
        scores.add(split_pixels(near, np.array([[0, 0, 0, 1]])))
    whole, part = scores.levels(), scores.levels(np.array([True, False]))
    assert whole.exact and whole.scores.size == 3
    assert part.scores.size == 2 and part.merged.tolist() == [False, True]


def test_each_pixel_counts_once_towards_those_that_are_kept() -> None:
    mask, values = np.eye(4, dtype=np.uint8), np.arange(16, dtype=np.float32).reshape(4, 4)
    assert _counted([mask], [values], 16).exact
    assert not _counted([mask], [values], 15).exact


@pytest.mark.parametrize("row", range(5))
def test_levels_follow_each_of_the_curves(row: int) -> None:
    """What one kind of pixels alone is spread over keeps its levels, wherever all others lie."""
    total = np.zeros((5, 101))
    total[row, :100] = 1.0
    total[[other for other in range(5) if other != row], 100] = 1.0
    found = _merged(total, 1000)
    assert np.unique(found[:100]).size == 100 and np.all(np.diff(found) >= 0)


def test_levels_by_hand() -> None:
    """False-positive rates 1/4, 1/2, 3/4, 1 (all beyond 5 %), and half of positives and of overlap at either end."""
    total = np.float64([[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1], [2, 0, 0, 2], [3, 0, 0, 3]])
    path = np.array([1.25 + 0.5 + 0.5, 1.5 + 1, 1.75 + 1, 2 + 2]) / 4  # 0.5625, 0.625, 0.6875, 1
    for levels_asked, expected in ((9, [0, 0, 1, 2]), (5, [0, 0, 0, 1]), (17, [0, 1, 2, 3])):
        assert _merged(total, levels_asked).tolist() == expected
        assert np.unique(np.ceil(path * (levels_asked - 1)), return_inverse=True)[1].tolist() == expected
    assert np.unique(_merged(np.ones((5, 1000)), 10)).size <= 10


def test_resampled_levels_say_which_of_them_hold_several_scores() -> None:
    scores = PixelScores(exact_px=0)
    near = np.nextafter(np.float32(1.0), np.float32(2.0))  # in one bin with 1
    scores.add(split_pixels(np.float32([[1.0, 5.0, 50.0, 51.0]]), np.array([[0, 1, 0, 1]])))
    each = np.ones((3, 1), np.float32)
    assert scores.resampled(each).merged.tolist() == [False] * 5  # the first is that of no score
    assert scores.resampled(each, levels=4).merged.tolist() == [False, False, False, True]
    scores.add(split_pixels(np.float32([[near]])))
    assert scores.resampled(np.ones((1, 2), np.float32)).merged.tolist() == [False] * 4 + [True]

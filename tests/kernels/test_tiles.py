"""Tiles cut and averaged, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import reference
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads

U8, F32 = np.uint8, np.float32


def random_grid(rng: np.random.Generator, most: int = 60) -> tuple[tuple[int, int], int, int]:
    """shape, tile_px, stride_px"""
    tile_px = int(rng.choice([1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33]))
    height, width = (int(rng.integers(tile_px, most + tile_px)) for _ in range(2))
    return (height, width), tile_px, int(rng.integers(max(1, tile_px // 5), tile_px + 1))


@each_level
@pytest.mark.parametrize(
    ("length", "tile_px", "stride_px", "starts"),
    [
        (1, 1, 1, [0]),
        (4, 4, 1, [0]),
        (5, 4, 4, [0, 1]),
        (5, 2, 1, [0, 1, 2, 3]),
        (5, 2, 2, [0, 2, 3]),
        (6, 2, 2, [0, 2, 4]),
        (7, 3, 2, [0, 2, 4]),
        (8, 3, 2, [0, 2, 4, 5]),
        (256, 128, 32, [0, 32, 64, 96, 128]),
        (257, 128, 32, [0, 32, 64, 96, 128, 129]),
        (255, 128, 128, [0, 127]),
        (129, 128, 100, [0, 1]),
    ],
)
def test_places_worked_by_hand(level: str, length: int, tile_px: int, stride_px: int, starts: list[int]) -> None:
    ramp = np.arange(length, dtype=F32)
    column = np.ascontiguousarray(np.repeat(ramp[:, None], tile_px, axis=1))
    row = np.ascontiguousarray(np.repeat(ramp[None], tile_px, axis=0))
    assert native(level).cut_tiles(row, tile_px, stride_px, None)[:, 0, 0].tolist() == starts
    assert native(level).cut_tiles(column, tile_px, stride_px, None)[:, 0, 0].tolist() == starts


@each_level
@pytest.mark.parametrize(
    ("values", "tile_px", "width", "stride_px", "expected"),
    [
        ([1], 1, 1, 1, [1]),
        ([5], 3, 3, 1, [5, 5, 5]),
        ([1, 2], 2, 4, 2, [1, 1, 2, 2]),
        ([1, 2], 2, 3, 1, [1, 1.5, 2]),
        ([1, 2, 4], 2, 5, 2, [1, 1, 2, 3, 4]),
        ([0, 6], 3, 4, 3, [0, 3, 3, 6]),
        ([0, 3, 6], 3, 5, 1, [0, 1.5, 3, 4.5, 6]),
        ([1, 2, 3, 4], 1, 4, 1, [1, 2, 3, 4]),
        ([-1, 1], 2, 3, 2, [-1, 0, 1]),
        ([1, np.nan, 4], 2, 6, 2, [1, 1, np.nan, np.nan, 4, 4]),
        ([np.inf, 1], 2, 3, 1, [np.inf, np.inf, 1]),
    ],
)
def test_averages_worked_by_hand(
    level: str, values: list[float], tile_px: int, width: int, stride_px: int, expected: list[float]
) -> None:
    tiles = np.stack([np.full((tile_px, tile_px), value, F32) for value in values])
    along = native(level).average_tiles(tiles, (tile_px, width), stride_px, None)
    np.testing.assert_array_equal(along, np.repeat([expected], tile_px, axis=0).astype(F32))
    down = native(level).average_tiles(tiles, (width, tile_px), stride_px, None)
    np.testing.assert_array_equal(down, along.T)


def test_random_grids_against_the_twin(budget: Budget) -> None:
    rng, worst = np.random.default_rng(1), 0.0
    cases = budget.count(test=1_000, nightly=100_000, release=1_000_000)
    for _ in range(cases):
        shape, tile_px, stride_px = random_grid(rng)
        channels = () if rng.random() < 0.6 else (int(rng.integers(1, 5)),)
        dtype = rng.choice([U8, F32])
        image = misaligned((rng.random((*shape, *channels)) * 255).astype(dtype), int(rng.integers(0, 16)))
        cut = reference.cut_tiles(image, tile_px, stride_px)
        noisy = misaligned((cut + rng.random(cut.shape)).astype(F32), int(rng.integers(0, 16)))
        average = reference.average_tiles(noisy, image.shape, stride_px)
        for level in LEVELS:
            got = native(level).cut_tiles(image, tile_px, stride_px, None)
            assert got.dtype == image.dtype
            np.testing.assert_array_equal(got, cut)
            back = native(level).average_tiles(noisy, image.shape, stride_px, None)
            # at most 25 positive terms in a row: the sum is rounded at each, the quotient once
            error = np.abs(back / average - 1).max()
            assert error <= 40 * 2.0**-24, (level, shape, tile_px, stride_px, error)
            worst = max(worst, float(error))
    print(f"tiles: {cases} cases, levels {LEVELS}, worst relative error {worst:.1e}")


@each_level
@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.7, 1e-30, 3e30])
def test_equal_tiles_average_to_themselves_nearly(level: str, value: float) -> None:
    tiles = np.full((25, 128, 128), value, F32)
    image = native(level).average_tiles(tiles, (256, 256), 32, None)
    np.testing.assert_allclose(image, F32(value), rtol=3e-7)


@each_level
def test_cut_then_average_gives_the_image_back(level: str) -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        shape, tile_px, stride_px = random_grid(rng)
        image = rng.integers(0, 256, shape).astype(F32)
        tiles = native(level).cut_tiles(image, tile_px, stride_px, None)
        np.testing.assert_array_equal(native(level).average_tiles(tiles, shape, stride_px, None), image)


@each_level
@pytest.mark.parametrize(("shape", "tile_px", "stride_px"), [((1450, 1500), 37, 30), ((1200, 700, 3), 53, 53)])
def test_images_past_the_cache_are_averaged_to_the_last_pixel(
    level: str, shape: tuple[int, ...], tile_px: int, stride_px: int
) -> None:
    """Sums of 8 MB and more are made elsewhere; lines of a tile here are not whole cache lines."""
    image = np.random.default_rng(5).integers(0, 256, shape).astype(F32)
    assert image.nbytes >= 8 << 20
    tiles = native(level).cut_tiles(image, tile_px, stride_px, None)
    np.testing.assert_array_equal(native(level).average_tiles(tiles, shape, stride_px, None), image)


def test_averages_are_equal_at_all_levels_and_thread_counts(budget: Budget) -> None:
    rng = np.random.default_rng(3)
    for _ in range(budget.count(test=30, nightly=300, release=3_000)):
        shape, tile_px, stride_px = random_grid(rng, most=200)
        image = rng.random(shape).astype(F32)
        tiles = reference.cut_tiles(image, tile_px, stride_px)
        tiles = tiles + rng.random(tiles.shape, F32)
        first = native(LEVELS[0]).average_tiles(tiles, shape, stride_px, None)
        for level in LEVELS:
            for count in (1, 2, 5):
                with threads(native(level), count):
                    again = native(level).average_tiles(tiles, shape, stride_px, None)
                    np.testing.assert_array_equal(again, first)
                    cut = native(level).cut_tiles(image, tile_px, stride_px, None)
                    np.testing.assert_array_equal(cut, reference.cut_tiles(image, tile_px, stride_px))


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(4), native(level)
    room_image, room_tiles = Guarded(), Guarded(4 << 20)
    for _ in range(150):
        shape, tile_px, stride_px = random_grid(rng)
        image = rng.random(shape).astype(F32)
        expected = reference.cut_tiles(image, tile_px, stride_px)
        inside = room_image.copy(image, at_end=at_end)
        tiles = room_tiles.copy(np.zeros_like(expected), at_end=at_end)
        np.testing.assert_array_equal(module.cut_tiles(inside, tile_px, stride_px, tiles), expected)
        module.average_tiles(tiles, shape, stride_px, inside)
        np.testing.assert_allclose(inside, image, rtol=1e-6)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    module, image = native(level), np.zeros((8, 9), F32)
    with pytest.raises(ValueError, match="both sides at least tile_px = 9"):
        module.cut_tiles(image, 9, 1, None)
    with pytest.raises(ValueError, match="both sides at least"):
        module.cut_tiles(np.zeros((0, 9), F32), 1, 1, None)
    for stride_px in (0, 5, -1):
        with pytest.raises(ValueError, match="stride_px: found"):
            module.cut_tiles(image, 4, stride_px, None)
    tiles = module.cut_tiles(image, 4, 2, None)
    with pytest.raises(ValueError, match="tiles: found .* expected 12"):
        module.average_tiles(tiles[:-1], (8, 9), 2, None)
    with pytest.raises(ValueError, match="shape: found"):
        module.average_tiles(tiles, (8, 9, 1), 2, None)
    with pytest.raises(TypeError, match="shape: found"):
        module.average_tiles(tiles, 8, 2, None)
    with pytest.raises(ValueError, match=r"tiles: found .*expected \(N, t, t\)"):
        module.average_tiles(np.zeros((2, 3, 4), F32), (8, 9), 2, None)
    with pytest.raises(TypeError, match="tiles: found float64"):
        module.average_tiles(tiles.astype(float), (8, 9), 2, None)

"""Coarse maps over images: shapes, and the largest value without the map."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.decision import RawMap
from surfedge.decision.upsampling import largest_stretched, marked_fraction, stretch


def test_cells_by_hand() -> None:
    """Two cells of two pixels: the centres lie between pixels, a quarter of the way is a quarter of the step."""
    np.testing.assert_allclose(stretch(RawMap(np.float32([[0, 4]]), 2), (2, 4)), [[0, 1, 3, 4]] * 2)
    assert largest_stretched(RawMap(np.float32([[0, 4]]), 2), (2, 4)) == 4.0
    assert largest_stretched(RawMap(np.float32([[0, 4]]), 2), (2, 3)) == 3.0  # the last cell hangs over


@pytest.mark.parametrize("cell_px", [None, 1, 2, 3, 4, 7, 16])
def test_the_largest_value_is_that_of_the_stretched_map(cell_px: int | None) -> None:
    rng = np.random.default_rng(cell_px or 0)
    for _ in range(40):
        h, w = rng.integers(1, 12, 2)
        values = rng.normal(size=(h, w)).astype(np.float32)
        if cell_px:
            shape = (int(h * cell_px - rng.integers(0, cell_px)), int(w * cell_px - rng.integers(0, cell_px)))
        else:
            shape = (int(rng.integers(1, 60)), int(rng.integers(1, 60)))
        raw_map = RawMap(values, cell_px)
        whole = stretch(raw_map, shape)
        assert whole.shape == shape and whole.dtype == np.float32
        assert largest_stretched(raw_map, shape) == pytest.approx(float(whole.max()), rel=2e-6, abs=2e-6)


@pytest.mark.parametrize("turned", [False, True])
def test_a_map_that_shrinks_along_one_side_only_shows_its_largest_pixel(turned: bool) -> None:
    """A peak of one row between two pixels of the image is not what any pixel shows."""
    values = np.zeros((40, 3), np.float32)
    values[::4] = np.arange(10, dtype=np.float32)[:, None] + 1
    raw_map, shape = RawMap(values.T.copy() if turned else values, None), (60, 11) if turned else (11, 60)
    assert largest_stretched(raw_map, shape) == pytest.approx(float(stretch(raw_map, shape).max()), rel=2e-6)
    assert largest_stretched(raw_map, shape) < 10


def test_fraction_of_a_cell_by_hand() -> None:
    mask = np.zeros((4, 6), bool)
    mask[:2, :1] = True
    cells = RawMap(np.zeros((2, 3), np.float32), 2)
    np.testing.assert_allclose(marked_fraction(mask, cells), [[0.5, 0, 0], [0, 0, 0]])
    mask[:, 4] = mask[2] = True  # the last row and column that are left stand for those that hang over
    for rows, columns, expected in (
        (3, 5, [[0.5, 0, 1], [1, 1, 1]]),
        (3, 6, [[0.5, 0, 0.5], [1, 1, 1]]),
        (4, 5, [[0.5, 0, 1], [0.5, 0.5, 1]]),
    ):
        np.testing.assert_allclose(marked_fraction(mask[:rows, :columns], cells), expected)


def test_a_map_of_the_images_size_is_not_copied_and_one_that_hangs_over_is_cut() -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    for cell_px in (None, 1):
        assert stretch(RawMap(values, cell_px), (4, 4)) is values
        assert largest_stretched(RawMap(values, cell_px), (4, 4)) == 15
    expected = np.add.outer(4 * np.array([0, 0.25, 0.75, 1.25]), [0, 0.25, 0.75, 1.25])
    np.testing.assert_allclose(stretch(RawMap(values, 2), (4, 4)), expected)
    assert largest_stretched(RawMap(values, 2), (4, 4)) == pytest.approx(expected.max())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_the_largest(value: float) -> None:
    values = np.full((2, 3), value, np.float32) if value < 0 else np.float32([[0, 1, value], [2, 3, 4]])
    for cell_px, shape in ((2, (4, 6)), (None, (7, 9)), (1, (2, 3))):
        assert largest_stretched(RawMap(values, cell_px), shape) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (1, 1), (6, 7), (2, 40), (40, 2), (1, 30), (11, 13)])
def test_the_largest_of_a_map_that_shrinks(shape: tuple[int, int]) -> None:
    for seed in range(20):
        raw_map = RawMap(np.random.default_rng(seed).normal(size=(12, 14)).astype(np.float32), None)
        expected = float(stretch(raw_map, shape).max())
        assert largest_stretched(raw_map, shape) == pytest.approx(expected, rel=2e-6, abs=2e-6)

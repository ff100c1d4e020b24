"""Coarse maps over images: shapes, and the largest value without the map."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.decision.upsampling import largest_stretched, map_of_mask, stretch


def test_cells_by_hand() -> None:
    """Two cells of two pixels: the centres lie between pixels, a quarter of the way is a quarter of the step."""
    np.testing.assert_allclose(stretch(np.float32([[0, 4]]), (2, 4), 2), [[0, 1, 3, 4]] * 2)
    assert largest_stretched(np.float32([[0, 4]]), (2, 4), 2) == 4.0
    assert largest_stretched(np.float32([[0, 4]]), (2, 3), 2) == 3.0  # the last cell hangs over


@pytest.mark.parametrize("cell_px", [0, 1, 2, 3, 4, 7, 16])
def test_the_largest_value_is_that_of_the_stretched_map(cell_px: int) -> None:
    rng = np.random.default_rng(cell_px)
    for _ in range(40):
        h, w = rng.integers(1, 12, 2)
        values = rng.normal(size=(h, w)).astype(np.float32)
        if cell_px:
            shape = (int(h * cell_px - rng.integers(0, cell_px)), int(w * cell_px - rng.integers(0, cell_px)))
        else:
            shape = (int(rng.integers(1, 60)), int(rng.integers(1, 60)))
        whole = stretch(values, shape, cell_px)
        assert whole.shape == shape and whole.dtype == np.float32
        assert largest_stretched(values, shape, cell_px) == pytest.approx(float(whole.max()), rel=2e-6, abs=2e-6)


def test_share_of_a_cell_by_hand() -> None:
    mask = np.zeros((4, 6), bool)
    mask[:2, :1] = True
    np.testing.assert_allclose(map_of_mask(mask, (2, 3), 2), [[0.5, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(map_of_mask(mask[:3, :5], (2, 3), 2), [[0.5, 0, 0], [0, 0, 0]])

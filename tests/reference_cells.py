"""A repeated pattern against its usual cell in float64, pixel by pixel from the definition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def shift_at(x: float, y: float, shifts: np.ndarray, step_px: int) -> np.ndarray:
    """Linear between the points of the grid around (x, y)."""
    column, row = (x + 0.5) / step_px + 0.5, (y + 0.5) / step_px + 0.5
    c, r = min(int(column), shifts.shape[1] - 2), min(int(row), shifts.shape[0] - 2)
    u, v = column - c, row - r
    upper = shifts[r, c] * (1 - u) + shifts[r, c + 1] * u
    lower = shifts[r + 1, c] * (1 - u) + shifts[r + 1, c + 1] * u
    return upper * (1 - v) + lower * v


def cell_deviations(
    image: np.ndarray,
    median: np.ndarray,
    inverse_spread: np.ndarray,
    across: Sequence[float],
    along: Sequence[float],
    shifts: np.ndarray,
    step_px: int,
) -> np.ndarray:
    """(pixel - median) * inverse spread at each pixel's place."""
    shifts, median, inverse_spread = (a.astype(np.float64) for a in (shifts, median, inverse_spread))
    rows, columns = median.shape
    out = np.empty(image.shape)
    for y, x in np.ndindex(image.shape):
        plane = [axis[0] * x + axis[1] * y + axis[2] for axis in (across, along)]
        u, v = plane - shift_at(x, y, shifts, step_px)
        left, top = int(np.floor(u)), int(np.floor(v))
        there = np.ix_([top % rows, (top + 1) % rows], [left % columns, (left + 1) % columns])
        weights = np.outer([1 - (v - top), v - top], [1 - (u - left), u - left])
        nearest = inverse_spread[int(np.floor(v + 0.5)) % rows, int(np.floor(u + 0.5)) % columns]
        out[y, x] = (image[y, x] - (weights * median[there]).sum()) * nearest
    return out

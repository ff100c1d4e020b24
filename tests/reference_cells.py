"""A repeated pattern against its usual cell in float64, pixel by pixel from the definition."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np


def shift_at(x: float, y: float, shifts: np.ndarray, step_px: int) -> np.ndarray:
    """Linear between the points of the grid around (x, y)."""
    column, row = (x + 0.5) / step_px + 0.5, (y + 0.5) / step_px + 0.5
    c, r = min(int(column), shifts.shape[1] - 2), min(int(row), shifts.shape[0] - 2)
    u, v = column - c, row - r
    upper = shifts[r, c] * (1 - u) + shifts[r, c + 1] * u
    lower = shifts[r + 1, c] * (1 - u) + shifts[r + 1, c + 1] * u
    return upper * (1 - v) + lower * v


def around(u: float, v: float, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns (np.ix_) of the four samples around a place, and their weights (2, 2)."""
    left, top = int(np.floor(u)), int(np.floor(v))
    rows, columns = shape
    there = np.ix_([top % rows, (top + 1) % rows], [left % columns, (left + 1) % columns])
    return there, np.outer([1 - (v - top), v - top], [1 - (u - left), u - left])


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
        there, weights = around(u, v, median.shape)
        nearest = inverse_spread[int(np.floor(v + 0.5)) % rows, int(np.floor(u + 0.5)) % columns]
        out[y, x] = (image[y, x] - (weights * median[there]).sum()) * nearest
    return out


def cell_motion(
    image: np.ndarray,
    median: np.ndarray,
    across: Sequence[float],
    along: Sequence[float],
    shifts: np.ndarray,
    step_px: int,
    every: int,
    sigma_px: float,
    clip: float,
) -> np.ndarray:
    """Sums of a a, a b, b b, a e, b e in the Gaussian window of each point of the grid."""
    shifts, median = shifts.astype(np.float64), median.astype(np.float64)
    slopes = [0.5 * (np.roll(median, -1, axis) - np.roll(median, 1, axis)) for axis in (1, 0)]
    ys, xs = (np.arange(every // 2, size, every) for size in image.shape)
    e, a, b = (np.zeros((len(ys), len(xs))) for _ in range(3))
    for (i, y), (j, x) in product(enumerate(ys), enumerate(xs)):
        u, v = [p[0] * x + p[1] * y + p[2] for p in (across, along)] - shift_at(x, y, shifts, step_px)
        there, weights = around(u, v, median.shape)
        e[i, j] = image[y, x] - (weights * median[there]).sum()
        a[i, j], b[i, j] = ((weights * slope[there]).sum() for slope in slopes)
    some = np.sort(np.abs(e[::3, ::3]), axis=None)
    limit = clip * some[some.size // 2] if some.size else 0.0
    e = np.clip(e, -limit, limit)
    down, over = (
        _windows((np.arange(n) - 0.5) * step_px - 0.5, at, sigma_px)
        for n, at in zip(shifts.shape, (ys, xs), strict=False)
    )
    return np.stack([down @ part @ over.T for part in (a * a, a * b, b * b, a * e, b * e)])


def _windows(points: np.ndarray, at: np.ndarray, sigma_px: float) -> np.ndarray:
    away = (at[None] - points[:, None]) / sigma_px
    weights = np.exp(-0.5 * away**2) * (np.abs(away) <= 5.5)
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)


def local_waves(
    image: np.ndarray, frequencies: list[tuple[float, float]], step_px: int, sigma_px: float, shape: tuple[int, int]
) -> np.ndarray:
    """The sums of the definition, an image of waves for each frequency."""
    rows, columns = (np.arange(n, dtype=float) for n in image.shape)
    down, over = (
        _windows((np.arange(n) + 0.5) * step_px - 0.5, at, sigma_px)
        for n, at in zip(shape, (rows, columns), strict=True)
    )
    waves = [np.exp(-2j * np.pi * (u * columns[None] + v * rows[:, None])) for u, v in frequencies]
    return np.stack([down @ (image * wave) @ over.T for wave in waves])

"""Gaussian windows around the points of a grid: a matrix of which only a band is not 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WINDOW_REACH = 7.0  # standard deviations: what lies beyond is below float32's rounding of the sum
BAND_POINTS = 16  # of the grid, together in one product


@dataclass(frozen=True)
class Band:
    """The windows of neighbouring points where they are not 0. weights : float32 (points, positions), rows of sum 1."""

    points: slice
    positions: slice
    weights: np.ndarray


def bands(centres: np.ndarray, where: np.ndarray, sigma_px: float) -> tuple[Band, ...]:
    """Gaussians around `centres` at the positions `where`, both rising; 0 beyond WINDOW_REACH, where subnormal numbers
    would make the products that follow many times slower on some processors.

    >>> [(band.points.stop, band.weights.shape) for band in bands(np.arange(20.0), np.arange(20), 0.5)]
    [(16, (16, 19)), (20, (4, 7))]
    """
    found = []
    for first in range(0, len(centres), BAND_POINTS):
        around = centres[first : first + BAND_POINTS]
        ends = around[0] - WINDOW_REACH * sigma_px, around[-1] + WINDOW_REACH * sigma_px
        positions = slice(*np.searchsorted(where, ends).tolist())
        away = (where[positions] - around[:, None]) / sigma_px
        weights = np.exp(-0.5 * away * away) * (np.abs(away) < WINDOW_REACH)
        weights /= weights.sum(axis=1, keepdims=True)
        found.append(Band(slice(first, first + len(around)), positions, weights.astype(np.float32)))
    return tuple(found)

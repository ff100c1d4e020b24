"""The smallest cell that explains the peaks of an autocorrelation, and whether it is accepted."""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np

from surfedge.pattern.autocorrelation import highest_near, peaks_near, sampled

LEAST_PITCH_CANVAS_PX = 7.0  # a shorter one is grain
STRONG = 0.6  # of the highest peak
ALIKE = 0.8  # of the best cell's weakest point: as good a cell
CANDIDATES = 12  # peaks that are combined
PAIRS = np.array(np.triu_indices(CANDIDATES, 1))
SURE, LOST = 0.3, 0.1  # height of the weakest peak of a plain pattern, and where there is none
FIRST_GLANCE = 0.45  # lower peaks cannot make a lattice that is accepted
NEAREST = np.array(
    ((1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2))
)  # orders that must be seen; the first four are next
ORDERS = np.array([(i, j) for i in range(-3, 4) for j in range(-3, 4) if (i > 0) or (i == 0 and j > 0)])
ORDERS_WITHIN = [ORDERS[np.abs(ORDERS).max(axis=1) <= limit] for limit in (1, 2, 3)]
LEAST_DETERMINANT = 1e-9  # of the product of its diagonal: peaks on one line span no plane
_TURNS = np.arange(16) * (2 * np.pi / 16)
RING = np.stack([np.cos(_TURNS), np.sin(_TURNS)])  # directions in which a peak must stand free
RINGS = np.concatenate([0.3 * RING, 0.45 * RING], axis=1)  # in the shorter pitch

Vector = tuple[float, float]


def find_peaks(correlation: np.ndarray) -> np.ndarray:
    """The nearest high peaks of one half-plane, float64 (N, 2) lags (x, y) from the middle, nearest first."""
    middle_y, middle_x = correlation.shape[0] // 2, correlation.shape[1] // 2
    lower = np.ascontiguousarray(correlation[middle_y:])
    highest = cv2.dilate(lower, np.ones((5, 5), np.uint8))
    y, x = np.divmod(np.flatnonzero((lower == highest) & (lower > FIRST_GLANCE)), lower.shape[1])
    x -= middle_x
    half = ((y > 0) | (x > 0)) & (np.hypot(x, y) >= LEAST_PITCH_CANVAS_PX)
    inside = (y < middle_y - 1) & (np.abs(x) < middle_x - 1)
    x, y = x[half & inside], y[half & inside]
    heights = lower[y, x + middle_x]
    strong = heights >= STRONG * heights.max(initial=0.0)
    lags = np.stack([x[strong], y[strong]], axis=1).astype(np.float64)
    return lags[np.argsort(np.hypot(*lags.T), kind="stable")][:CANDIDATES]


def smallest_cell(correlation: np.ndarray, peaks: np.ndarray) -> tuple[np.ndarray | None, float]:
    """The smallest cell whose lattice points all are free-standing peaks: base (2, 2), columns; and the confidence."""
    bases, areas = _cells(peaks)
    if not areas:
        return None, 0.0
    worths, heights = (values.tolist() for values in _judged(correlation, bases))
    good = [number for number, worth in enumerate(worths) if worth > LOST]
    if not good:
        return None, 0.0
    highest = max(heights[number] for number in good)
    alike = [number for number in good if heights[number] >= ALIKE * highest]
    best = min(alike, key=lambda number: (areas[number], -worths[number]))
    return bases[best], min(max((worths[best] - LOST) / (SURE - LOST), 0.0), 1.0)


def _cells(peaks: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Cells that two of `peaks`, float64 (N, 2) whole numbers, span, each once: bases (M, 2, 2), columns, and areas."""
    one, other = PAIRS[:, PAIRS[1] < len(peaks)]
    vectors = np.ascontiguousarray(peaks).view(np.complex128).ravel()
    short, long = _shortest_of_each(vectors[one], vectors[other])
    lengths = np.abs(short), np.abs(long)
    areas = np.abs((short.conj() * long).imag)
    wide = np.flatnonzero((areas >= 0.35 * lengths[0] * lengths[1]) & (lengths[0] >= LEAST_PITCH_CANVAS_PX))
    alike = zip(*(np.rint(sizes[wide]).tolist() for sizes in (areas / 16, lengths[0] / 3, lengths[1] / 3)), strict=True)
    first: dict[tuple[float, ...], int] = {}
    for number, key in zip(wide.tolist(), alike, strict=True):
        first.setdefault(key, number)
    chosen = list(first.values())
    bases = np.stack([short[chosen], long[chosen]], axis=1)
    return np.stack([bases.real, bases.imag], axis=1), areas[chosen].tolist()


def _shortest_of_each(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`shortest` of many pairs at once, complex128 (N,) x + i y."""
    is_less = _squares(other) < _squares(one)
    one, other = np.where(is_less, other, one), np.where(is_less, one, other)
    for _ in range(32):
        square = _squares(one)
        other = other - np.rint((one.conj() * other).real / np.maximum(square, 1e-12)) * one
        is_less = _squares(other) < square
        if not is_less.any():
            break
        one, other = np.where(is_less, other, one), np.where(is_less, one, other)
    return one, other


def _squares(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors.real * vectors.real + vectors.imag * vectors.imag)


def _judged(correlation: np.ndarray, bases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of `bases` (N, 2, 2), how far the weakest of the nearest lattice points stands above its surroundings,
    in the worst direction but one; and the height of the weakest of the four nearest. Both float64 (N,)."""
    shorter = np.hypot(bases[:, 0], bases[:, 1]).min(axis=1)
    lags = NEAREST @ bases.transpose(0, 2, 1)  # (N, 6, 2)
    around, seen = sampled(correlation, lags[..., None] + shorter[:, None, None, None] * RINGS)
    around = around.reshape(*lags.shape[:2], 2, -1).min(axis=2)  # a line is high at both distances
    around.partition(-2, axis=-1)
    at = np.where(seen[..., None], lags, 0.0)
    heights = highest_near(correlation, at).astype(np.float64)
    worths = np.minimum(heights - around[..., -2], 0.8 * heights)
    worths = np.where(seen, worths, 1.0).min(axis=1, initial=1.0)
    heights = np.where(seen, heights, 1.0)[:, :4].min(axis=1, initial=1.0)
    return np.where(seen.sum(axis=1) >= 3, worths, 0.0), heights


def refined(correlation: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Base from the least squares of the peaks at all orders within reach, weighted by their height."""
    for orders in ORDERS_WITHIN:
        reach = max(2, ceil(0.2 * float(np.hypot(*base).min())))
        found, lags, heights = peaks_near(correlation, orders @ base.T, reach)
        near = orders[found]
        weighted = near.T * np.maximum(heights, 0.0)
        (xx, xy), (_, yy) = (weighted @ near).tolist()
        determinant = xx * yy - xy * xy
        if determinant <= LEAST_DETERMINANT * xx * yy:
            return base
        base = (weighted @ lags).T @ np.array([[yy, -xy], [-xy, xx]]) / determinant
    return base


def shortest(one: Vector, other: Vector) -> tuple[Vector, Vector]:
    """The two shortest vectors of the lattice of two (C. F. Gauss, "Disquisitiones arithmeticae", 1801).

    >>> shortest((10.0, 0.0), (23.0, 7.0))
    ((3.0, 7.0), (7.0, -7.0))
    """
    (ax, ay), (bx, by) = one, other
    short, long = ax * ax + ay * ay, bx * bx + by * by
    if short > long:
        ax, ay, bx, by, short, long = bx, by, ax, ay, long, short
    for _ in range(32):
        times = round((ax * bx + ay * by) / max(short, 1e-12))
        bx, by = bx - times * ax, by - times * ay
        long = bx * bx + by * by
        if long >= short:
            break
        ax, ay, bx, by, short, long = bx, by, ax, ay, long, short
    return (ax, ay), (bx, by)

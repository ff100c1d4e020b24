"""The smallest cell that explains the peaks of an autocorrelation, and whether it is accepted."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np

from surfedge.pattern.autocorrelation import highest_near, peak_near, sampled

LEAST_PITCH_CANVAS_PX = 7.0  # a shorter one is grain
STRONG = 0.6  # of the highest peak
ALIKE = 0.8  # of the best cell's weakest point: as good a cell
CANDIDATES = 12  # peaks that are combined
SURE, LOST = 0.3, 0.1  # height of the weakest peak of a plain pattern, and where there is none
FIRST_GLANCE = 0.45  # lower peaks cannot make a lattice that is accepted
ORDERS = tuple((i, j) for i in range(-3, 4) for j in range(-3, 4) if (i > 0) or (i == 0 and j > 0))
_TURNS = np.arange(16) * (2 * np.pi / 16)
RING = np.stack([np.cos(_TURNS), np.sin(_TURNS)])  # directions in which a peak must stand free


def find_peaks(correlation: np.ndarray) -> np.ndarray:
    """The nearest high peaks of one half-plane, float64 (N, 2) lags (x, y) from the middle, nearest first."""
    middle_y, middle_x = correlation.shape[0] // 2, correlation.shape[1] // 2
    lower = np.ascontiguousarray(correlation[middle_y:])
    highest = cv2.dilate(lower, np.ones((5, 5), np.uint8))
    y, x = np.nonzero((lower == highest) & (lower > FIRST_GLANCE))
    x = x - middle_x
    half = ((y > 0) | (x > 0)) & (np.hypot(x, y) >= LEAST_PITCH_CANVAS_PX)
    inside = (y < middle_y - 1) & (np.abs(x) < middle_x - 1)
    x, y = x[half & inside], y[half & inside]
    heights = lower[y, x + middle_x]
    strong = heights >= STRONG * heights.max(initial=0.0)
    lags = np.stack([x[strong], y[strong]], axis=1).astype(np.float64)
    return lags[np.argsort(np.hypot(*lags.T), kind="stable")][:CANDIDATES]


def smallest_cell(correlation: np.ndarray, peaks: np.ndarray) -> tuple[np.ndarray | None, float]:
    """The smallest cell whose lattice points all are free-standing peaks: base (2, 2), columns; and the confidence."""
    bases: dict[tuple[int, ...], np.ndarray] = {}
    for one, other in combinations(peaks, 2):
        base = reduced(np.stack([one, other], axis=1))
        lengths = np.hypot(*base)
        area = abs(base[0, 0] * base[1, 1] - base[0, 1] * base[1, 0])
        if area >= 0.35 * lengths[0] * lengths[1] and lengths.min() >= LEAST_PITCH_CANVAS_PX:
            bases.setdefault((round(area / 16), *np.rint(lengths / 3).astype(int)), base)
    found = [(*_judged(correlation, base), abs(np.linalg.det(base)), base) for base in bases.values()]
    found = [one for one in found if one[0] > LOST]
    if not found:
        return None, 0.0
    highest = max(height for _, height, _, _ in found)
    alike = [one for one in found if one[1] >= ALIKE * highest]
    worth, _, _, base = min(alike, key=lambda one: (round(one[2], 1), -one[0]))
    return base, float(np.clip((worth - LOST) / (SURE - LOST), 0.0, 1.0))


def _judged(correlation: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """How far the weakest of the nearest lattice points stands above its surroundings, in the worst direction but one;
    and the height of the weakest of the four nearest."""
    rings = float(np.hypot(*base).min()) * np.concatenate([0.3 * RING, 0.45 * RING], axis=1)
    worth, height, seen = 1.0, 1.0, 0
    for order in ((1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2)):
        lag = base @ order
        around = sampled(correlation, lag[:, None] + rings)
        if around is not None:
            around = around.reshape(2, -1).min(axis=0)  # a line is high at both distances
            at = highest_near(correlation, lag)
            worth = min(worth, at - float(np.sort(around)[-2]), 0.8 * at)
            height = min(height, at) if 2 not in order else height
            seen += 1
    return (worth if seen >= 3 else 0.0), height


def refined(correlation: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Base from the least squares of the peaks at all orders within reach, weighted by their height."""
    for limit in (1, 2, 3):
        orders, lags, weights = [], [], []
        for order in ORDERS:
            if max(map(abs, order)) > limit:
                continue
            peak = peak_near(correlation, base @ order, 0.2 * float(np.hypot(*base).min()))
            if peak is not None:
                orders.append(order)
                lags.append(peak[0])
                weights.append(max(peak[1], 0.0))
        design, target = np.array(orders, np.float64), np.array(lags)
        if len(orders) < 2 or np.linalg.matrix_rank(design) < 2:
            return base
        root = np.sqrt(np.array(weights))[:, None]
        base = np.linalg.lstsq(design * root, target * root, rcond=None)[0].T
    return base


def reduced(base: np.ndarray) -> np.ndarray:
    """The same lattice by its two shortest vectors (C. F. Gauss, "Disquisitiones arithmeticae", 1801)."""
    short, long = sorted(base.T, key=lambda v: float(v @ v))
    for _ in range(32):
        long = long - round(float(short @ long) / max(float(short @ short), 1e-12)) * short
        if long @ long >= short @ short:
            break
        short, long = long, short
    return np.stack([short, long], axis=1)

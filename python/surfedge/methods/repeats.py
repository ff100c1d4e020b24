"""What in an image has a precedent in the image: a few large marks that come again, such as the lugs of a plate.

A crop of a worn plate that shows two or three pitches has no lattice that pixels agree on, for each lug shines in its
own way. Its patches' features agree: their autocorrelation has peaks in two directions. Each place is then compared
with the nearest of its counterparts instead of with all places, so that a glint that another lug has as well is not
strange.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from surfedge import kernels
from surfedge.methods.pooling import pooled
from surfedge.pattern import strange_lines
from surfedge.robust import median

SEARCHED_CELLS, COMPARED_CELLS = 48, 96  # along a side at most: larger grids are pooled
CLIPPED = 3.0  # std: a defect must not decide what repeats
LEAST_CORRELATION = 0.25
AROUND = np.ones((7, 7), np.uint8)
RING = np.pad(np.zeros((5, 5), np.uint8), 1, constant_values=1)
LEAST_RISE = 1e-3  # of a peak over the ring around it: on the plateau of a flat image rounding would choose
STRONGEST, LEAST_LEFT = 0.2, 0.1  # of the cells; correlation without them: a few roll marks that look alike repeat not
FEWEST = 4  # peaks, each counted with its opposite
LEAST_SHIFT, MOST_SHIFT = 1 / 6, 3 / 4  # of the shorter side: what repeats more often is a texture
MOST = 12  # peaks
SINE = 0.5  # of the angle between two of them at least
REACH = 2  # cells about the counterpart, for lugs are not quite in place
USUAL_LINE = 0.05  # excess of a line over its counterparts: a worn plate has many such scratches
LINE_WEIGHT = 280.0  # of what is more, in units of the map
NOTE = "large marks repeat: each place is compared with its nearest counterpart"


@dataclass(frozen=True)
class Whitening:
    """mean, whitener : as surfedge.methods.covariance gives them, float32 (D,), (D, D)."""

    mean: np.ndarray
    whitener: np.ndarray

    def of(self, features: np.ndarray, most: int) -> np.ndarray:
        """float32 (D, rows, columns), at most `most` along a side: `features` pooled, in units of their std."""
        size, rows, columns = features.shape
        step = -(-max(rows, columns) // most)
        if step > 1:
            rows, columns = -(-rows // step), -(-columns // step)
            features = pooled(features, rows, columns)
        white = self.whitener @ (features.reshape(size, -1) - self.mean[:, None])
        return np.asarray(white.reshape(size, rows, columns))


def by_precedent(
    distance: np.ndarray, features: np.ndarray, whitening: Whitening
) -> tuple[np.ndarray, list[tuple[float, float]]] | None:
    """`distance`, float32 (rows, columns), less where a place resembles a counterpart, and the shifts (down, right) to
    the counterparts as fractions of height and width; None where nothing repeats.

    features : float32 (D, rows, columns).
    """
    searched = whitening.of(features, SEARCHED_CELLS)
    found = repeats(searched)
    if not found:
        return None
    white = whitening.of(features, COMPARED_CELLS)
    scale = np.array(white.shape[1:]) / searched.shape[1:]
    usual = np.sqrt(np.einsum("drc,drc->rc", white, white))
    nearest = _nearest(white, [(round(down * scale[0]), round(right * scale[1])) for down, right in found])
    known = np.isfinite(nearest)
    away = usual.copy()
    away[known] = nearest[known] * (_spread(usual) / max(_spread(nearest[known]), 1e-6))
    ratio = (away / np.maximum(usual, 1e-3)).astype(np.float32)
    rows, columns = searched.shape[1:]
    shifts = [(down / rows, right / columns) for down, right in found]
    return distance * cv2.resize(ratio, distance.shape[::-1], interpolation=cv2.INTER_LINEAR), shifts


def with_strange_lines(values: np.ndarray, grey: np.ndarray, shifts: Sequence[tuple[float, float]]) -> np.ndarray:
    """`values`, float32 (rows, columns), or where that is more their median and the lines of `grey`, float32 (H, W) in
    [0, 1], that are stronger than at their counterparts: patches see no thin scratch that crosses lugs."""
    lines = np.maximum(strange_lines(grey, shifts) - np.float32(USUAL_LINE), 0)
    lines = cv2.resize(lines, values.shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(np.maximum(values, np.float32(median(values)) + np.float32(LINE_WEIGHT) * lines))


def repeats(white: np.ndarray) -> list[tuple[int, int]]:
    """Shifts (down, right) in cells by which `white`, float32 (D, rows, columns), comes again, the surest first,
    without their opposites; none unless they lie in two directions and are large.
    """
    correlation = autocorrelation(np.clip(white, -CLIPPED, CLIPPED))
    rows, columns = white.shape[1:]
    peaks = (correlation == cv2.dilate(correlation, AROUND)) & (correlation >= LEAST_CORRELATION)
    peaks &= correlation >= cv2.dilate(correlation, RING) + np.float32(LEAST_RISE)
    down, right = np.nonzero(peaks)
    values, right = correlation[down, right], right - (columns - 1)
    away, side = np.maximum(down, np.abs(right)), min(rows, columns)
    is_peak = (away > 2) & ((down > 0) | (right > 0))
    if not is_peak.any() or away[is_peak].min() < LEAST_SHIFT * side:
        return []
    is_peak &= (down <= MOST_SHIFT * rows) & (np.abs(right) <= MOST_SHIFT * columns)
    order = [n for n in np.argsort(-values) if is_peak[n]][: MOST // 2]
    shifts = [(int(down[n]), int(right[n])) for n in order]
    shifts = [shift for shift in shifts if _is_everywhere(white, shift)]
    if 2 * len(shifts) < FEWEST:
        return []
    vectors = np.array(shifts, float)
    sines = vectors[:, 0] * vectors[0, 1] - vectors[:, 1] * vectors[0, 0]
    sines /= np.hypot(*vectors.T) * np.hypot(*vectors[0])
    return shifts if bool((np.abs(sines) >= SINE).any()) else []


def autocorrelation(white: np.ndarray) -> np.ndarray:
    """Of all features together over the part of the image that a shift leaves, -1 to 1: float32 (rows, 2 columns - 1),
    the row is the shift down, the middle column none to the right.
    """
    _, rows, columns = white.shape
    around = white - white.mean(axis=(1, 2), keepdims=True)
    padded = cv2.getOptimalDFTSize(2 * rows), cv2.getOptimalDFTSize(2 * columns)
    products = kernels.autocorrelation(around, padded)
    sums = cv2.integral(np.einsum("drc,drc->rc", around, around))  # (rows + 1, columns + 1)
    # Energy of the cells that have a counterpart, times that of the counterparts: two opposite corners of the image.
    down, right = np.arange(rows)[:, None], np.arange(columns)[None]
    rest = sums[-1, -1] - sums[down, -1] - sums[-1, right] + sums[down, right]
    to_right = sums[rows - down, columns - right] * rest
    to_left = sums[rows - down, -1] - sums[rows - down, right]
    to_left *= sums[-1, columns - right] - sums[down, columns - right]
    both = np.hstack([to_left[:, :0:-1], to_right])
    found = np.hstack([products[:rows, 1 - columns :], products[:rows, :columns]])
    return np.asarray(found / np.sqrt(np.maximum(both, 1e-12)), np.float32)


def _is_everywhere(white: np.ndarray, shift: tuple[int, int]) -> bool:
    """Whether a correlation is left without the strongest cells and their counterparts."""
    one, other = (white[:, rows, columns] for rows, columns in _both(white.shape[1:], shift))
    energy = 0.5 * (np.einsum("drc,drc->rc", one, one) + np.einsum("drc,drc->rc", other, other))
    kept = energy <= np.quantile(energy, 1 - STRONGEST)
    products = np.einsum("drc,drc->rc", one, other)
    return bool(products[kept].sum() >= LEAST_LEFT * energy[kept].sum())


def _both(shape: tuple[int, ...], shift: tuple[int, int]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where the places lie that have a counterpart at `shift`, and where the counterparts."""
    (rows, columns), (down, right) = shape, shift
    one = (slice(max(0, -down), min(rows, rows - down)), slice(max(0, -right), min(columns, columns - right)))
    other = (slice(one[0].start + down, one[0].stop + down), slice(one[1].start + right, one[1].stop + right))
    return one, other


def _nearest(white: np.ndarray, shifts: list[tuple[int, int]]) -> np.ndarray:
    """Distance of each cell to the nearest of its counterparts either way, within REACH; infinity where all lie
    outside."""
    _, rows, columns = white.shape
    least = np.full((rows, columns), np.inf, np.float32)
    reach = range(-REACH, REACH + 1)
    for down, right in {(y + dy, x + dx) for y, x in shifts for dy in reach for dx in reach}:
        one, other = _both((rows, columns), (down, right))
        if one[0].stop <= one[0].start or one[1].stop <= one[1].start:
            continue
        away = white[:, one[0], one[1]] - white[:, other[0], other[1]]
        square = np.einsum("drc,drc->rc", away, away)
        for place in (one, other):
            np.minimum(least[place], square, out=least[place])
    return np.sqrt(least)


def _spread(values: np.ndarray) -> float:
    """Median absolute deviation."""
    return float(np.median(np.abs(values - np.median(values))))

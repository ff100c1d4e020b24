"""Where the pattern really lies: its shift against an exact lattice, block by block.

Speed errors, a wandering strip and perspective move the pattern by more than a defect is wide. Each block's Fourier
coefficients at the strongest harmonics are compared in phase with those of the whole image (shift theorem; the
local form is that of D. J. Fleet, A. D. Jepson, "Computation of component image velocity from local phase
information", 1990); a smooth field of shifts follows by least squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import cv2
import numpy as np

from surfedge import kernels
from surfedge.pattern.lattice import Lattice, scaled

HARMONICS = 4  # strongest ones that are followed
HIGHEST_ORDER = 4
WINDOW_PITCHES = 0.75  # std of the Gaussian window, in the longer pitch
STEP_DEVIATIONS = 1.0  # distance of the grid's points, in standard deviations of the window
CANVAS_PITCH_PX = 13.0  # the image is made smaller as long as its pitch stays above this
PASSES = 3
_REACH = range(-HIGHEST_ORDER, HIGHEST_ORDER + 1)
ORDERS = np.array([(i, j) for i in _REACH for j in _REACH if i > 0 or (i == 0 and j > 0)])


@dataclass(frozen=True)
class Shifts:
    """step_px : distance of the grid's points. field_px : float64 (rows, columns, 2), shift (x, y) at each point.

    Point (row, column) lies at x = (column - 0.5) step_px - 0.5, and y alike, so that the grid reaches beyond the
    image on all sides. The pattern at x is what an exact lattice has at x - shift(x).
    """

    step_px: int
    field_px: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Shifts at points (N, 2) in px, linear between the grid's points, float64 (N, 2)."""
        rows, columns = self.field_px.shape[:2]
        last = np.array([[columns - 1], [rows - 1]])
        place = (np.ascontiguousarray(points.T) + 0.5) / self.step_px + 0.5
        np.minimum(np.maximum(place, 0, out=place), last, out=place)
        left, top = left_top = np.minimum(place.astype(int), last - 1)
        across, down = place - left_top
        field = np.ascontiguousarray(self.field_px, np.float64).reshape(-1, 2).view(np.complex128)[:, 0]
        first = top * columns + left
        upper, lower = field[first], field[first + columns]
        upper += (field[first + 1] - upper) * across
        lower += (field[first + columns + 1] - lower) * across
        upper += (lower - upper) * down
        return upper.view(np.float64).reshape(-1, 2)


def follow(flat: np.ndarray, lattice: Lattice) -> Shifts:
    """The shifts of the pattern over an image.

    flat : float32 (H, W), around 0, light taken off. lattice : of this image, in its pixels.
    """
    reduction = 1
    while min(lattice.pitch_px) / (2 * reduction) >= CANVAS_PITCH_PX:
        reduction *= 2
    size = tuple(max(n // reduction, 1) for n in flat.shape)
    canvas = flat[: size[0] * reduction, : size[1] * reduction]
    if reduction > 1:
        canvas = cv2.resize(canvas, size[::-1], interpolation=cv2.INTER_AREA)
    step = max(2, round(STEP_DEVIATIONS * WINDOW_PITCHES * max(lattice.pitch_px) / reduction))
    orders, local, shape = _coefficients(canvas, scaled(lattice, 1 / reduction), step)
    field = _solve(orders, local, scaled(lattice, 1 / reduction), shape) * reduction
    return Shifts(step * reduction, _grown(field))


def _solve(orders: np.ndarray, local: np.ndarray, lattice: Lattice, shape: tuple[int, int]) -> np.ndarray:
    frequencies = orders @ lattice.reciprocal
    turns, amplitude = np.angle(local) / np.float32(-2 * np.pi), np.abs(local)
    shifts = _lowest_orders(orders, turns, frequencies, shape)
    for _ in range(PASSES):
        phase = _within_half(turns - frequencies @ shifts.reshape(2, -1)).astype(np.float32)
        angles = phase * np.float32(2 * np.pi)
        x, y = ((amplitude * wave(angles)).mean(axis=1, dtype=np.float64) for wave in (np.cos, np.sin))
        phase = _within_half(phase - (np.arctan2(y, x) / (2 * np.pi)).astype(np.float32)[:, None])
        weights = np.hypot(x, y).astype(np.float32)[:, None] * amplitude * (np.abs(phase) < 0.25)
        shifts = _smooth(shifts + _solved(frequencies, phase, weights).reshape(2, *shape))
    return np.stack(list(shifts), axis=-1)


def _within_half(turns: np.ndarray) -> np.ndarray:
    """Turns without whole ones, -0.5 to 0.5."""
    return np.asarray(turns - np.rint(turns))


def _coefficients(canvas: np.ndarray, lattice: Lattice, step: int) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Strongest orders (K, 2), their local coefficients complex64 (K, rows * columns), and the shape of the grid."""
    sigma = WINDOW_PITCHES * max(lattice.pitch_px)
    rows, columns = (max(2, ceil(n / step)) for n in canvas.shape)
    orders = _strongest(canvas, lattice)
    frequencies = (orders @ lattice.reciprocal).tolist()
    local = kernels.local_waves(np.ascontiguousarray(canvas), frequencies, step, sigma, (rows, columns))
    return orders, local.reshape(len(orders), -1), (rows, columns)


def _strongest(canvas: np.ndarray, lattice: Lattice) -> np.ndarray:
    """The harmonics of highest amplitude in the middle of the image, int (K, 2)."""
    frequencies = ORDERS @ lattice.reciprocal
    kept = np.abs(frequencies).max(axis=1) < 0.4
    orders = ORDERS[kept]
    sizes = tuple(min(n, ceil(6 * max(lattice.pitch_px))) for n in canvas.shape)
    top, left = ((n - m) // 2 for n, m in zip(canvas.shape, sizes, strict=True))
    part = canvas[top : top + sizes[0], left : left + sizes[1]] * _window(*sizes)
    rows, columns = (_waves(lattice.reciprocal[:, k], orders, n) for k, n in ((1, sizes[0]), (0, sizes[1])))
    strength = np.abs(((rows @ part) * columns).sum(axis=1))
    return np.asarray(orders[np.argsort(-strength, kind="stable")[:HARMONICS]])


@lru_cache(maxsize=4)  # a plate's images have one pitch
def _window(height: int, width: int) -> np.ndarray:
    return np.outer(*(np.hanning(n + 2)[1:-1] for n in (height, width)))


def _waves(base: np.ndarray, orders: np.ndarray, length: int) -> np.ndarray:
    """exp(-2 pi i f n) with f = orders @ base, complex128 (K, length): products of powers of two of them."""
    turns = np.multiply.outer(base, np.outer(_REACH, np.arange(length)))
    first, second = np.exp(-2j * np.pi * turns)
    return np.asarray(first[orders[:, 0] + HIGHEST_ORDER] * second[orders[:, 1] + HIGHEST_ORDER])


def _grown(field: np.ndarray) -> np.ndarray:
    """The field with one more point on each side, continued straight."""
    rows = np.concatenate([2 * field[:1] - field[1:2], field, 2 * field[-1:] - field[-2:-1]])
    return np.concatenate([2 * rows[:, :1] - rows[:, 1:2], rows, 2 * rows[:, -1:] - rows[:, -2:-1]], axis=1)


def _lowest_orders(
    orders: np.ndarray, turns: np.ndarray, frequencies: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """A first field from two independent low orders, unwrapped from the middle of the image outwards."""
    ranked = np.argsort(np.abs(orders).sum(axis=1), kind="stable").tolist()
    one, (i, j) = ranked[0], orders[ranked[0]].tolist()
    other = next((k for k in ranked[1:] if i * int(orders[k, 1]) != j * int(orders[k, 0])), None)
    if other is None:
        return np.zeros((2, *shape))
    both = np.array([_unwrapped(turns[k].reshape(shape).astype(np.float64)) for k in (one, other)])
    return (np.linalg.inv(frequencies[[one, other]]) @ both.reshape(2, -1)).reshape(2, *shape)


def _unwrapped(turns: np.ndarray) -> np.ndarray:
    """Turns without jumps, along rows and down the middle column, as given in the middle; float64 (rows, columns)."""
    row, column = turns.shape[0] // 2, turns.shape[1] // 2
    jumps = np.cumsum(np.rint(np.diff(turns, axis=1, prepend=turns[:, :1])), axis=1)
    spine = turns[:, column]
    falls = np.cumsum(np.rint(np.diff(spine, prepend=spine[:1])))
    return np.asarray(turns - (jumps - jumps[:, column : column + 1]) - (falls - falls[row])[:, None])


def _solved(frequencies: np.ndarray, phase: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Shift of each block by weighted least squares, float64 (2, blocks); the others (K, 2), (K, blocks)."""
    x, y = frequencies.T
    xx, xy, yy = np.array([x * x, x * y, y * y]) @ weights
    bx, by = frequencies.T @ (weights * phase)
    determinant = np.maximum(xx * yy - xy * xy, 1e-12 * (xx + yy) ** 2 + 1e-300)
    return np.array([yy * bx - xy * by, xx * by - xy * bx]) / determinant


def _smooth(field: np.ndarray) -> np.ndarray:
    """(2, rows, columns) without outliers: the median of 3 x 3, then a light Gaussian."""
    if min(field.shape[1:]) < 3:
        return field
    planes = [cv2.medianBlur(plane, 3) for plane in field.astype(np.float32)]
    return np.array([cv2.GaussianBlur(p, (0, 0), 0.6, borderType=cv2.BORDER_REPLICATE) for p in planes], np.float64)

"""Where the pattern really lies: its shift against an exact lattice, block by block.

Speed errors, a wandering strip and perspective move the pattern by more than a defect is wide. Each block's Fourier
coefficients at the strongest harmonics are compared in phase with those of the whole image (shift theorem; the
local form is that of D. J. Fleet, A. D. Jepson, "Computation of component image velocity from local phase
information", 1990); a smooth field of shifts follows by least squares.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np

from surfedge.pattern.lattice import Lattice, scaled
from surfedge.pattern.windows import bands

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
        place = (points + 0.5) / self.step_px + 0.5
        x, y = np.clip(place[:, 0], 0, columns - 1), np.clip(place[:, 1], 0, rows - 1)
        left, top = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
        across, down = (x - left)[:, None], (y - top)[:, None]
        field, first = self.field_px.reshape(-1, 2), top * columns + left
        upper = field[first] * (1 - across) + field[first + 1] * across
        lower = field[first + columns] * (1 - across) + field[first + columns + 1] * across
        return np.asarray(upper * (1 - down) + lower * down)


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
    shifts = _lowest_orders(orders, local, frequencies, shape)
    amplitude = np.abs(local)
    for _ in range(PASSES):
        aligned = local * _waves(2 * np.pi * frequencies @ shifts.reshape(-1, 2).T)
        reference = aligned.mean(axis=1, keepdims=True, dtype=np.complex128).astype(np.complex64)
        phase = np.angle(aligned * np.conj(reference)) / np.float32(-2 * np.pi)
        weights = np.abs(reference) * amplitude * (np.abs(phase) < 0.25)
        shifts = _smooth(shifts + _solved(frequencies, phase, weights).reshape(*shape, 2))
    return shifts


def _waves(phases: np.ndarray) -> np.ndarray:
    """exp(i phase), complex64."""
    waves = np.empty(phases.shape, np.complex64)
    phases = phases.astype(np.float32)
    np.cos(phases, out=waves.real)
    np.sin(phases, out=waves.imag)
    return waves


def _coefficients(canvas: np.ndarray, lattice: Lattice, step: int) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Strongest orders (K, 2), their local coefficients complex (K, rows * columns), and the shape of the grid."""
    sigma = WINDOW_PITCHES * max(lattice.pitch_px)
    counts = tuple(max(2, ceil(n / step)) for n in canvas.shape)
    sides = dict(zip(canvas.shape, counts, strict=True))  # one, of a square
    along = {n: bands((np.arange(c) + 0.5) * step - 0.5, np.arange(n), sigma) for n, c in sides.items()}
    down, across = (along[n] for n in canvas.shape)
    orders = _strongest(canvas, lattice)
    frequencies = -2 * np.pi * orders @ lattice.reciprocal
    waves_x, waves_y = (
        _waves(np.outer(frequencies[:, k], np.arange(n))) for k, n in ((0, canvas.shape[1]), (1, canvas.shape[0]))
    )
    halves = np.empty((len(orders), canvas.shape[0], counts[1]), np.complex64)
    for band in across:
        waves = np.stack([waves_x.real[:, band.positions], waves_x.imag[:, band.positions]])
        combs = (waves[:, :, None] * band.weights).reshape(-1, band.weights.shape[1])
        sums = (canvas[:, band.positions] @ combs.T).reshape(len(canvas), 2, len(orders), -1)
        halves.real[..., band.points], halves.imag[..., band.points] = sums.transpose(1, 2, 0, 3)
    local = np.empty((len(orders), *counts), np.complex64)
    for band in down:
        combs = band.weights * waves_y[:, None, band.positions]
        np.matmul(combs, halves[:, band.positions], out=local[:, band.points])
    return orders, local.reshape(len(orders), -1), counts


def _strongest(canvas: np.ndarray, lattice: Lattice) -> np.ndarray:
    """The harmonics of highest amplitude in the middle of the image, int (K, 2)."""
    frequencies = ORDERS @ lattice.reciprocal
    kept = np.abs(frequencies).max(axis=1) < 0.4
    orders, frequencies = ORDERS[kept], frequencies[kept]
    sizes = [min(n, ceil(6 * max(lattice.pitch_px))) for n in canvas.shape]
    top, left = ((n - m) // 2 for n, m in zip(canvas.shape, sizes, strict=True))
    part = canvas[top : top + sizes[0], left : left + sizes[1]] * np.outer(*(np.hanning(n + 2)[1:-1] for n in sizes))
    rows, columns = (
        np.exp(-2j * np.pi * np.outer(frequencies[:, k], np.arange(n))) for k, n in ((1, sizes[0]), (0, sizes[1]))
    )
    strength = np.abs(((rows @ part) * columns).sum(axis=1))
    return np.asarray(orders[np.argsort(-strength, kind="stable")[:HARMONICS]])


def _grown(field: np.ndarray) -> np.ndarray:
    """The field with one more point on each side, continued straight."""
    rows = np.concatenate([2 * field[:1] - field[1:2], field, 2 * field[-1:] - field[-2:-1]])
    return np.concatenate([2 * rows[:, :1] - rows[:, 1:2], rows, 2 * rows[:, -1:] - rows[:, -2:-1]], axis=1)


def _lowest_orders(
    orders: np.ndarray, local: np.ndarray, frequencies: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """A first field from two independent low orders, unwrapped from the middle of the image outwards."""
    ranked = sorted(range(len(orders)), key=lambda k: (np.abs(orders[k]).sum(), k))
    one = ranked[0]
    other = next((k for k in ranked[1:] if np.linalg.det(orders[[one, k]].astype(float)) != 0), None)
    if other is None:
        return np.zeros((*shape, 2))
    turns = [_unwrapped(np.angle(local[k]).reshape(shape).astype(np.float64) / (-2 * np.pi)) for k in (one, other)]
    inverse = np.linalg.inv(frequencies[[one, other]])
    field = np.stack(turns, axis=-1) @ inverse.T
    return np.asarray(field)


def _unwrapped(turns: np.ndarray) -> np.ndarray:
    """Turns without jumps, along rows and down the middle column, as given in the middle; float64 (rows, columns)."""
    row, column = turns.shape[0] // 2, turns.shape[1] // 2
    jumps = np.cumsum(np.rint(np.diff(turns, axis=1, prepend=turns[:, :1])), axis=1)
    spine = turns[:, column]
    falls = np.cumsum(np.rint(np.diff(spine, prepend=spine[:1])))
    return np.asarray(turns - (jumps - jumps[:, column : column + 1]) - (falls - falls[row])[:, None])


def _solved(frequencies: np.ndarray, phase: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Shift of each block by weighted least squares, float64 (blocks, 2); the others (K, 2), (K, blocks)."""
    xx, xy, yy = ((frequencies[:, i] * frequencies[:, j]) @ weights for i, j in ((0, 0), (0, 1), (1, 1)))
    bx, by = (frequencies[:, i] @ (weights * phase) for i in (0, 1))
    determinant = np.maximum(xx * yy - xy * xy, 1e-12 * (xx + yy) ** 2 + 1e-300)
    return np.stack([yy * bx - xy * by, xx * by - xy * bx], axis=1) / determinant[:, None]


def _smooth(field: np.ndarray) -> np.ndarray:
    """Without outliers: the median of 3 x 3, then a light Gaussian."""
    if min(field.shape[:2]) < 3:
        return field
    planes = [cv2.medianBlur(np.ascontiguousarray(field[..., k], np.float32), 3) for k in (0, 1)]
    return np.stack(
        [cv2.GaussianBlur(p, (0, 0), 0.6, borderType=cv2.BORDER_REPLICATE) for p in planes], axis=-1
    ).astype(np.float64)

"""Random fields: smooth, fractal, streaked, and cells; float32, zero mean, about unit variance.

Wide correlation is made on a coarse grid and enlarged, so that the cost does not grow with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

_GRID_SIGMA = 2.0  # coarse-grid steps per sigma: enough for the cubic enlargement to stay smooth


def white(rng: np.random.Generator, shape: tuple[int, ...]) -> Field:
    """Independent standard normal values, float32."""
    return rng.standard_normal(shape, dtype=np.float32)


def blurred(values: Field, sigma_px: float) -> Field:
    """`values`, (H, W) or (H, W, 3), under a Gaussian; a new array."""
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101), np.float32)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], sigma_px: float | tuple[float, float]) -> Field:
    """White noise under a Gaussian of `sigma_px`, a number or (along y, along x); (H, W), unit variance.

    >>> field = smooth_noise(np.random.default_rng(0), (200, 300), 4.0)
    >>> field.shape, 0.8 < float(field.std()) < 1.2
    ((200, 300), True)
    """
    sigmas = (sigma_px, sigma_px) if isinstance(sigma_px, (int, float)) else sigma_px
    steps = [max(1.0, sigma / _GRID_SIGMA) for sigma in sigmas]
    grid_shape = tuple(int(np.ceil(n / step)) + 1 for n, step in zip(shape, steps, strict=True))
    grid: Field = white(rng, grid_shape)
    kernels = [_gaussian(sigma / step) for sigma, step in zip(sigmas, steps, strict=True)]
    filtered = cv2.sepFilter2D(grid, cv2.CV_32F, kernels[1], kernels[0], borderType=cv2.BORDER_REFLECT_101)
    grid = np.asarray(filtered, np.float32)
    if grid.shape == tuple(n + 1 for n in shape):
        return np.ascontiguousarray(grid[: shape[0], : shape[1]])
    return _enlarge(grid, shape, steps)


def _enlarge(grid: Field, shape: tuple[int, int], steps: list[float]) -> Field:
    # Whole grid to whole image would change the scale with the image's size; the overhang is cut instead.
    size = [max(n, round(g * step)) for g, step, n in zip(grid.shape, steps, shape, strict=True)]
    large = cv2.resize(grid, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(large[: shape[0], : shape[1]], np.float32)


def _gaussian(sigma: float) -> NDArray[np.float32]:
    """Gaussian taps whose squares add up to one, so that white noise keeps its variance."""
    if sigma < 0.2:
        return np.ones(1, np.float32)
    radius = int(np.ceil(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return np.asarray(taps / np.sqrt((taps**2).sum()), np.float32)


def fractal_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    sigma_px: float | tuple[float, float],
    octaves: int,
    gain: float = 0.6,
) -> Field:
    """Octaves of smooth noise, each half as wide and `gain` times as strong as the last; unit variance."""
    sy, sx = (sigma_px, sigma_px) if isinstance(sigma_px, (int, float)) else sigma_px
    total = np.zeros(shape, np.float32)
    power = 0.0
    for octave in range(octaves):
        weight = gain**octave
        total += np.float32(weight) * smooth_noise(rng, shape, (sy / 2**octave, sx / 2**octave))
        power += weight**2
    total /= np.float32(np.sqrt(power))
    return total


def curve_noise(rng: np.random.Generator, length: int, sigma_px: float) -> Field:
    """Smooth noise along a line; (length,), unit variance."""
    line: Field = smooth_noise(rng, (1, max(1, length)), (0.1, sigma_px))[0]
    return line


@dataclass(frozen=True)
class Cells:
    """Nearest sites of a jittered grid: number of the nearest, distances to the two nearest, offset."""

    number: NDArray[np.int32]
    first: Field
    second: Field
    offset_x: Field
    offset_y: Field


def cells(rng: np.random.Generator, x: Field, y: Field, jitter: float = 0.9) -> Cells:
    """Cellular noise (S. Worley, "A Cellular Texture Basis Function", 1996); coordinates in cells.

    `x` and `y` are float32, (H, W) or broadcastable; the site of each grid square lies at random within it.
    """
    x, y = np.broadcast_arrays(x, y)
    left, top = int(np.floor(x.min())) - 1, int(np.floor(y.min())) - 1
    columns, rows = int(np.floor(x.max())) + 2 - left, int(np.floor(y.max())) + 2 - top
    sites = rng.random((2, rows * columns), dtype=np.float32) * np.float32(jitter) + np.float32(0.5 - jitter / 2)
    column = np.floor(x).astype(np.int32)
    row = np.floor(y).astype(np.int32)
    fx, fy = x - column, y - row
    base = (row - top) * columns + (column - left)
    first = np.full(x.shape, 9.0, np.float32)
    second = first.copy()
    number = np.zeros(x.shape, np.int32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            site = base + np.int32(dy * columns + dx)
            px = sites[0].take(site)
            px += np.float32(dx)
            px -= fx
            py = sites[1].take(site)
            py += np.float32(dy)
            py -= fy
            distance = px * px
            py *= py
            distance += py
            closer = distance < first
            np.minimum(second, np.maximum(distance, first), out=second)
            np.copyto(first, distance, where=closer)
            np.copyto(number, site, where=closer)
    offset_x = x - (sites[0].take(number) + (number % columns + left))
    offset_y = y - (sites[1].take(number) + (number // columns + top))
    return Cells(number, np.sqrt(first), np.sqrt(second), offset_x.astype(np.float32), offset_y.astype(np.float32))

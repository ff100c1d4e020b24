"""Gradient noise on a lattice of any size, and masks cut from it.

K. Perlin, "An Image Synthesizer", 1985, with the blending curve of his "Improving Noise", 2002. The masks are those of
V. Zavrtanik, M. Kristan, D. Skocaj, "DRAEM - A discriminatively trained reconstruction embedding for surface anomaly
detection", 2021.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.synthesis.image_arrays import LONGEST_SIDE_PX
from surfedge.synthesis.turning import moved

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]

THRESHOLD = 0.5
MAX_EXPONENT = 5  # lattices of 1 to 2**5 = 32 cells a side
MOST_TURN_DEG = 90.0


def gradient_noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Field:
    """Gradient noise over the image, unit gradients of random angle at the corners of `cells` (rows, columns).

    shape : (H, W), each at least 1; the lattice need not divide it. Returns float32, (H, W), within [-1, 1], 0 at the
    lattice's corners.

    >>> noise = gradient_noise(np.random.default_rng(1), (40, 60), (2, 3))
    >>> noise.shape, float(np.abs(noise).max()) <= 1
    ((40, 60), True)
    """
    rows, columns = cells
    angle = rng.random((rows + 1, columns + 1), dtype=np.float32) * np.float32(2 * np.pi)
    gradient_x, gradient_y = np.cos(angle), np.sin(angle)
    i, y, blend_y = _in_cell(shape[0], rows)
    j, x, blend_x = _in_cell(shape[1], columns)
    y, blend_y = y[:, None], blend_y[:, None]
    # The dot product of gradient and offset is linear in x: along y all columns of corners are blended first.
    slope = gradient_x[i] * (1 - blend_y) + gradient_x[i + 1] * blend_y
    value = gradient_y[i] * y * (1 - blend_y) + gradient_y[i + 1] * (y - 1) * blend_y
    noise = slope.take(j, axis=1)
    noise *= x
    noise += value.take(j, axis=1)
    right = slope.take(j + 1, axis=1)
    right *= x - 1
    right += value.take(j + 1, axis=1)
    right -= noise
    right *= blend_x
    noise += right
    noise *= np.float32(np.sqrt(2))
    return noise


def _in_cell(length: int, cells: int) -> tuple[NDArray[np.intp], Field, Field]:
    """For each pixel's centre: number of its cell, place in it from 0 to 1, and 6 t^5 - 15 t^4 + 10 t^3."""
    place = (np.arange(length, dtype=np.float64) + 0.5) * (cells / length)
    cell = np.minimum(place.astype(np.intp), cells - 1)
    t = (place - cell).astype(np.float32)
    return cell, t, t * t * t * (t * (t * 6 - 15) + 10)


def perlin_mask(rng: np.random.Generator, shape: tuple[int, int], threshold: float = THRESHOLD) -> Mask:
    """A random mask of gradient noise above `threshold`; bool, (H, W), at least one pixel of it set.

    Rows and columns of cells are powers of 2 from 1 to 32, but never cells of less than two pixels; the noise is turned
    by -90 to 90 degrees, its border mirrored. An empty mask is drawn again. Any grid will do: an image, or the 32 x 32
    places of a feature map.

    >>> mask = perlin_mask(np.random.default_rng(0), (16, 24))
    >>> mask.shape, mask.dtype.name, bool(mask.any())
    ((16, 24), 'bool', True)
    """
    if len(shape) != 2 or not all(1 <= n <= LONGEST_SIDE_PX for n in shape):
        raise ArgumentError("shape", found=shape, expected=f"(H, W), each 1 to {LONGEST_SIDE_PX:,}")
    if not 0 <= threshold < 0.6:
        raise ArgumentError(
            "threshold", found=threshold, expected="0 or more, below 0.6", remedy="above that most masks are empty"
        )
    most = [min(MAX_EXPONENT, max(0, int(np.log2(n)) - 1)) for n in shape]
    while True:
        cells = 2 ** int(rng.integers(most[0] + 1)), 2 ** int(rng.integers(most[1] + 1))
        noise = gradient_noise(rng, shape, cells)
        mask = moved(noise, turn_deg=rng.uniform(-MOST_TURN_DEG, MOST_TURN_DEG)) > threshold
        if mask.any():
            return mask

"""The frequencies of an image, for the eye: amplitude, phase, and the harmonics of its lattice.

After the thesis on patterned steel plates (2022), section 3.2.3, equations 3-6 to 3-8: the two-dimensional discrete
Fourier transform, its amplitude and its phase.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surfedge import kernels
from surfedge.pattern.lattice import Lattice

LARGEST_PX = 1024  # the middle of a larger image is transformed
HIGHEST_ORDER = 6


@dataclass(frozen=True)
class Spectrum:
    """log_amplitude, phase : float32 (n, m), frequency 0 in the middle; natural logarithm, and radians from -pi to pi.

    Row r, column c stand for the frequency ((c - m // 2) / m, (r - n // 2) / n) in cycles per px, (x, y).
    """

    log_amplitude: np.ndarray
    phase: np.ndarray

    def index(self, frequency: tuple[float, float]) -> tuple[float, float]:
        """(column, row) of a frequency (x, y) in cycles per px."""
        rows, columns = self.log_amplitude.shape
        return frequency[0] * columns + columns // 2, frequency[1] * rows + rows // 2


@dataclass(frozen=True)
class Harmonic:
    """order : (i, j), of the two base frequencies. frequency : (x, y) in cycles per px. share : of the strongest."""

    order: tuple[int, int]
    frequency: tuple[float, float]
    share: float


def spectrum(grey: np.ndarray) -> Spectrum:
    """Spectrum of an image or of its middle, windowed so that the border does not show.

    grey : float32 (H, W).

    >>> wave = np.sin(np.arange(64, dtype=np.float32) * (2 * np.pi / 8))[None].repeat(32, axis=0)
    >>> found = spectrum(wave)
    >>> row, column = np.unravel_index(int(found.log_amplitude.argmax()), found.log_amplitude.shape)
    >>> int(abs(column - 32)), int(row)
    (8, 16)
    """
    height, width = (min(n, LARGEST_PX) for n in grey.shape)
    top, left = (grey.shape[0] - height) // 2, (grey.shape[1] - width) // 2
    part = grey[top : top + height, left : left + width]
    window = np.outer(*(0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n) for n in (height, width)))
    half = kernels.rfft2(((part - part.mean()) * window).astype(np.float32))
    mirrored = np.conj(np.roll(half[::-1], 1, axis=0)[:, (width - 1) // 2 : 0 : -1])
    whole = np.fft.fftshift(np.concatenate([half, mirrored], axis=1))
    amplitude = np.abs(whole)
    floor = 1e-6 * float(amplitude.max()) + 1e-12
    return Spectrum(np.log(amplitude + floor).astype(np.float32), np.angle(whole).astype(np.float32))


def harmonics(found: Spectrum, lattice: Lattice, most: int = 12) -> tuple[Harmonic, ...]:
    """The strongest harmonics of a lattice, strongest first; of each pair of opposite ones that with x >= 0."""
    reach = range(-HIGHEST_ORDER, HIGHEST_ORDER + 1)
    heights = []
    for order in ((i, j) for i in reach for j in reach if i > 0 or (i == 0 and j > 0)):
        x, y = (float(v) for v in np.array(order) @ lattice.reciprocal)
        if max(abs(x), abs(y)) < 0.48:
            column, row = (round(v) for v in found.index((x, y)))
            near = found.log_amplitude[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
            heights.append((float(near.max()), order, (x, y)))
    heights.sort(reverse=True)
    return tuple(
        Harmonic(order, frequency, float(np.exp(height - heights[0][0]))) for height, order, frequency in heights[:most]
    )

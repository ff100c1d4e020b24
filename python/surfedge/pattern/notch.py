"""The classic notch filter: all strong frequencies of an image out, no lattice needed.

A frequency is strong where its log amplitude stands above its neighbourhood's by some standard deviations of noise
(that of log |F| of white noise is pi / (2 sqrt 6)); the light's lowest frequencies are kept. The image is continued
beyond its edges by what the strong frequencies predict there (A. Papoulis, "A new algorithm in spectral analysis and
band-limited extrapolation", 1975), so that no frame rings along the border.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surfedge import kernels

LOG_RAYLEIGH_STD = 0.641  # pi / (2 sqrt 6): std of log |F| of noise
TINY = 1e-6


@dataclass(frozen=True)
class Notched:
    """image : float32 (H, W), the image without its mean and, where there is one, its pattern.

    has_pattern : whether one was found. fraction : of the variance above the lowest frequencies, what the strong
    frequencies hold, 0 to 1.
    """

    image: np.ndarray
    has_pattern: bool
    fraction: float


@dataclass(frozen=True)
class Notch:
    """margin_px : how far the image is continued.

    neighbourhood : side of the square of frequencies that a peak is compared with, odd.
    peak_sigmas : height of a peak above its neighbourhood in standard deviations of noise.
    low_cycles : frequencies up to this many cycles across the image belong to the light, not to the pattern.
    least_fraction : below this fraction of the variance there is no pattern. rounds : steps of the continuation.

    >>> y, x = np.mgrid[:96, :96].astype(np.float32)
    >>> plate = 0.5 + 0.2 * np.cos(2 * np.pi * x / 12) * np.cos(2 * np.pi * y / 12)
    >>> Notch().of(plate.astype(np.float32)).has_pattern
    True
    """

    margin_px: int = 32
    neighbourhood: int = 11
    peak_sigmas: float = 2.5
    low_cycles: float = 3.0
    least_fraction: float = 0.6
    rounds: int = 10

    def of(self, grey: np.ndarray) -> Notched:
        """`grey`, float32 (H, W) in [0, 1], without its pattern."""
        height, width = grey.shape
        flat = grey - np.float32(cv2.mean(grey)[0])
        canvas = np.zeros([self._canvas_px(size) for size in grey.shape], np.float32)
        canvas[:height, :width] = flat * np.outer(_taper(height), _taper(width))
        peaks, low, fraction = self._peaks(kernels.rfft2(canvas), canvas.shape)
        if fraction < self.least_fraction:
            return Notched(flat, False, fraction)
        predicts = (peaks | low).astype(np.float32)
        canvas[:] = 0
        canvas[:height, :width] = flat
        for _ in range(self.rounds):  # beyond the edge stands what the strong frequencies predict there
            canvas = kernels.filter_spectrum(canvas, predicts)
            canvas[:height, :width] = flat
        rest = kernels.filter_spectrum(canvas, (~peaks).astype(np.float32))
        return Notched(np.ascontiguousarray(rest[:height, :width]), True, fraction)

    def _canvas_px(self, length: int) -> int:
        """A length with room for the margins and for the neighbourhood of a frequency, quick to transform."""
        return int(cv2.getOptimalDFTSize(max(length + 2 * self.margin_px, 2 * self.neighbourhood)))

    def _peaks(self, spectrum: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, float]:
        """Strong frequencies and the lowest ones, bool (H, W//2+1), and the strong ones' fraction of the variance."""
        amplitude = np.abs(spectrum)
        height = np.log(amplitude + TINY)
        around = _local_mean(height, shape[1], self.neighbourhood)
        peaks = height - around > self.peak_sigmas * LOG_RAYLEIGH_STD
        peaks = cv2.dilate(peaks.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool)
        low = _cycles(shape) <= self.low_cycles
        peaks &= ~low
        power = amplitude * amplitude
        above = float(power[~low].sum(dtype=np.float64))
        return peaks, low, float(power[peaks].sum(dtype=np.float64)) / above if above > 0 else 0.0


def _cycles(shape: tuple[int, ...]) -> np.ndarray:
    """Cycles across the image of each entry of the half spectrum, float64 (H, W//2+1)."""
    rows = np.fft.fftfreq(shape[0]) * shape[0]
    return np.hypot(rows[:, None], np.arange(shape[1] // 2 + 1)[None])


def _local_mean(half: np.ndarray, width: int, side: int) -> np.ndarray:
    """Mean over side x side entries of the whole spectrum, of which `half`, (H, width//2+1), holds the right half."""
    reach = side // 2
    mirrored = np.roll(half[::-1], 1, axis=0)  # the entry at (-v, u), equal to the one at (v, -u)
    left = mirrored[:, reach:0:-1]
    last = half.shape[1] - 1 - (width % 2 == 0)
    right = mirrored[:, last : last - reach : -1]
    whole = np.concatenate([left, half, right], axis=1)
    whole = np.concatenate([whole[-reach:], whole, whole[:reach]])
    return cv2.blur(whole, (side, side))[reach:-reach, reach : reach + half.shape[1]]


def _taper(length: int) -> np.ndarray:
    """1 in the middle, falling to 0 over a quarter at each end: the edge must not appear as a frequency."""
    ramp = length // 4
    taper = np.ones(length, np.float32)
    fall = 0.5 - 0.5 * np.cos(np.pi * (np.arange(ramp) + 0.5) / max(ramp, 1))
    taper[:ramp] = fall
    taper[length - ramp :] = fall[::-1]
    return taper

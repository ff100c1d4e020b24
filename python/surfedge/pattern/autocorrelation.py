"""Autocorrelation of an image without its slow light, and the peaks in it."""

from __future__ import annotations

from functools import lru_cache
from math import ceil

import cv2
import numpy as np

from surfedge import kernels

LOW_CYCLES = 1.6  # fewer cycles across the canvas are the light's


def autocorrelation(canvas: np.ndarray) -> np.ndarray:
    """Autocorrelation without slow changes of light, float32 (H + 1, W + 1), 1 in the middle: lags to half the size.

    The image is windowed; the window's own autocorrelation is divided out, so that far lags are not weaker.
    """
    height, width = canvas.shape
    window, gain, own = _window(height, width)
    padded = np.zeros((2 * height, 2 * width), np.float32)
    np.multiply(canvas - np.float32(cv2.mean(canvas)[0]), window, out=padded[:height, :width])
    spectrum = kernels.rfft2(padded)
    power = spectrum.real**2
    power += spectrum.imag**2
    power *= gain
    correlation = kernels.irfft2(power.astype(np.complex64), padded.shape)
    top = float(correlation[0, 0])
    reach_y, reach_x = height // 2, width // 2
    shifted = np.roll(correlation, (reach_y, reach_x), (0, 1))[: 2 * reach_y + 1, : 2 * reach_x + 1]
    return shifted / (own * np.float32(top)) if top > 0 else np.zeros_like(shifted)


@lru_cache(maxsize=8)
def _window(height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hann window, gain of the frequencies (0 where the light's), and the window's autocorrelation, 1 in the middle."""
    sides = [0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n) for n in (height, width)]
    own = [np.correlate(side, side, "full") / (side @ side) for side in sides]
    kept = [o[o.size // 2 - n // 2 : o.size // 2 + n // 2 + 1] for o, n in zip(own, (height, width), strict=True)]
    rows = np.abs(np.fft.fftfreq(2 * height) * height)[:, None]
    cycles = np.hypot(rows, np.arange(width + 1)[None] / 2)
    gain = 1 - np.exp(-0.5 * (cycles / LOW_CYCLES) ** 4)
    return tuple(a.astype(np.float32) for a in (np.outer(*sides), gain, np.outer(*kept)))  # type: ignore[return-value]


def highest_near(correlation: np.ndarray, lag: np.ndarray, reach: int = 2) -> float:
    """The highest value within `reach` px of `lag` (x, y) either way; -1 beyond the edge."""
    y, x = _index(correlation, lag)
    return float(correlation[y - reach : y + reach + 1, x - reach : x + reach + 1].max(initial=-1.0))


def _index(correlation: np.ndarray, lag: np.ndarray) -> tuple[int, int]:
    return round(lag[1]) + correlation.shape[0] // 2, round(lag[0]) + correlation.shape[1] // 2


def sampled(correlation: np.ndarray, lags: np.ndarray) -> np.ndarray | None:
    """Nearest values at lags (2, N); None where one is outside."""
    x = np.rint(lags[0]).astype(int) + correlation.shape[1] // 2
    y = np.rint(lags[1]).astype(int) + correlation.shape[0] // 2
    if x.min() < 2 or y.min() < 2 or x.max() >= correlation.shape[1] - 2 or y.max() >= correlation.shape[0] - 2:
        return None
    return np.asarray(correlation[y, x])


def peak_near(correlation: np.ndarray, lag: np.ndarray, radius: float) -> tuple[np.ndarray, float] | None:
    """The vertex of the paraboloid through the highest value near `lag` and its neighbours; None at the edge."""
    reach = max(2, ceil(radius))
    y, x = _index(correlation, lag)
    if not (reach < y < correlation.shape[0] - reach - 1 and reach < x < correlation.shape[1] - reach - 1):
        return None
    part = correlation[y - reach : y + reach + 1, x - reach : x + reach + 1]
    row, column = np.unravel_index(int(part.argmax()), part.shape)
    if row in (0, 2 * reach) or column in (0, 2 * reach):
        return None
    height = float(part[row, column])
    shift_y = _vertex(part[row - 1 : row + 2, column])
    shift_x = _vertex(part[row, column - 1 : column + 2])
    at = np.array([column + shift_x + x - reach, row + shift_y + y - reach], np.float64)
    return at - np.array([correlation.shape[1] // 2, correlation.shape[0] // 2]), height


def _vertex(values: np.ndarray) -> float:
    before, at, after = (float(v) for v in values)
    curve = before - 2 * at + after
    return 0.5 * (before - after) / curve if curve < 0 else 0.0

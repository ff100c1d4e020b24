"""Autocorrelation of an image without its slow light, and the peaks in it."""

from __future__ import annotations

from functools import lru_cache

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
    windowed = np.multiply(canvas - np.float32(cv2.mean(canvas)[0]), window)
    correlation = kernels.autocorrelation(windowed[None], (_padded(height), _padded(width)), gain=gain)
    reach_y, reach_x = height // 2, width // 2
    shifted = np.empty((2 * reach_y + 1, 2 * reach_x + 1), np.float32)
    lower = shifted[reach_y:]
    lower[:, :reach_x] = correlation[: reach_y + 1, -reach_x:]
    lower[:, reach_x:] = correlation[: reach_y + 1, : reach_x + 1]
    top = correlation[0, 0]
    if not top > 0:
        return np.zeros_like(shifted)
    lower /= own * top
    shifted[:reach_y] = lower[:0:-1, ::-1]  # what is shifted up is opposite
    return shifted


def _padded(length: int) -> int:
    """With so many zeros behind it that lags of half its length either way are apart, quick to transform."""
    return int(cv2.getOptimalDFTSize(length + length // 2))


@lru_cache(maxsize=8)
def _window(height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hann window, gain of the frequencies (0 where the light's), and the window's autocorrelation, 1 in the middle of
    its first row: lags down."""
    sides = [0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n) for n in (height, width)]
    own = [np.correlate(side, side, "full") / (side @ side) for side in sides]
    kept = [o[o.size // 2 - n // 2 : o.size // 2 + n // 2 + 1] for o, n in zip(own, (height, width), strict=True)]
    rows = np.fft.fftfreq(_padded(height)) * height  # cycles across the canvas
    cycles = np.hypot(rows[:, None], np.fft.rfftfreq(_padded(width)) * width)
    gain = 1 - np.exp(-0.5 * (cycles / LOW_CYCLES) ** 4)
    lower = np.outer(*kept)[height // 2 :]
    return tuple(a.astype(np.float32) for a in (np.outer(*sides), gain, lower))  # type: ignore[return-value]


def highest_near(correlation: np.ndarray, lags: np.ndarray, reach: int = 2) -> np.ndarray:
    """The highest value within `reach` px either way of `lags` (..., 2), which lie inside by as much; (...)."""
    return np.asarray(_parts(correlation, _index(correlation, lags), reach).max(axis=(-2, -1)))


def _index(correlation: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """(column, row) of the nearest values, int (..., 2)."""
    middle = correlation.shape[1] // 2, correlation.shape[0] // 2
    return np.rint(lags).astype(int) + middle


def _parts(correlation: np.ndarray, index: np.ndarray, reach: int) -> np.ndarray:
    """The squares around `index` (..., 2), (..., 2 reach + 1, 2 reach + 1)."""
    first = index[..., 1] * correlation.shape[1] + index[..., 0]
    away = np.arange(-reach, reach + 1)
    return np.asarray(correlation.ravel()[first[..., None, None] + (away[:, None] * correlation.shape[1] + away)])


def _inside(correlation: np.ndarray, index: np.ndarray, margin: int) -> np.ndarray:
    """Whether (column, row) lie inside by `margin` px."""
    sizes = correlation.shape[1::-1]
    return np.asarray(((index >= margin) & (index < np.subtract(sizes, margin))).all(axis=-1))


def sampled(correlation: np.ndarray, lags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearest values at lags (..., 2, n), float32 (..., n), and whether all of a row are inside, bool (...)."""
    index = _index(correlation, lags.swapaxes(-1, -2))
    inside = np.asarray(_inside(correlation, index, 2).all(axis=-1))
    index = np.where(inside[..., None, None], index, 0)
    return correlation[index[..., 1], index[..., 0]], inside


def peaks_near(correlation: np.ndarray, lags: np.ndarray, reach: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The highest values within `reach` px of `lags` (N, 2) as vertices of the paraboloids through them and their
    neighbours: which were found (n,), lags (n, 2), heights (n,). What is at an edge of its square is none."""
    index = _index(correlation, lags)
    found = np.flatnonzero(_inside(correlation, index, reach + 1))
    index = index[found]
    parts = _parts(correlation, index, reach)
    highest = parts.reshape(len(parts), (2 * reach + 1) ** 2).argmax(axis=1)
    place = np.array(np.divmod(highest, 2 * reach + 1))[::-1].T
    kept = ((place > 0) & (place < 2 * reach)).all(axis=1)
    found, index = found[kept], index[kept] + place[kept] - reach
    near = _parts(correlation, index, 1).astype(np.float64)
    at = index + _vertex(np.array([near[:, 1].T, near[:, :, 1].T]).transpose(1, 0, 2)).T
    return found, at - (correlation.shape[1] // 2, correlation.shape[0] // 2), near[:, 1, 1]


def _vertex(values: np.ndarray) -> np.ndarray:
    """Of the parabolas through three values each, (3, ...), from the middle one, (...)."""
    before, at, after = values
    curve = before - 2 * at + after
    return 0.5 * (before - after) / np.where(curve < 0, curve, np.inf)

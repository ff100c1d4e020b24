"""Fourier transforms from their definition: sums of products with exp(-2 pi i k n / N), complex128."""

from __future__ import annotations

import numpy as np

UNIT_ROUNDOFF = 2.0**-24  # of float32


def _matrix(length: int) -> np.ndarray:
    turns = np.outer(np.arange(length), np.arange(length)) % length
    return np.exp(-2j * np.pi * turns / length)


def rfft2(image: np.ndarray) -> np.ndarray:
    """The columns 0 ... W // 2 of the transform of (H, W)."""
    height, width = image.shape
    full = _matrix(height) @ image.astype(np.complex128) @ _matrix(width)
    return full[:, : width // 2 + 1]


def irfft2(spectrum: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The image (H, W) whose other frequencies are conjugates; of its own conjugate only the real part."""
    height, width = shape
    columns = _matrix(height).conj() @ spectrum.astype(np.complex128)
    weight = np.full(width // 2 + 1, 2.0)
    weight[0] = 1.0
    if width % 2 == 0:
        weight[-1] = 1.0
    return ((columns * weight) @ _matrix(width)[: width // 2 + 1].conj()).real / (height * width)


def filter_spectrum(image: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Transform, gain, inverse."""
    return irfft2(rfft2(image) * gain.astype(np.float64), image.shape)  # type: ignore[arg-type]


def _has_small_primes(length: int) -> bool:
    for prime in (2, 3, 5, 7):
        while length % prime == 0:
            length //= prime
    return length == 1


def error_bound(shape: tuple[int, int]) -> float:
    """Relative two-norm error of a transform in float32: 8 u per doubling of a side, 7 times with a chirp.

    One radix-2 stage adds at most (1 + 4 sqrt(2)) u (Higham 2002, theorem 24.2); radices 3, 5 and 7 stay
    below 8 u per doubling by the same count of roundings. A chirp takes two transforms of at most 2.2 times
    the length and three products, and its spectrum amplifies their errors by at most 2.2. One doubling more
    for splitting and scaling.
    """
    doublings = [np.log2(side) * (1 if _has_small_primes(side) else 7) for side in shape]
    return 8 * UNIT_ROUNDOFF * (sum(doublings) + 1)


def autocorrelation(planes: np.ndarray, shape: tuple[int, int], gain: np.ndarray | None = None) -> np.ndarray:
    """Rows of no shift to half the height; the power spectrum of zeros around each plane, all planes together."""
    padded = np.zeros((len(planes), *shape))
    padded[:, : planes.shape[1], : planes.shape[2]] = planes
    power = sum(np.abs(rfft2(plane)) ** 2 for plane in padded)
    return irfft2(power if gain is None else power * gain, shape)[: shape[0] // 2 + 1]

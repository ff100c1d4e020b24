"""The two-dimensional Fourier transform, back, a gain for each frequency; the autocorrelation; local coefficients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surfedge.kernels.levels import native


def rfft2(image: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """Two-dimensional Fourier transform of a real image, complex64 (H, W // 2 + 1), unscaled.

    image : float32 (H, W), any size of at least 1 x 1; sides with no prime factor above 7 are fastest. The same
        values as `numpy.fft.rfft2`, in float32: relative error in the two-norm at most
        8 u (log2 H + log2 W + 1), u = 2^-24; a side with a prime factor above 7 counts 7 times.

    NaN or Inf in the image spoils the whole spectrum.
    Source: J. W. Cooley, J. W. Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965.

    >>> rfft2(np.ones((2, 3), np.float32)).real
    array([[6., 0.],
           [0., 0.]], dtype=float32)
    """
    return native.rfft2(image, out)


def irfft2(spectrum: np.ndarray, shape: tuple[int, int], *, out: np.ndarray | None = None) -> np.ndarray:
    """The real image of a spectrum of `rfft2`, float32 (H, W), scaled by 1 / (H W).

    spectrum : complex64 (H, W // 2 + 1). shape : (H, W) of the image. As `numpy.fft.irfft2` has it, imaginary
        parts that no real image has do not count. Error and non-finite values as for `rfft2`.

    >>> irfft2(rfft2(np.eye(3, dtype=np.float32)), (3, 3)).round(3) + 0
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    return native.irfft2(spectrum, shape, out)


def filter_spectrum(image: np.ndarray, gain: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """An image with each of its frequencies multiplied by a gain, float32 (H, W).

    image : float32 (H, W). gain : float32 (H, W // 2 + 1), one factor per frequency of `rfft2`.

    The same as irfft2(gain * rfft2(image), image.shape), in one pass over the spectrum.

    >>> gain = np.ones((4, 3), np.float32); gain[0, 0] = 0  # without the mean
    >>> filter_spectrum(np.full((4, 4), 7, np.float32), gain).round(3) + 0
    array([[0., 0., 0., 0.],
           [0., 0., 0., 0.],
           [0., 0., 0., 0.],
           [0., 0., 0., 0.]], dtype=float32)
    """
    return native.filter_spectrum(image, gain, out)


def autocorrelation(
    planes: np.ndarray, shape: tuple[int, int], *, gain: np.ndarray | None = None, out: np.ndarray | None = None
) -> np.ndarray:
    """Sum of products of planes with themselves shifted, all planes together, float32 (H // 2 + 1, W).

    planes : float32 (N, h, w), N of at least 1. shape : (H, W), to which each is continued by zeros; with H >= 2 h and
        W >= 2 w shifts to either side are apart. gain : float32 (H, W // 2 + 1), a factor for each frequency of the
        power spectrum. Row: shift down, from 0; column: to the right, those to the left from the end. What is shifted
        up is opposite to these. Error and non-finite values as for `filter_spectrum` with the spectrum as the gain.
    Source: N. Wiener, "Generalized harmonic analysis", 1930.

    >>> autocorrelation(np.float32([[[1, 2]]]), (2, 4)).round(3) + 0
    array([[5., 2., 0., 2.],
           [0., 0., 0., 0.]], dtype=float32)
    """
    return native.autocorrelation(planes, shape, gain, out)


def local_waves(
    image: np.ndarray,
    frequencies: Sequence[tuple[float, float]],
    step_px: int,
    sigma_px: float,
    shape: tuple[int, int],
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Fourier coefficients in a Gaussian window around each point of a grid, complex64 (K, rows, columns).

    image : float32 (H, W). frequencies : K pairs (x, y), cycles per px; K is 1 to 64. step_px : distance of the points;
        point (row, column) lies at x = (column + 0.5) step_px - 0.5, y alike. sigma_px : std of the window, whose sum
        is 1 and which ends at 5.5 std. shape : (rows, columns) of the grid.

    The phase is that of exp(-2 pi i (x u + y v)) with pixel (0, 0) as the origin. Products and sums are float32. A
    point without a pixel in its window is 0.
    Source: D. Gabor, "Theory of communication", 1946.

    >>> wave = np.cos(np.arange(64, dtype=np.float32) * np.float32(np.pi / 4))[None].repeat(64, axis=0)
    >>> np.abs(local_waves(wave, [(0.125, 0.0)], 16, 12.0, (4, 4)))[0, 1].round(1).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    return native.local_waves(image, frequencies, step_px, sigma_px, shape, out)

"""The two-dimensional Fourier transform, back, and a gain for each frequency."""

from __future__ import annotations

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

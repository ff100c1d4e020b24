"""An image against what it should look like: a reference cell, another image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surfedge.kernels.levels import native


def cell_deviations(
    image: np.ndarray,
    median: np.ndarray,
    inverse_spread: np.ndarray,
    across: Sequence[float],
    along: Sequence[float],
    shifts: np.ndarray,
    step_px: int,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Pixels of a periodic pattern against the reference cell, float32 (H, W): (image - median) / spread.

    image : float32 (H, W). median, inverse_spread : float32 (rows, columns), the cell's samples and one over the
    std there; the median is taken linearly between samples, the spread from the nearest.
    across, along : pixel (x, y) lies at sample across[0] x + across[1] y + across[2] along a row of the cell, and
    likewise down its columns, less the shift; the cell repeats.
    shifts : float32 (rows, columns, 2), in samples, linear between points of a grid: point (row, column) at
    x = (column - 1/2) step_px - 1/2, y alike; the grid covers the image.

    NaN in the image goes through. Raises ValueError or TypeError for what does not fit.

    >>> f32 = np.float32
    >>> flat = np.zeros((4, 4, 2), f32)
    >>> cell_deviations(f32([[5, 7, 5, 8]]), f32([[5, 7]]), f32([[1, 3]]), [1, 0, 0], [0, 1, 0], flat, 4).tolist()
    [[0.0, 0.0, 0.0, 3.0]]
    """
    return native.cell_deviations(image, median, inverse_spread, across, along, shifts, step_px, out)


def cell_motion(
    image: np.ndarray,
    median: np.ndarray,
    across: Sequence[float],
    along: Sequence[float],
    shifts: np.ndarray,
    step_px: int,
    *,
    every: int,
    sigma_px: float,
    clip: float,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Sums that tell how far the reference cell must move at each point of the grid, float32 (5, rows, columns).

    The first six arguments as for `cell_deviations`. every : of the pixels that are looked at, from every // 2 on.
    sigma_px : std of the Gaussian window around each point, of sum 1, which ends at 5.5 std.
    clip : what the cell leaves of a pixel, e, counts to so many times the median of |e| over every third of them.

    With the cell's slopes a and b, across and along, at each pixel's place the sums are those of a a, a b, b b, a e and
    b e: the cell moves by the solution of [[aa, ab], [ab, bb]] s = -(ae, be), in samples. NaN in the image spoils all.
    Source: B. D. Lucas, T. Kanade, "An iterative image registration technique with an application to stereo vision",
    1981.

    >>> wave = np.sin(np.arange(64, dtype=np.float32) * (2 * np.pi / 16))[None]
    >>> image, flat = np.tile(np.roll(wave, 1), (64, 1)), np.zeros((6, 6, 2), np.float32)
    >>> aa, _, _, ae, _ = cell_motion(image, wave[:, :16].copy(), [1, 0, 0], [0, 1, 0], flat, 16,
    ...                               every=1, sigma_px=12, clip=9)[:, 2, 2]
    >>> round(float(-ae / aa))
    1
    """
    return native.cell_motion(image, median, across, along, shifts, step_px, every, sigma_px, clip, out)


def ssim_map(
    x: np.ndarray,
    y: np.ndarray,
    *,
    window_px: int = 11,
    gaussian: bool = False,
    data_range: float = 1.0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Structural similarity of two images at each pixel, float32 (H, W), at most 1 (equal).

    x, y : both uint8 or both float32, (H, W); uint8 counts are scaled by 1 / 255.
    window_px : odd side of the uniform window, 3 to 255; with `gaussian` it must be 11.
    gaussian : weights of sigma 1.5 px, cut off at 11 x 11, instead of a uniform window.
    data_range : largest minus smallest possible value, in the scaled unit.

    Equal to scikit-image's `structural_similarity(full=True)`: K1 = 0.01, K2 = 0.03, sample covariance, borders
    mirrored with the edge pixel repeated. NaN or Inf spoils the windows that hold it, and no others.
    Source: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility
    to structural similarity", 2004, equation 13.

    >>> x = np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20)
    >>> bool((ssim_map(x, x) == 1).all())
    True
    """
    return native.ssim_map(x, y, window_px, gaussian, data_range, out)


def ssim(
    x: np.ndarray, y: np.ndarray, *, window_px: int = 11, gaussian: bool = False, data_range: float = 1.0
) -> float:
    """Mean of `ssim_map` over the pixels whose window lies inside the image, as scikit-image has it.

    Arguments as for `ssim_map`; both sides of the image must be at least `window_px`.

    >>> x = np.zeros((16, 16), np.uint8); y = np.full((16, 16), 255, np.uint8)
    >>> round(ssim(x, x), 6), round(ssim(x, y), 6)
    (1.0, 0.0001)
    """
    return float(native.ssim(x, y, window_px, gaussian, data_range))

"""ssim: 1 - mean SSIM over the K x K windows inside the image (equation L3).

The same value as surfedge.kernels.ssim: sample covariance, k1 = 0.01, k2 = 0.03, uniform window; or, with `gaussian`,
a Gaussian window of sigma 1.5 px and population covariance, the default of TensorFlow that the COMP 4211 report used.
Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment", 2004, equation 13. Window sums are
separable: rows, then columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from surfedge.errors import ArgumentError

C1, C2 = 0.01**2, 0.03**2
SIGMA_PX = 1.5
CENTRE = 0.5  # grey values are centred before they are squared: float32 keeps more of a small variance


@dataclass(frozen=True)
class Ssim:
    """window_px : odd side K of the window. gaussian : weights of sigma 1.5 px in it instead of equal ones."""

    window_px: int = 11
    gaussian: bool = False
    needs_map: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.window_px < 3 or self.window_px % 2 == 0:
            raise ArgumentError("ssim.window_px", found=self.window_px, expected="an odd number, 3 or more")

    def __call__(self, target: Tensor, output: Tensor, localisation: Tensor | None = None) -> Tensor:
        """A scalar in [0, 2], 0 for equal images. Raises ArgumentError for images smaller than the window."""
        if min(target.shape[-2:]) < self.window_px:
            raise ArgumentError("ssim.window_px", found=self.window_px, expected=f"at most {min(target.shape[-2:])}")
        return 1.0 - ssim_windows(target, output, self.window_px, gaussian=self.gaussian).mean()


def ssim_windows(x: Tensor, y: Tensor, window_px: int, *, gaussian: bool = False) -> Tensor:
    """SSIM of each window inside the image, (N, C, H - K + 1, W - K + 1)."""
    x, y = x - CENTRE, y - CENTRE
    means = _gaussian_means if gaussian else _window_means
    mean_x, mean_y, square_sum, product = (means(values, window_px) for values in (x, y, x * x + y * y, x * y))
    pixels = window_px**2
    sample = 1.0 if gaussian else pixels / (pixels - 1.0)
    mean_product = mean_x * mean_y
    mean_squares = mean_x * mean_x + mean_y * mean_y
    variances = sample * (square_sum - mean_squares)
    covariance = sample * (product - mean_product)
    # The means of the images themselves, from those of the centred ones.
    shift = CENTRE * (mean_x + mean_y) + CENTRE**2
    likeness = (2.0 * (mean_product + shift) + C1) * (2.0 * covariance + C2)
    return likeness / ((mean_squares + 2.0 * shift + C1) * (variances + C2))


def _gaussian_means(x: Tensor, window_px: int) -> Tensor:
    """Means over K x K windows with weights of sigma 1.5 px, by rows and then by columns."""
    at = torch.arange(window_px, dtype=x.dtype, device=x.device) - (window_px - 1) / 2
    taps = torch.exp(-(at**2) / (2 * SIGMA_PX**2))
    taps = taps / taps.sum()
    channels = x.shape[1]
    rows = functional.conv2d(x, taps.view(1, 1, 1, -1).repeat(channels, 1, 1, 1), groups=channels)
    return functional.conv2d(rows, taps.view(1, 1, -1, 1).repeat(channels, 1, 1, 1), groups=channels)


def _window_means(x: Tensor, window_px: int) -> Tensor:
    """Means over K x K windows, by rows and then by columns."""
    if x.device.type != "cpu":
        rows = functional.avg_pool2d(x, (1, window_px), 1)
        return functional.avg_pool2d(rows, (window_px, 1), 1)
    return _WindowMeans.apply(x, window_px)


class _WindowMeans(torch.autograd.Function):
    """Sums by doubling: K additions of shifted images become log2 K, forward and backward."""

    @staticmethod
    def forward(context, x: Tensor, window_px: int) -> Tensor:  # type: ignore[no-untyped-def]
        context.window_px = window_px
        return _summed(_summed(x, window_px, -1), window_px, -2).mul_(1.0 / window_px**2)

    @staticmethod
    def backward(context, slope: Tensor) -> tuple[Tensor, None]:  # type: ignore[no-untyped-def]
        k = context.window_px
        padded = functional.pad(slope, (k - 1, k - 1, k - 1, k - 1))
        return _summed(_summed(padded, k, -1), k, -2).mul_(1.0 / k**2), None


def _summed(x: Tensor, count: int, dim: int) -> Tensor:
    """Sums of `count` neighbours along `dim`, without padding: those of powers of two, put together."""
    length = x.shape[dim] - count + 1
    total: Tensor | None = None
    power, start = x, 0
    width = 1
    while True:
        if count & width:
            part = power.narrow(dim, start, length)
            total = part.clone() if total is None else total.add_(part)
            start += width
        if 2 * width > count:
            assert total is not None
            return total
        size = power.shape[dim] - width
        power = power.narrow(dim, 0, size) + power.narrow(dim, width, size)
        width *= 2

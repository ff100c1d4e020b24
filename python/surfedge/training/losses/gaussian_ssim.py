"""SSIM under a Gaussian window, as its authors and TensorFlow define it: population covariance, no padding.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment", 2004, equation 13. The loss `ssim` of
a recipe is that of the runtime's residual, under a uniform window.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from surfedge.training.losses.ssim import C1, C2

WINDOW_PX, SIGMA_PX = 11, 1.5


def gaussian_ssim(x: Tensor, y: Tensor) -> Tensor:
    """The mean SSIM of the 11 x 11 windows inside the images (N, C, h, w) in [0, 1]; a scalar, 1 for equal ones."""
    offsets = torch.arange(WINDOW_PX, dtype=x.dtype, device=x.device) - WINDOW_PX // 2
    window = torch.exp(-0.5 * (offsets / SIGMA_PX) ** 2)
    window = window / window.sum()
    mean_x, mean_y, square_x, square_y, product = (_means(v, window) for v in (x, y, x * x, y * y, x * y))
    covariance = product - mean_x * mean_y
    variances = square_x - mean_x**2 + square_y - mean_y**2
    likeness = (2.0 * mean_x * mean_y + C1) * (2.0 * covariance + C2)
    return (likeness / ((mean_x**2 + mean_y**2 + C1) * (variances + C2))).mean()


def _means(values: Tensor, window: Tensor) -> Tensor:
    """Means under the window, by rows and then by columns, each channel by itself."""
    channels = values.shape[1]
    rows = functional.conv2d(values, window.view(1, 1, 1, -1).expand(channels, -1, -1, -1), groups=channels)
    return functional.conv2d(rows, window.view(1, 1, -1, 1).expand(channels, -1, -1, -1), groups=channels)

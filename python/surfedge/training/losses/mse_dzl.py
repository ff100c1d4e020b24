"""mse_dzl: mse + lambda mean (DZL(X) (X - Y))^2 (equation L5), DZL as surfedge.kernels.dzl defines it (Algorithm 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from surfedge.errors import ArgumentError
from surfedge.training.losses.mse_std import check_weight


@dataclass(frozen=True)
class MseDzl:
    """weight : lambda. patch_px : side of a patch. threshold : of the z-score above which a patch counts; None takes
    the source's own, the std of the patch stds: on images in [0, 1] it marks about half of a good one.
    """

    weight: float = 20.0
    patch_px: int = 16
    threshold: float | None = None
    needs_map: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_weight("mse_dzl", self.weight)
        if self.patch_px < 2:
            raise ArgumentError("mse_dzl.patch_px", found=self.patch_px, expected="2 or more")

    def __call__(self, target: Tensor, output: Tensor, localisation: Tensor | None = None) -> Tensor:
        """A scalar, 0 for equal images."""
        squared = (target - output).square()
        return squared.mean() + self.weight * (dzl(target, self.patch_px, self.threshold) * squared).mean()


@torch.no_grad()
def dzl(x: Tensor, patch_px: int, threshold: float | None = None) -> Tensor:
    """The mask of unusual patches of each image, 0 or 1, (N, C, H, W); an even image has none."""
    sigma = _patch_deviations(x, patch_px)
    mean = sigma.mean(dim=(2, 3), keepdim=True)
    spread = (sigma - mean).square().mean(dim=(2, 3), keepdim=True).sqrt()
    # z > t, where z = (sigma - mean) / std(sigma) and t = std(sigma) in the source
    limit = spread if threshold is None else threshold
    unusual = (spread > 0) & (sigma - mean > limit * spread)
    return _grown(unusual.to(x.dtype), patch_px, x)


def _patch_deviations(x: Tensor, patch_px: int) -> Tensor:
    """Population std of each patch; those at the right and lower edge are smaller."""

    def means(values: Tensor) -> Tensor:
        return functional.avg_pool2d(values, patch_px, ceil_mode=True, count_include_pad=False)

    return means((x - _grown(means(x), patch_px, x)).square()).sqrt()


def _grown(cells: Tensor, patch_px: int, like: Tensor) -> Tensor:
    height, width = like.shape[-2:]
    return cells.repeat_interleave(patch_px, 2).repeat_interleave(patch_px, 3)[..., :height, :width]

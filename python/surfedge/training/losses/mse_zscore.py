"""mse_zscore: mean of ((X - mean) / std * (X - Y))^2, mean and std of each image (chapter 4, section 1.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor


@dataclass(frozen=True)
class MseZscore:
    """Has no settings. The weight is the method pixel_zscore's map; an image of one grey value weighs nothing."""

    needs_map: ClassVar[bool] = False

    def __call__(self, target: Tensor, output: Tensor, localisation: Tensor | None = None) -> Tensor:
        """A scalar, 0 for equal images."""
        return (zscore(target) * (target - output)).square().mean()


@torch.no_grad()
def zscore(x: Tensor) -> Tensor:
    """(X - mean) / std of each image and channel, 0 where the std is 0."""
    centred = x - x.mean(dim=(2, 3), keepdim=True)
    deviation = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
    return torch.where(deviation > 0, centred / deviation, torch.zeros_like(centred))

"""ssim_l1: ssim + lambda |X - Y|_1, the absolute difference as a mean over pixels (equation L4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from surfedge.training.losses.mse_std import check_weight
from surfedge.training.losses.ssim import Ssim


@dataclass(frozen=True)
class SsimL1:
    """weight : lambda. window_px : odd side of the SSIM's window."""

    weight: float = 1.0
    window_px: int = 11
    needs_map: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_weight("ssim_l1", self.weight)
        Ssim(self.window_px)

    def __call__(self, target: Tensor, output: Tensor, localisation: Tensor | None = None) -> Tensor:
        """A scalar, 0 for equal images."""
        return Ssim(self.window_px)(target, output) + self.weight * (target - output).abs().mean()

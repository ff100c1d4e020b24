"""mse_localised: mse + lambda mean (L(X) (X - Y))^2, L a soft localisation map from a trained localiser (equation L6).

The map covers the whole image; it comes from any bundle, made before training from the whole good images
(surfedge.training.batches.localisation), and is cropped and turned with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from surfedge.errors import ArgumentError
from surfedge.training.losses.mse_std import check_weight


@dataclass(frozen=True)
class MseLocalised:
    """localiser : path of the bundle whose map is L. weight : lambda."""

    localiser: str
    weight: float = 20.0
    needs_map: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_weight("mse_localised", self.weight)

    def __call__(self, target: Tensor, output: Tensor, localisation: Tensor | None = None) -> Tensor:
        """A scalar, 0 for equal images. Raises ArgumentError without a map."""
        if localisation is None:
            raise ArgumentError("mse_localised", found="no localisation map", expected="one for each image")
        return (target - output).square().mean() + self.weight * (localisation * (target - output)).square().mean()

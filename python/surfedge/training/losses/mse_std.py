"""mse_std: mse + lambda |std(X) - std(Y)|, so that the contrast stays (equation L2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from surfedge.errors import ArgumentError

EPSILON = 1e-12  # under the root: its slope at 0 is not finite


@dataclass(frozen=True)
class MseStd:
    """weight : lambda. The std is of all pixels of an image (population)."""

    weight: float = 0.1
    needs_map: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_weight("mse_std", self.weight)

    def __call__(self, target: Tensor, output: Tensor, localisation: Tensor | None = None) -> Tensor:
        """A scalar, 0 for equal images."""
        contrast = (_deviations(target) - _deviations(output)).abs().mean()
        return (target - output).square().mean() + self.weight * contrast


def _deviations(x: Tensor) -> Tensor:
    centred = x - x.mean(dim=(1, 2, 3), keepdim=True)
    return (centred.square().mean(dim=(1, 2, 3)) + EPSILON).sqrt()


def check_weight(name: str, weight: float) -> None:
    """Raises ArgumentError for a negative lambda."""
    if weight < 0:
        raise ArgumentError(f"{name}.weight", found=weight, expected="0 or more")

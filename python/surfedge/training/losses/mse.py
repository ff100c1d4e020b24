"""mse: mean (X - Y)^2 (equation L1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor


@dataclass(frozen=True)
class Mse:
    """Has no settings."""

    needs_map: ClassVar[bool] = False

    def __call__(self, target: Tensor, output: Tensor, localisation: Tensor | None = None) -> Tensor:
        """A scalar, 0 for equal images."""
        return (target - output).square().mean()

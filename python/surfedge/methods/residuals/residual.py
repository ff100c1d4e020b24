"""What a Reconstruction needs of a residual.

A residual is made by ``of(settings)`` from the fields of a Reconstruction and called with picture and reconstruction,
both float32 (C, H, W) in [0, 1]; it gives one value for each cell of ``cell_px`` x ``cell_px`` pixels, float32, higher
is more anomalous. ``learn(pairs)`` gives what good images taught it, by field of the Reconstruction;
most learn nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np

from surfedge.methods.lesson import Lesson

R = TypeVar("R", bound="Residual")
Pair = tuple[np.ndarray, np.ndarray]


class Residual(ABC):
    """What a Reconstruction needs of a residual; the defaults are those of one that learns nothing."""

    cell_px: int = 1

    @classmethod
    @abstractmethod
    def of(cls: type[R], settings: Any) -> R:
        """The residual with the settings, and what was learned, of a Reconstruction."""

    @abstractmethod
    def __call__(self, picture: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """The raw map, float32 (ceil(H / cell_px), ceil(W / cell_px))."""

    def learn(self, pairs: Iterable[Pair]) -> Lesson[dict[str, np.ndarray]] | None:
        """What pairs of good pictures and their reconstructions teach, by field; None for a residual without learning,
        which does not use them."""
        return None

"""L2: the absolute difference of each pixel, averaged over the channels."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from surfedge.methods.residuals.residual import Residual


class L2(Residual):
    """abs(X - Y): 0 where the reconstruction is exact, at most 1."""

    @classmethod
    def of(cls, settings: Any) -> L2:
        """There is nothing to set."""
        return cls()

    def __call__(self, picture: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """float32 (H, W)."""
        return mean_of([cv2.absdiff(x, y) for x, y in zip(picture, expected, strict=True)])


def mean_of(maps: list[np.ndarray]) -> np.ndarray:
    """Mean over the channels' maps."""
    return maps[0] if len(maps) == 1 else np.asarray(np.mean(maps, axis=0, dtype=np.float32))

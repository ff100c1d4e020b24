"""Grey levels to the numbers that the networks see, and back.

Steel is grey in grey: of 8 bits its images use a half. Stretched to what the training images use, grain and faint
defects weigh more in every loss, and the judge of the images learns to see them sooner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

OUTSIDE = 0.005  # share of the pixels below `low`, and above `high`
LEAST_RANGE = 16.0  # levels


@dataclass(frozen=True)
class Levels:
    """low, high : grey levels that become -1 and 1; what lies beyond them is kept.

    >>> Levels(60.0, 180.0).to_network(np.uint8([[[120, 240]]])).tolist()
    [[[[0.0, 2.0]]]]
    """

    low: float = 0.0
    high: float = 255.0

    @classmethod
    def of(cls, *parts: np.ndarray) -> Levels:
        """What nearly all pixels of uint8 arrays lie between; 16 levels or more."""
        counts = sum(np.bincount(part.reshape(-1), minlength=256) for part in parts)
        shares = np.cumsum(counts) / np.sum(counts)
        low, high = (float(np.searchsorted(shares, share)) for share in (OUTSIDE, 1.0 - OUTSIDE))
        wider = max(0.0, 0.5 * (LEAST_RANGE - (high - low)))
        return cls(low - wider, high + wider)

    @property
    def half(self) -> float:
        """Levels that a change of 1 stands for."""
        return 0.5 * (self.high - self.low)

    def to_network(self, images: np.ndarray) -> Tensor:
        """uint8 (N, s, s) or (N, s, s, 3) to float32 (N, C, s, s)."""
        images = images[:, None] if images.ndim == 3 else np.moveaxis(images, -1, 1)
        middle = 0.5 * (self.low + self.high)
        return torch.from_numpy((np.ascontiguousarray(images, np.float32) - np.float32(middle)) / np.float32(self.half))

    def to_images(self, made: Tensor) -> np.ndarray:
        """Float (N, C, s, s) to uint8 (N, s, s) or (N, s, s, 3)."""
        levels = made.detach() * self.half + 0.5 * (self.low + self.high)
        pixels: np.ndarray = levels.clamp(0, 255).round().to(torch.uint8).cpu().numpy()
        return pixels[:, 0] if pixels.shape[1] == 1 else np.ascontiguousarray(np.moveaxis(pixels, 1, -1))

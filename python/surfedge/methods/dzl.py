"""DZL, defect zone localisation: patches whose deviation is unusual within the image.

After the thesis on autoencoder features for steel defects with few labels (2024), Algorithm 2: split into
patches, deviation per patch, z-score of the deviations over the image. The z-scores are the anomaly map. (As a
mask, grown back to the image's size with the source's own threshold, it is surfedge.kernels.dzl.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surfedge import kernels
from surfedge.errors import ArgumentError
from surfedge.images import Frame, to_grey_u8
from surfedge.methods.method import Method


@dataclass(frozen=True)
class DZL(Method):
    """patch_px : side of the patches in pixels."""

    patch_px: int = 16

    def __post_init__(self) -> None:
        if not 2 <= self.patch_px <= 1024:
            raise ArgumentError("dzl.patch_px", found=self.patch_px, expected="2 to 1024", remedy="use 16")

    @property
    def cell_px(self) -> int:  # type: ignore[override]
        """One value of the map stands for one patch."""
        return self.patch_px

    def anomaly_map(self, frame: Frame) -> np.ndarray:
        """z-score of each patch's deviation, float32 (ceil(H / patch_px), ceil(W / patch_px)), without unit."""
        deviation = kernels.patch_std(to_grey_u8(frame), self.patch_px)
        spread = float(deviation.std(dtype=np.float64))
        if spread == 0.0:
            return np.zeros_like(deviation)
        return (deviation - np.float32(deviation.mean(dtype=np.float64))) * np.float32(1.0 / spread)

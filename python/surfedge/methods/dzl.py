"""DZL, defect zone localisation: patches whose standard deviation is unusual within the image.

After the thesis on autoencoder features for steel defects with few labels (2024), Algorithm 2: split into
patches, std per patch, z-score of the stds over the image. The z-scores are the anomaly map. (As a
mask, grown back to the image's size with the source's own threshold, it is surfedge.kernels.dzl.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from surfedge import kernels
from surfedge.decision import RawMap
from surfedge.errors import require
from surfedge.images import Frame, to_grey_u8
from surfedge.methods.method import Method


@dataclass(frozen=True)
class DZL(Method):
    """patch_px : side of the patches in pixels."""

    name: ClassVar[str] = "dzl"
    patch_px: int = 16

    def __post_init__(self) -> None:
        require("dzl.patch_px", self.patch_px, 2 <= self.patch_px <= 1024, "2 to 1024", "use 16")

    @property
    def cell_px(self) -> int:
        """One value of the map stands for one patch."""
        return self.patch_px

    def inspect(self, frame: Frame) -> RawMap:
        """z-score of each patch's std, float32 (ceil(H / patch_px), ceil(W / patch_px)), without unit."""
        return self.compared(kernels.patch_std(to_grey_u8(frame), self.patch_px))

    def compared(self, std: np.ndarray) -> RawMap:
        """The map of an image whose patches have the standard deviations `std`, float32."""
        spread = float(std.std(dtype=np.float64))
        if spread == 0.0:
            return RawMap(np.zeros_like(std), self.cell_px)
        z = (std - np.float32(std.mean(dtype=np.float64))) * np.float32(1.0 / spread)
        return RawMap(z, self.cell_px)

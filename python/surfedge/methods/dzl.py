"""DZL, defect zone localisation: patches whose deviation is unusual within the image.

After the thesis on autoencoder features for steel defects with few labels (2024), Algorithm 2: split into
patches, deviation per patch, z-score of the deviations over the image. The z-scores are the anomaly map; both
signs count, because a stain is smoother than leather and a scratch rougher than steel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surfedge import kernels
from surfedge.errors import ArgumentError
from surfedge.images import Frame, to_grey_u8
from surfedge.methods import Method


@dataclass(frozen=True)
class DZL(Method):
    """patch_px : side of the patches in pixels. two_sided : take the z-score's size, else its rise only."""

    patch_px: int = 16
    two_sided: bool = True

    def __post_init__(self) -> None:
        if not 2 <= self.patch_px <= 1024:
            raise ArgumentError("dzl.patch_px", found=self.patch_px, expected="2 to 1024", remedy="use 16")

    def anomaly_map(self, frame: Frame) -> np.ndarray:
        """z-score of the patch deviation at each pixel, float32 (H, W), without unit."""
        z = kernels.dzl_map(to_grey_u8(frame), self.patch_px)
        return np.abs(z, out=z) if self.two_sided else z

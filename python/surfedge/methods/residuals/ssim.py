"""1 - SSIM, averaged over the channels.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image Quality Assessment: From Error Visibility to Structural
Similarity", 2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.methods.residuals.l2 import mean_of
from surfedge.methods.residuals.residual import Residual


@dataclass(frozen=True)
class Ssim(Residual):
    """window_px, gaussian : window of the SSIM; the Gaussian has sigma 1.5 px and ignores window_px."""

    window_px: int = 11
    gaussian: bool = False

    @classmethod
    def of(cls, settings: Any) -> Ssim:
        """With the method's window."""
        return cls(settings.window_px, settings.gaussian)

    def __call__(self, picture: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """float32 (H, W): 0 where the reconstruction is exact, at most 2."""
        window_px = 11 if self.gaussian else self.window_px
        return mean_of(
            [
                1.0 - kernels.ssim_map(x, y, window_px=window_px, gaussian=self.gaussian)
                for x, y in zip(picture, expected, strict=True)
            ]
        )

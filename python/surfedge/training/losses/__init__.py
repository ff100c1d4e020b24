"""Losses: one file each, a frozen dataclass called with target X, output Y, (N, C, H, W) in [0, 1], and a weight map L.

They are means over images of means over pixels, so that their size does not depend on the size of a tile. A loss with
``needs_map = True`` is given L, float (N, 1, H, W) in [0, 1]; the others ignore it. Sources: the thesis on autoencoder
features for steel defects with few labels (2024), chapter 4 (equations L1 to L6).
"""

from __future__ import annotations

LOSSES = {
    "mse": "surfedge.training.losses.mse:Mse",
    "mse_std": "surfedge.training.losses.mse_std:MseStd",
    "ssim": "surfedge.training.losses.ssim:Ssim",
    "ssim_l1": "surfedge.training.losses.ssim_l1:SsimL1",
    "mse_zscore": "surfedge.training.losses.mse_zscore:MseZscore",
    "mse_dzl": "surfedge.training.losses.mse_dzl:MseDzl",
    "mse_localised": "surfedge.training.losses.mse_localised:MseLocalised",
}

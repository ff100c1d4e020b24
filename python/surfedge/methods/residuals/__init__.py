"""Residuals: how far a picture is from its reconstruction. A new one is a file, a line here and a test."""

from __future__ import annotations

RESIDUALS = {
    "l2": "surfedge.methods.residuals.l2:L2",
    "ssim": "surfedge.methods.residuals.ssim:Ssim",
    "statistics": "surfedge.methods.residuals.statistics:GivenStatistics",
}

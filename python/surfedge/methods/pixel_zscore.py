"""Pixel z-score: how far each grey value lies from the image's mean, in deviations of the image.

After the thesis on autoencoder features for steel defects with few labels (2024), section 1.2.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surfedge.images import Frame, to_grey_f32
from surfedge.methods.method import Method


@dataclass(frozen=True)
class PixelZScore(Method):
    """Has no settings."""

    def anomaly_map(self, frame: Frame) -> np.ndarray:
        """abs(X - mean) / deviation, float32 (H, W); zeros for an image of one grey value."""
        grey = to_grey_f32(frame)
        mean, deviation = (float(value.item()) for value in cv2.meanStdDev(grey))
        if deviation == 0.0:
            return np.zeros_like(grey)
        return np.abs(grey - np.float32(mean)) * np.float32(1.0 / deviation)

"""Pixel z-score: how far each grey value lies from the image's mean, in standard deviations of the image.

After the thesis on autoencoder features for steel defects with few labels (2024), section 1.2.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from surfedge.decision import RawMap
from surfedge.images import Frame, to_grey_f32
from surfedge.methods.method import Method


@dataclass(frozen=True)
class PixelZScore(Method):
    """Has no settings."""

    name: ClassVar[str] = "pixel_zscore"

    def inspect(self, frame: Frame) -> RawMap:
        """abs(X - mean) / std, float32 (H, W); zeros for an image of one grey value."""
        grey = to_grey_f32(frame)
        mean, std = (float(value.item()) for value in cv2.meanStdDev(grey))
        if std == 0.0:
            return RawMap(np.zeros_like(grey))
        return RawMap(np.abs(grey - np.float32(mean)) * np.float32(1.0 / std))

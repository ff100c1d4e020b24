"""The data that is timed: the same numbers on every machine."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

PIECE_PX = 1024  # larger pictures repeat a piece of this side: drawing them takes longer than timing them


def texture(shape: tuple[int, int], dtype: Any = np.uint8, seed: int = 0) -> np.ndarray:
    """A rough surface with a light defect in the middle, uint8 or float32 in [0, 1], (H, W)."""
    height, width = shape
    rng = np.random.default_rng(seed)
    grain = rng.standard_normal((min(height, PIECE_PX), min(width, PIECE_PX)), np.float32)
    piece = 0.45 + 0.05 * grain + 0.15 * cv2.GaussianBlur(grain, (0, 0), 2.0)
    grey = np.tile(piece, (-(-height // PIECE_PX), -(-width // PIECE_PX)))[:height, :width].copy()
    grey[height // 2 : height // 2 + height // 16, width // 3 : width // 3 + width // 8] += 0.4
    np.clip(grey, 0.0, 1.0, out=grey)
    return grey if dtype == np.float32 else np.rint(grey * 255).astype(np.uint8)


def plate(shape: tuple[int, int], defective: bool) -> np.ndarray:
    """A regular pattern with grain, as of a patterned plate, uint8 (H, W); with a scratch where asked for."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    waves = np.cos(2 * np.pi * rows / 16) * np.cos(2 * np.pi * columns / 16)
    grain = np.random.default_rng(1).standard_normal(shape)
    grey = 128 + 60 * waves + 6 * grain
    if defective:
        grey[shape[0] // 2 : shape[0] // 2 + 6, shape[1] // 3 : shape[1] // 2] = 250
    return grey.clip(0, 255).astype(np.uint8)

"""The Gaussian over a raw map: borders mirrored, ignored pixels without weight."""

from __future__ import annotations

import cv2
import numpy as np


def smoothed(
    raw_map: np.ndarray,
    sigma_px: float,
    cell_px: int = 1,
    shape: tuple[int, int] | None = None,
    weight: np.ndarray | None = None,
) -> np.ndarray:
    """`raw_map` after a Gaussian of deviation `sigma_px` in pixels of the image; float32 (h, w).

    cell_px : side of the square of pixels that one value stands for; 0 when the map covers an image of `shape`
    (H, W) as a whole. weight : float32 (h, w) in [0, 1], the share of each value that counts; None for all of it.

    >>> smoothed(np.ones((4, 4), np.float32), 2.0).round(5).tolist()[0]
    [1.0, 1.0, 1.0, 1.0]
    """
    raw_map = np.asarray(raw_map, np.float32)
    if sigma_px <= 0:
        return raw_map
    sigma_x = sigma_y = sigma_px / max(cell_px, 1)
    if cell_px == 0 and shape is not None:
        sigma_y, sigma_x = (sigma_px * n / px for n, px in zip(raw_map.shape, shape, strict=True))
    if weight is None:
        return _blurred(raw_map, sigma_x, sigma_y)
    sums = _blurred(np.where(weight > 0, raw_map, 0) * weight, sigma_x, sigma_y)
    return sums / np.maximum(_blurred(weight, sigma_x, sigma_y), np.float32(1e-6))


def _blurred(plane: np.ndarray, sigma_x: float, sigma_y: float) -> np.ndarray:
    return cv2.GaussianBlur(plane, (0, 0), sigma_x, sigmaY=sigma_y, borderType=cv2.BORDER_REFLECT)

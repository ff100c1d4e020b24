"""Erosion, dilation and opening by a disk from their definition: every pixel of the disk in turn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _reduce(image: np.ndarray, radius_px: int, better: Callable[..., np.ndarray], outside: object) -> np.ndarray:
    if radius_px == 0:
        return image.copy()
    height, width = image.shape
    r = radius_px
    padded = np.full((height + 2 * r, width + 2 * r), outside, image.dtype)
    inner = padded[r : r + height, r : r + width]
    inner[:] = image
    if image.dtype.kind == "f":
        inner[np.isnan(image)] = outside  # NaN does not take part
    out = np.full(image.shape, outside, image.dtype)
    for dy in range(-r, r + 1):
        for dx in range(-r, r + 1):
            if dx * dx + dy * dy <= r * r:
                better(out, padded[r + dy : r + dy + height, r + dx : r + dx + width], out=out)
    return out


def _limits(dtype: np.dtype) -> tuple[object, object]:
    if dtype == np.bool_:
        return False, True
    return (0, 255) if dtype == np.uint8 else (-np.inf, np.inf)


def erode_disk(image: np.ndarray, radius_px: int) -> np.ndarray:
    """Minimum over the part of the disk x^2 + y^2 <= radius_px^2 that lies inside."""
    return _reduce(image, radius_px, np.minimum, _limits(image.dtype)[1])


def dilate_disk(image: np.ndarray, radius_px: int) -> np.ndarray:
    """Maximum over the part of the disk that lies inside."""
    return _reduce(image, radius_px, np.maximum, _limits(image.dtype)[0])


def open_disk(image: np.ndarray, radius_px: int) -> np.ndarray:
    """Erosion, then dilation."""
    return dilate_disk(erode_disk(image, radius_px), radius_px)

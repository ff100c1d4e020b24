"""Images as arrays, in and out: which are taken, and how they become levels of 0 to 255 and come back."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError

Levels = NDArray[np.uint8]

LONGEST_SIDE_PX = 32_000  # OpenCV's warps count pixels in 16 bits


def check_image(name: str, image: NDArray[Any]) -> None:
    """Raise ArgumentError unless `image` is (H, W) or (H, W, 3), uint8, or float32 in [0, 1].

    >>> check_image("image", np.zeros((4, 5, 3), np.uint8))
    """
    if not isinstance(image, np.ndarray) or image.dtype not in (np.uint8, np.float32):
        found = f"dtype {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ArgumentError(name, found=found, expected="an array of uint8, or of float32 in [0, 1]")
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] != 3):
        raise ArgumentError(name, found=f"shape {image.shape}", expected="(H, W) or (H, W, 3)")
    if not 1 <= min(image.shape[:2]) <= max(image.shape[:2]) <= LONGEST_SIDE_PX:
        found = f"{image.shape[1]} x {image.shape[0]} px"
        raise ArgumentError(name, found=found, expected=f"sides of 1 to {LONGEST_SIDE_PX:,} px")
    if image.dtype == np.float32 and not (image.min() >= 0 and image.max() <= 1):
        raise ArgumentError(name, found="values outside [0, 1] or NaN", expected="float32 in [0, 1]")


def to_levels(image: NDArray[Any]) -> Levels:
    """uint8 of the same shape: the array itself where it is that already, else 255 times it, rounded.

    >>> to_levels(np.float32([[0, 0.5, 1]])).tolist()
    [[0, 128, 255]]
    """
    if image.dtype == np.uint8:
        return image
    return np.rint(image * np.float32(255)).astype(np.uint8)


def like(levels: NDArray[Any], image: NDArray[Any]) -> NDArray[Any]:
    """`levels`, 0 to 255, of uint8 or float32, as the dtype of `image`: rounded to uint8, or scaled to [0, 1].

    >>> like(np.float32([[254.6, 300.0]]), np.zeros((1, 2), np.uint8)).tolist()
    [[255, 255]]
    """
    if image.dtype == np.float32:
        return np.clip(levels * np.float32(1 / 255), 0, 1).astype(np.float32)
    return levels if levels.dtype == np.uint8 else np.rint(np.clip(levels, 0, 255)).astype(np.uint8)


def with_channels_of(levels: Levels, image: NDArray[Any]) -> Levels:
    """`levels` made grey (Rec. ITU-R BT.601) or repeated into three channels, as `image` is."""
    if levels.ndim == image.ndim:
        return levels
    code = cv2.COLOR_RGB2GRAY if image.ndim == 2 else cv2.COLOR_GRAY2RGB
    return np.asarray(cv2.cvtColor(levels, code), np.uint8)

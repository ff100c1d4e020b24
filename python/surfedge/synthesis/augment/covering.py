"""Noise over an image, and pieces cut out of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.image_arrays import like

Image = NDArray[Any]
Mask = NDArray[np.bool_]


def noise(
    image: Image, mask: Mask | None, rng: np.random.Generator, most_levels: float = 8.0
) -> tuple[Image, Mask | None]:
    """Gaussian noise of a deviation of 0 to `most_levels` of 255 levels, its own in each channel."""
    sigma = np.float32(rng.uniform(0, most_levels))
    scale = np.float32(255 if image.dtype == np.float32 else 1)
    noisy = image.astype(np.float32) * scale
    noisy += sigma * rng.standard_normal(image.shape, dtype=np.float32)
    return like(noisy, image), None if mask is None else mask.copy()


def cut_out_pieces(
    image: Image, mask: Mask | None, rng: np.random.Generator, most_pieces: int = 3, most_share: float = 0.25
) -> tuple[Image, Mask | None]:
    """1 to `most_pieces` rectangles, each side up to `most_share` of the image's, filled with the image's mean.

    T. DeVries, G. W. Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017. A piece may
    reach over the edge. What it hides is no longer defective: the mask is cleared there.
    """
    h, w = image.shape[:2]
    result, left = image.copy(), None if mask is None else mask.copy()
    mean = image.reshape(-1, *image.shape[2:]).mean(axis=0)
    fill = mean if image.dtype == np.float32 else np.rint(mean)
    for _ in range(int(rng.integers(1, most_pieces + 1))):
        ph, pw = (max(1, round(rng.uniform(0, most_share) * n)) for n in (h, w))
        y, x = int(rng.integers(h)) - ph // 2, int(rng.integers(w)) - pw // 2
        piece = slice(max(0, y), max(0, y + ph)), slice(max(0, x), max(0, x + pw))
        result[piece] = fill
        if left is not None:
            left[piece] = False
    return result, left

"""Foreign textures where no folder of them is given: other crops of the same image, and rendered surfaces."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis import tone
from surfedge.synthesis.image_arrays import to_levels
from surfedge.synthesis.rendering import render

Levels = NDArray[np.uint8]

# Stated here, not taken from SURFACES: a surface that is added must not change what a seed gives.
_SURFACES = ("plate-diamond", "plate-teardrop", "strip", "strip-galvanised", "leather")
_PIXEL_SIZES_MM = (0.4, 1.0)
_SIDE_PX = 256


def own_texture(image: NDArray[Any], rng: np.random.Generator) -> tuple[Levels, str]:
    """A texture and its name: half of the time from the image itself, half of the time a rendered surface.

    image : see `perlin_anomaly`. Returns uint8, (h, w) or (h, w, 3), of any size.
    """
    if rng.random() < 0.5:
        return _other_crop(to_levels(image), rng), "crop of the image"
    surface = _SURFACES[int(rng.integers(len(_SURFACES)))]
    pixel_size_mm = _PIXEL_SIZES_MM[int(rng.integers(len(_PIXEL_SIZES_MM)))]
    return _rendered(surface, pixel_size_mm), f"{surface}, {pixel_size_mm:g} mm"


@lru_cache(maxsize=len(_SURFACES) * len(_PIXEL_SIZES_MM))
def _rendered(surface: str, pixel_size_mm: float) -> Levels:
    levels = render(surface, (_SIDE_PX, _SIDE_PX), pixel_size_mm, seed=0).image
    levels.flags.writeable = False  # shared by all who ask
    return levels


def _other_crop(levels: Levels, rng: np.random.Generator) -> Levels:
    """A crop of 30 to 90 % of the sides, flipped, turned by quarters and recoloured, so that it stands out."""
    h, w = levels.shape[:2]
    share = rng.uniform(0.3, 0.9)
    ch, cw = max(1, round(share * h)), max(1, round(share * w))
    y, x = int(rng.integers(h - ch + 1)), int(rng.integers(w - cw + 1))
    crop = np.rot90(levels[y : y + ch, x : x + cw], int(rng.integers(4)))
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    crop = np.ascontiguousarray(crop)
    gain, added = rng.uniform(0.4, 1.6), rng.uniform(-40, 40)
    crop = tone.brightened(crop, gain, added)
    if crop.ndim == 3:
        crop = tone.recoloured(crop, rng.uniform(-180, 180), rng.uniform(-30, 60))
    size = round(w * rng.uniform(0.5, 1.0)), round(h * rng.uniform(0.5, 1.0))
    smaller = cv2.resize(crop, (max(1, size[0]), max(1, size[1])), interpolation=cv2.INTER_LINEAR)
    return np.asarray(smaller, np.uint8)

"""Flips and turns: the image and its mask move together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.turning import moved

Image = NDArray[Any]
Mask = NDArray[np.bool_]


def flips(image: Image, mask: Mask | None, rng: np.random.Generator) -> tuple[Image, Mask | None]:
    """Left-right and up-down, each half of the time; both are half a turn."""
    way = tuple(slice(None, None, -1 if rng.random() < 0.5 else 1) for _ in range(2))
    return _copied(image[way], mask if mask is None else mask[way])


def quarter_turns(image: Image, mask: Mask | None, rng: np.random.Generator) -> tuple[Image, Mask | None]:
    """By 0, 90, 180 or 270 degrees; an image that is not square by 0 or 180, so that its shape stays."""
    square = image.shape[0] == image.shape[1]
    quarters = int(rng.integers(4)) if square else 2 * int(rng.integers(2))
    return _copied(np.rot90(image, quarters), mask if mask is None else np.rot90(mask, quarters))


def turns(
    image: Image, mask: Mask | None, rng: np.random.Generator, most_deg: float = 10.0
) -> tuple[Image, Mask | None]:
    """By -`most_deg` to `most_deg`, the border mirrored."""
    angle = rng.uniform(-most_deg, most_deg)
    return moved(image, turn_deg=angle), None if mask is None else moved(mask, turn_deg=angle)


def _copied(image: Image, mask: Mask | None) -> tuple[Image, Mask | None]:
    return image.copy(), None if mask is None else mask.copy()

"""Several augmentations one after the other, with the probability of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.registry import resolve
from surfedge.synthesis.augment import AUGMENTATIONS
from surfedge.synthesis.image_arrays import check_image
from surfedge.synthesis.ranges import require

Image = NDArray[Any]
Mask = NDArray[np.bool_]


def augmented(
    image: Image,
    rng: np.random.Generator,
    mask: Mask | None = None,
    kinds: Sequence[str] = ("flips", "noise"),
    probability: float = 1.0,
) -> tuple[Image, Mask | None]:
    """The image, and its mask where there is one, after the `kinds` in their order; new arrays of the same shapes.

    image : (H, W) or (H, W, 3), uint8, or float32 in [0, 1].   mask : bool, (H, W), for a detector; None for a
    classifier.   kinds : keys of `AUGMENTATIONS`.   probability : of each kind by itself.

    Raises ArgumentError for a wrong array, an unknown kind, or a probability outside 0 to 1.

    >>> image, _ = augmented(np.full((4, 4), 9, np.uint8), np.random.default_rng(0), kinds=("quarter_turns",))
    >>> image.tolist() == [[9] * 4] * 4
    True
    """
    check_image("image", image)
    require(0, 1, probability=probability)
    if mask is not None and (mask.dtype != np.bool_ or mask.shape != image.shape[:2]):
        found = f"{mask.dtype} of {mask.shape}"
        raise ArgumentError("mask", found=found, expected=f"bool of {image.shape[:2]}, as the image")
    functions = [resolve(AUGMENTATIONS, kind, "augmentation") for kind in kinds]
    image, mask = image.copy(), None if mask is None else mask.copy()
    for function in functions:
        if rng.random() < probability:
            image, mask = function(image, mask, rng)
    return image, mask

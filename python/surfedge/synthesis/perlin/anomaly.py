"""Anomalies for any network to learn from: a foreign texture shows through a mask of gradient noise.

V. Zavrtanik, M. Kristan, D. Skocaj, "DRAEM - A discriminatively trained reconstruction embedding for surface anomaly
detection", 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.synthesis.image_arrays import check_image, like, to_levels, with_channels_of
from surfedge.synthesis.perlin.noise import MOST_TURN_DEG, perlin_mask
from surfedge.synthesis.perlin.own_textures import own_texture
from surfedge.synthesis.perlin.texture_augmentation import augmented
from surfedge.synthesis.ranges import require
from surfedge.synthesis.turning import moved

Image = NDArray[Any]
Mask = NDArray[np.bool_]

OPACITY = (0.1, 1.0)
TURN_PROBABILITY = 0.3
MOST_ENLARGEMENT = 8  # a texture enlarged more than that is a flat colour


@dataclass(frozen=True, eq=False)
class PerlinAnomaly:
    """What was drawn.

    Attributes
    ----------
    clean, anomalous : the good image, perhaps turned, and with the anomaly; shape and dtype as given.
    mask : bool, (H, W): where the texture was laid over.
    opacity : its share there, 0 without an anomaly.
    turned_deg : how far the good image was turned first, 0 where it was not.
    texture : number of the texture in those given, or the name of one of our own; "" without an anomaly.
    augmentations : what was done to the texture, in this order.
    """

    clean: Image
    anomalous: Image
    mask: Mask
    opacity: float = 0.0
    turned_deg: float = 0.0
    texture: str = ""
    augmentations: tuple[str, ...] = ()

    @property
    def masked_share(self) -> float:
        """Share of the image under the mask, 0 to 1."""
        return float(self.mask.mean())


def perlin_anomaly(
    image: Image,
    rng: np.random.Generator,
    textures: Sequence[NDArray[np.uint8]] | None,
    opacity: tuple[float, float] = OPACITY,
    probability: float = 0.5,
    turn_probability: float = TURN_PROBABILITY,
) -> tuple[Image, Image, Mask]:
    """The good image, the same with an anomaly, and the anomaly's mask: the first three of `draw_anomaly`.

    >>> good = np.full((32, 48), 128, np.uint8)
    >>> clean, anomalous, mask = perlin_anomaly(good, np.random.default_rng(3), None, probability=1.0)
    >>> bool((clean == anomalous)[~mask].all()), bool((clean != anomalous)[mask].any())
    (True, True)
    """
    drawn = draw_anomaly(image, rng, textures, opacity, probability, turn_probability)
    return drawn.clean, drawn.anomalous, drawn.mask


def draw_anomaly(
    image: Image,
    rng: np.random.Generator,
    textures: Sequence[NDArray[np.uint8]] | None,
    opacity: tuple[float, float] = OPACITY,
    probability: float = 0.5,
    turn_probability: float = TURN_PROBABILITY,
) -> PerlinAnomaly:
    """Lay a foreign texture A over the good image I under a mask M of gradient noise.

    I_a = (1 - M) I + (1 - beta) M I + beta M A, beta uniform within `opacity`. Equal arguments and an equal state of
    `rng` give equal bytes.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) in R, G, B order, uint8, or float32 in [0, 1]; it is not changed.
    textures : images of anything else, uint8, (h, w) or (h, w, 3), at least an eighth of the image a side; a sequence
        may read them when asked. None: other crops of the same image and rendered surfaces.
    opacity : (lowest, highest) share beta of the texture, each 0 to 1. The paper has 0.1 to 1; its code 0.2 to 1.
    probability : of an anomaly; without one the mask is empty and both images are the same.
    turn_probability : that the good image itself is turned first, by -90 to 90 degrees, its border mirrored; 0 for
        a surface with a direction.

    Raises
    ------
    ArgumentError : an image, a texture or a number out of range; no texture at all.

    >>> drawn = draw_anomaly(np.full((32, 48), 0.5, np.float32), np.random.default_rng(3), None, probability=1.0)
    >>> drawn.anomalous.dtype.name, 0.1 <= drawn.opacity <= 1, 0 < drawn.masked_share < 1, len(drawn.augmentations)
    ('float32', True, True, 3)
    """
    _check(image, textures, opacity, probability, turn_probability)
    anomalous, turned = rng.random() < probability, rng.random() < turn_probability
    turned_deg = rng.uniform(-MOST_TURN_DEG, MOST_TURN_DEG) if turned else 0.0
    clean = moved(image, turn_deg=turned_deg) if turned else image.copy()
    if not anomalous:
        return PerlinAnomaly(clean, clean.copy(), np.zeros(image.shape[:2], bool), turned_deg=turned_deg)
    mask = perlin_mask(rng, image.shape[:2])
    levels, name = own_texture(clean, rng) if textures is None else _one_of(textures, rng, image)
    texture, augmentations = _prepared(levels, clean, rng)
    beta = float(rng.uniform(*opacity))
    mixed = blended(clean, texture, mask, beta)
    return PerlinAnomaly(clean, mixed, mask, beta, turned_deg, name, augmentations)


def blended(image: Image, texture: NDArray[np.uint8], mask: Mask, opacity: float) -> Image:
    """(1 - M) I + (1 - beta) M I + beta M A: outside the mask the image bit for bit; the image's dtype.

    >>> one = np.full((1, 2), 100, np.uint8)
    >>> blended(one, np.uint8([[200, 200]]), np.array([[True, False]]), 0.25).tolist()
    [[125, 100]]
    """
    foreign = texture if image.dtype == np.uint8 else like(texture, image)
    mixed = cv2.addWeighted(image, 1 - opacity, foreign, opacity, 0)
    where = mask if image.ndim == 2 else mask[..., None]
    return np.where(where, mixed, image)


def _check(
    image: Image,
    textures: Sequence[NDArray[np.uint8]] | None,
    opacity: tuple[float, float],
    probability: float,
    turn_probability: float,
) -> None:
    check_image("image", image)
    if textures is not None and len(textures) == 0:
        raise ArgumentError("textures", found="none", expected="one or more, or None for our own")
    if len(opacity) != 2 or not 0 <= opacity[0] <= opacity[1] <= 1:
        raise ArgumentError("opacity", found=opacity, expected="(lowest, highest), each 0 to 1")
    require(0, 1, probability=probability, turn_probability=turn_probability)


def _one_of(
    textures: Sequence[NDArray[np.uint8]], rng: np.random.Generator, image: Image
) -> tuple[NDArray[np.uint8], str]:
    number = int(rng.integers(len(textures)))
    texture = textures[number]
    name = f"textures[{number}]"
    check_image(name, texture)
    least = [-(-n // MOST_ENLARGEMENT) for n in image.shape[:2]]
    if texture.shape[0] < least[0] or texture.shape[1] < least[1]:
        raise ArgumentError(
            name,
            found=f"{texture.shape[1]} x {texture.shape[0]} px",
            expected=f"at least {least[1]} x {least[0]} px, an eighth of the image a side",
        )
    return to_levels(texture), str(number)


def _prepared(
    levels: NDArray[np.uint8], image: Image, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The texture at the image's size, augmented in colour, in the image's channels."""
    h, w = image.shape[:2]
    if levels.ndim < image.ndim:  # before it is augmented: gamma per channel gives it a colour
        levels = with_channels_of(levels, image)
    shrinks = levels.shape[0] >= h and levels.shape[1] >= w
    resized = cv2.resize(levels, (w, h), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    changed, names = augmented(np.asarray(resized, np.uint8), rng)
    return with_channels_of(changed, image), names

"""Batches of rendered surfaces, good and defective, whose tone, scale and direction are drawn: nobody's images.

What is drawn depends on (seed, epoch, place in the epoch) alone, so that a killed run goes on as it would have.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from surfedge.synthesis import USUAL_DEFECTS, render
from surfedge.synthesis.perlin import augmented, draw_anomaly
from surfedge.training.batches.perlin import TextureFolder

Levels = NDArray[np.uint8]

PURPOSE = 9  # sets its random numbers apart from those of other batches
SIDE_PX, OF_EACH = 384, 16  # of the rendered images that crops are taken of; so many of each surface
HELD_OUT = 64
PIXEL_SIZES_MM = (0.4, 0.8)  # of the rendered images, in turn
TEXTURES_SHARE = 0.5  # of the crops, where there is a folder of them
SCALES = (0.5, 1.4)  # of a crop's side over the batch's
ALTERED, OVERLAID, TINTED = 0.3, 0.3, 0.3  # probabilities
SHADES, GAINS = (-30, 30), (0.6, 1.4)


class RenderedSurfaces(Dataset):
    """Item k is batch k of one epoch: (N, 3, input_px, input_px) float32 in [0, 1], in a tuple.

    surfaces : names in surfedge.synthesis.SURFACES. textures : a folder of images that half of the crops are taken of,
    "" for none. side_px : of each image. epoch : None for HELD_OUT images that training does not show, always the same.
    """

    def __init__(
        self,
        surfaces: tuple[str, ...],
        textures: str,
        side_px: int,
        seed: int,
        epoch: int | None,
        count: int,
        batch: int,
    ) -> None:
        self._origin = (seed, PURPOSE, 0 if epoch is None else 1 + epoch)
        self._count = HELD_OUT if epoch is None else count
        self._batch, self._side_px, self._surfaces = batch, side_px, surfaces
        self._textures = TextureFolder(textures) if textures else None

    def __len__(self) -> int:
        return -(-self._count // self._batch)

    def __getitem__(self, number: int) -> tuple[Tensor]:
        places = range(number * self._batch, min((number + 1) * self._batch, self._count))
        drawn = [self._image(np.random.default_rng([*self._origin, place])) for place in places]
        return (torch.from_numpy(np.stack(drawn).transpose(0, 3, 1, 2) * np.float32(1 / 255)),)

    def _image(self, rng: np.random.Generator) -> Levels:
        """(input_px, input_px, 3)."""
        if self._textures is not None and rng.random() < TEXTURES_SHARE:
            levels = self._textures[int(rng.integers(len(self._textures)))]
        else:
            levels = _rendered(self._surfaces[int(rng.integers(len(self._surfaces)))], int(rng.integers(OF_EACH)))
        crop = _cropped(levels, self._side_px, rng)
        if rng.random() < OVERLAID:
            crop = draw_anomaly(crop, rng, None, probability=1.0).anomalous
        if rng.random() < ALTERED:
            crop = augmented(crop, rng)[0]
        return _toned(crop, rng)


@lru_cache(maxsize=16 * OF_EACH)
def _rendered(surface: str, number: int) -> Levels:
    """Number k of a surface: every other one with a defect, every other two of larger pixels."""
    seed = zlib.crc32(f"{surface} {number}".encode())
    defects = (USUAL_DEFECTS[seed % len(USUAL_DEFECTS)],) if number % 2 else ()
    levels = render(surface, (SIDE_PX, SIDE_PX), PIXEL_SIZES_MM[number // 2 % 2], defects, seed).image
    levels.flags.writeable = False  # shared by all who ask
    return levels


def _cropped(levels: Levels, side_px: int, rng: np.random.Generator) -> Levels:
    """A square of another scale, turned by quarters and flipped, of `side_px` again."""
    taken = min(*levels.shape[:2], max(8, round(side_px * rng.uniform(*SCALES))))
    y, x = (int(rng.integers(size - taken + 1)) for size in levels.shape[:2])
    crop = np.rot90(levels[y : y + taken, x : x + taken], int(rng.integers(4)))
    crop = crop[:, ::-1] if rng.random() < 0.5 else crop
    shrinks = taken > side_px
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(crop), (side_px, side_px), interpolation=way), np.uint8)


def _toned(levels: Levels, rng: np.random.Generator) -> Levels:
    """Three channels, lighter or darker, with more or less contrast, now and then tinted."""
    colour = cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB) if levels.ndim == 2 else levels
    tint = rng.uniform(0.7, 1.3, 3) if rng.random() < TINTED else np.ones(3)
    values = (colour.astype(np.float32) - 128.0) * (tint * rng.uniform(*GAINS)).astype(np.float32)
    return np.clip(np.rint(values + 128.0 + rng.uniform(*SHADES)), 0, 255).astype(np.uint8)

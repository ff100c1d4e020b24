"""Batches of good images with foreign textures laid over them under masks of gradient noise (DRAEM, 2021, section 3).

What is drawn depends on (seed, epoch, place in the epoch) alone, so that a killed run goes on as it would have.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from surfedge.datasets import find_images
from surfedge.images import read, to_rgb_f32
from surfedge.synthesis.perlin import perlin_anomaly
from surfedge.training.batches.crops import Crops
from surfedge.training.batches.examples import Examples

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

PURPOSE = 6  # sets its random numbers apart from those of places, turns and handicaps


class PerlinAnomalies(Dataset):
    """Item k is batch k of one epoch: with anomalies, without, both (N, C, t, t) float32 in [0, 1], and the masks
    (N, 1, t, t), 1 where anomalous.

    textures : a folder of foreign images, "" for other parts of the same image and rendered surfaces. turn_probability
    : of a good image that is turned first. epoch : None for the held-out images, which always get the same anomalies.
    """

    def __init__(
        self, examples: Examples, recipe: Recipe, epoch: int | None, textures: str, turn_probability: float
    ) -> None:
        self._crops = Crops(examples, recipe, epoch)
        self._origin = (recipe.seed, PURPOSE, 0 if epoch is None else 1 + epoch)
        self._batch = recipe.training.batch
        self._textures = TextureFolder(textures) if textures else None
        self._turn_probability = turn_probability

    def __len__(self) -> int:
        return len(self._crops)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor, Tensor]:
        good = self._crops[number][1].numpy()
        clean, anomalous = np.empty_like(good), np.empty_like(good)
        masks = np.empty((len(good), 1, *good.shape[2:]), np.float32)
        for place, picture in enumerate(good):
            rng = np.random.default_rng([*self._origin, number * self._batch + place])
            image = picture[0] if len(picture) == 1 else np.ascontiguousarray(np.moveaxis(picture, 0, -1))
            drawn = perlin_anomaly(image, rng, self._textures, turn_probability=self._turn_probability)
            clean[place], anomalous[place] = (_channels_first(each) for each in drawn[:2])
            masks[place, 0] = drawn[2]
        return torch.from_numpy(anomalous), torch.from_numpy(clean), torch.from_numpy(masks)


class TextureFolder(Sequence[np.ndarray]):
    """The images below a folder, read when asked for: uint8 (h, w, 3). Raises DatasetError for a folder without."""

    def __init__(self, folder: str) -> None:
        self._paths: list[Path] = find_images([folder])

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, number: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, number: slice) -> list[np.ndarray]: ...
    def __getitem__(self, number: int | slice) -> np.ndarray | list[np.ndarray]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        return np.rint(255.0 * to_rgb_f32(read(self._paths[number]))).astype(np.uint8)


def _channels_first(image: np.ndarray) -> np.ndarray:
    return image[None] if image.ndim == 2 else np.moveaxis(image, -1, 0)

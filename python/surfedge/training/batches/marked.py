"""Batches of images with marked defects and of good ones, in the numbers asked for.

What is shown, where it is cut and how it is turned depends on (seed, stage, epoch, place in the epoch) alone, so that a
killed run goes on as it would have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from surfedge.datasets import GOOD
from surfedge.synthesis.perlin import perlin_anomaly
from surfedge.training.batches.balanced import balanced_order, places_of
from surfedge.training.batches.crops import handicapped, turning, unit
from surfedge.training.batches.examples import Examples
from surfedge.training.settings import Augmentation

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

DEFECT, ALSO_GOOD = "a defect", "another line"
PURPOSE = 7  # sets its random numbers apart from those of other batches


class MarkedCrops(Dataset):
    """Item k is batch k of one epoch: images (N, C, t, t) float32 in [0, 1], masks (N, 1, t, t) float32, 1 where
    defective, and whether there is a defect, (N,) float32.

    stage : its name; each draws for itself. good_per_defect : good images for each defective one. An epoch shows
    `data.samples` of the recipe, or each defective image once, and good ones of another line (`examples.added`) in the
    share of `transfer.also_good_share` on top. A tile of a defective image shows a defect; good tiles are given a
    Perlin anomaly as often as `augmentation.perlin` says.
    epoch : None for the held-out images: each once, always the same way.
    """

    def __init__(
        self, examples: Examples, recipe: Recipe, epoch: int | None, stage: str, good_per_defect: float
    ) -> None:
        self._examples, self._recipe, self._is_held_out = examples, recipe, epoch is None
        self._batch = recipe.training_of(stage).batch
        self._origin = [recipe.seed, PURPOSE, *stage.encode(), 0 if epoch is None else 1 + epoch]
        self._order = list(range(len(examples)))
        if epoch is not None:
            places = places_of(_kinds(examples))
            wanted = recipe.data.samples or round((1 + good_per_defect) * len(places.get(DEFECT, ())))
            defective = max(1, round(wanted / (1 + good_per_defect)))
            counts = {DEFECT: defective, GOOD: wanted - defective}
            if ALSO_GOOD in places:
                counts[ALSO_GOOD] = round(recipe.transfer.also_good_share * wanted)
            self._order = balanced_order(places, counts, np.random.default_rng(self._origin))

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor, Tensor]:
        if not 0 <= number < len(self):
            raise IndexError(number)
        places = range(number * self._batch, min(len(self._order), (number + 1) * self._batch))
        size, channels = self._recipe.network.input_px, self._recipe.network.channels
        images = np.empty((len(places), channels, size, size), np.float32)
        masks = np.empty((len(places), 1, size, size), np.float32)
        for row, place in enumerate(places):
            picture, mask = self._shown(place)
            images[row], masks[row] = unit(picture), unit(mask)
        if not self._is_held_out:
            self._make_anomalous(images, masks, self._chance(number, 2))
            images = handicapped(images, self._recipe.augmentation, self._chance(number, 1))
        is_defective = masks.reshape(len(masks), -1).max(axis=1)
        return torch.from_numpy(images), torch.from_numpy(masks), torch.from_numpy(is_defective)

    def _shown(self, place: int) -> tuple[np.ndarray, np.ndarray]:
        """The part of a picture that is shown, and of its mask, turned alike."""
        rng = self._chance(place, 0)
        picture, mask = (each[self._order[place]] for each in (self._examples.pictures, self._examples.maps))
        size = self._recipe.network.input_px
        turned = turning(Augmentation() if self._is_held_out else self._recipe.augmentation, rng)
        marked = np.argwhere(mask[0])
        aim = marked[rng.integers(len(marked))].tolist() if len(marked) else (None, None)
        y, x = (_start(length, size, at, rng) for length, at in zip(mask.shape[1:], aim, strict=True))
        crop = np.s_[:, y : y + size, x : x + size]
        return turned(picture[crop]), turned(mask[crop])

    def _make_anomalous(self, images: np.ndarray, masks: np.ndarray, rng: np.random.Generator) -> None:
        """Lay Perlin anomalies over some of the good tiles, and mark them."""
        share = self._recipe.augmentation.perlin
        for image, mask in zip(images, masks, strict=True):
            if share and not mask.any():
                good = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
                _, made, marked = perlin_anomaly(good, rng, None, probability=share, turn_probability=0.0)
                image[...] = made if made.ndim == 2 else np.moveaxis(made, -1, 0)
                mask[0] = marked

    def _chance(self, number: int, purpose: int) -> np.random.Generator:
        return np.random.default_rng([*self._origin, number, purpose])


def _kinds(examples: Examples) -> list[str]:
    added = examples.added or [False] * len(examples)
    return [
        ALSO_GOOD if is_added else GOOD if name == GOOD else DEFECT
        for name, is_added in zip(examples.classes, added, strict=True)
    ]


def _start(length: int, size: int, aim: int | None, rng: np.random.Generator) -> int:
    """Where a tile begins along one side: anywhere, or so that it shows the pixel `aim`."""
    low, high = 0, length - size
    if aim is not None:
        low, high = max(0, aim - size + 1), min(high, aim)
    return int(rng.integers(low, high + 1))

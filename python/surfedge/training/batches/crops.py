"""Batches of tiles cut from the pictures: place, flips, turns, handicap, each drawn from (seed, epoch, batch) alone.

So a run that was killed and continued gets what an uninterrupted one gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from surfedge.training.batches.examples import Examples
from surfedge.training.settings import Augmentation

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

Batch = tuple[Tensor, Tensor, Tensor]


class Crops(Dataset):
    """Item k is batch k of one epoch: input, target (N, C, t, t) float32 in [0, 1], maps (N, 1, t, t) or (0,).

    epoch : None for the validation tiles: always the same, neither turned nor handicapped.
    """

    def __init__(self, examples: Examples, recipe: Recipe, epoch: int | None) -> None:
        self._pictures, self._maps, self._recipe, self._epoch = examples.pictures, examples.maps, recipe, epoch
        self._whole = recipe.view == "whole"
        count = len(examples)
        wanted = recipe.data.samples or count
        if epoch is None:
            wanted = count if self._whole else max(count, round(wanted * recipe.data.validation_share))
        self._count = wanted

    def __len__(self) -> int:
        return -(-self._count // self._recipe.training.batch)

    def __getitem__(self, number: int) -> Batch:
        if not 0 <= number < len(self):
            raise IndexError(number)
        batch = self._recipe.training.batch
        samples = range(number * batch, min(self._count, (number + 1) * batch))
        size = self._recipe.network.input_px
        target = np.empty((len(samples), self._recipe.network.channels, size, size), np.float32)
        weights = np.empty((len(samples), 1, size, size) if self._maps else (0,), np.float32)
        for place, sample in enumerate(samples):
            picture, crop, turned = self._view(sample)
            target[place] = unit(turned(self._pictures[picture][crop]))
            if self._maps:
                weights[place] = unit(turned(self._maps[picture][crop]))
        given = (
            target if self._epoch is None else handicapped(target, self._recipe.augmentation, self._chance(4, number))
        )
        return torch.from_numpy(given), torch.from_numpy(target), torch.from_numpy(weights)

    def _view(self, sample: int) -> tuple[int, tuple[slice, ...], Callable[[np.ndarray], np.ndarray]]:
        """Which picture, which part of it, and how it is turned."""
        rng = self._chance(3, sample)
        picture = sample % len(self._pictures) if self._whole else int(rng.integers(len(self._pictures)))
        _, height, width = self._pictures[picture].shape
        size = self._recipe.network.input_px
        y, x = int(rng.integers(height - size + 1)), int(rng.integers(width - size + 1))
        augmentation = self._recipe.augmentation if self._epoch is not None else Augmentation()
        return picture, np.s_[:, y : y + size, x : x + size], turning(augmentation, rng)

    def _chance(self, purpose: int, number: int) -> np.random.Generator:
        """The random numbers of one sample or batch; tiles that are not fresh forget the epoch."""
        epoch = 0 if self._epoch is None else 1 + self._epoch
        if purpose == 3 and self._epoch is not None and not self._recipe.data.fresh:
            epoch = 1
        return np.random.default_rng([self._recipe.seed, purpose, epoch, number])


def turning(augmentation: Augmentation, rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """What flips and turns (C, h, w) as `augmentation` allows, drawn by `rng`."""
    flip_y, flip_x, turns = bool(rng.integers(2)), bool(rng.integers(2)), int(rng.integers(4))

    def turned(part: np.ndarray) -> np.ndarray:
        if augmentation.flips:
            part = part[:, :: -1 if flip_y else 1, :: -1 if flip_x else 1]
        return np.rot90(part, turns, (1, 2)) if augmentation.turns else part

    return turned


def covering_tiles(examples: Examples, input_px: int) -> Iterator[Tensor]:
    """Tiles (C, input_px, input_px) float32 in [0, 1] that show each place of each picture at least once."""
    for picture in examples.pictures:
        for y in _starts(picture.shape[1], input_px):
            for x in _starts(picture.shape[2], input_px):
                tile = unit(picture[:, y : y + input_px, x : x + input_px])
                yield torch.from_numpy(np.ascontiguousarray(tile))


def _starts(length: int, size: int) -> list[int]:
    """Where tiles begin, the last one flush with the end."""
    return [*range(0, length - size, size), length - size]


def handicapped(target: np.ndarray, augmentation: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """`target` with noise and a black square; `target` itself where neither is asked for. (N, C, h, w) in [0, 1]."""
    if not augmentation.noise_sigma and not augmentation.cutout_share:
        return target
    given = target.copy()
    if augmentation.noise_sigma:
        sigma = rng.uniform(0.0, augmentation.noise_sigma, (len(given), 1, 1, 1)).astype(np.float32)
        given += sigma * rng.standard_normal(given.shape, np.float32)
        np.clip(given, 0.0, 1.0, out=given)
    if augmentation.cutout_share:
        height, width = given.shape[-2:]
        side_y, side_x = (max(1, round(np.sqrt(augmentation.cutout_share) * size)) for size in (height, width))
        for tile in given:
            y, x = rng.integers(height - side_y + 1), rng.integers(width - side_x + 1)
            tile[:, y : y + side_y, x : x + side_x] = 0.0
    return given


def unit(part: np.ndarray) -> np.ndarray:
    """float32 in [0, 1] of uint8; float32 as it is."""
    return part.astype(np.float32) * np.float32(1.0 / 255.0) if part.dtype == np.uint8 else part

"""Batches of images with the share of each class: drawn evenly over the classes where asked, turned, mixed.

What is drawn depends on (seed, epoch, place in the epoch) alone, so that a killed run goes on as it would have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset

from surfedge.synthesis.augment import aug_mix, mixup
from surfedge.training.batches.crops import handicapped
from surfedge.training.batches.examples import Examples
from surfedge.training.families.stage import Batch, Stage, all_parameters
from surfedge.training.settings import Augmentation

if TYPE_CHECKING:
    from surfedge.training.recipe import Recipe

PURPOSE = 7  # sets its random numbers apart from those of other batches


class LabelledBatches(Dataset):
    """Item k is batch k of one epoch: images (N, C, h, w) float32 in [0, 1] and class shares (N, K), which sum to 1.

    Pictures without a class ("") are left out. epoch : None for the held-out images, all of them once as they are.
    batch : images at once, that of the stage.
    """

    def __init__(
        self, examples: Examples, recipe: Recipe, epoch: int | None, class_names: Sequence[str], batch: int
    ) -> None:
        number_of = {name: number for number, name in enumerate(class_names)}
        self._labels = [number_of.get(name, -1) for name in examples.classes]
        self._pictures, self._classes, self._batch = examples.pictures, len(class_names), batch
        self._augmentation = recipe.augmentation if epoch is not None else Augmentation()
        self._origin = (recipe.seed, PURPOSE, 0 if epoch is None else 1 + epoch)
        labelled = np.flatnonzero(np.array(self._labels) >= 0)
        wanted = recipe.data.samples if epoch is not None and recipe.data.samples else labelled.size
        is_balanced = recipe.data.balanced and epoch is not None
        self._order = self._balanced(labelled, wanted) if is_balanced else self._in_turn(labelled, wanted, epoch)

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch)

    def __getitem__(self, number: int) -> Batch:
        if not 0 <= number < len(self):
            raise IndexError(number)
        rng = np.random.default_rng([*self._origin, 1 + number])
        chosen = self._order[number * self._batch : (number + 1) * self._batch]
        pictures = np.stack([self._turned(_unit(self._pictures[each]), rng) for each in chosen])
        shares = np.zeros((len(chosen), self._classes), np.float32)
        shares[np.arange(len(chosen)), [self._labels[each] for each in chosen]] = 1.0
        pictures = handicapped(pictures, self._augmentation, rng)
        if self._augmentation.mixup and len(chosen) > 1:
            pictures, shares = mixed(pictures, shares, self._augmentation.mixup, rng)
        return torch.from_numpy(pictures), torch.from_numpy(shares)

    def _in_turn(self, labelled: np.ndarray, wanted: int, epoch: int | None) -> list[int]:
        """Every image as often as every other, in an order of the epoch's own."""
        if epoch is None:
            return [int(each) for each in labelled]
        rng = np.random.default_rng([*self._origin, 0])
        rounds = [rng.permutation(labelled) for _ in range(-(-wanted // max(labelled.size, 1)))]
        return [int(each) for each in np.concatenate(rounds)[:wanted]]

    def _balanced(self, labelled: np.ndarray, wanted: int) -> list[int]:
        """Every class as often as every other, and within it every image."""
        rng, labels = np.random.default_rng([*self._origin, 0]), np.array(self._labels)
        present = np.unique(labels[labelled])
        each = -(-wanted // present.size)
        drawn = []
        for name in present:
            own = labelled[labels[labelled] == name]
            drawn.append(np.concatenate([rng.permutation(own) for _ in range(-(-each // own.size))])[:each])
        return [int(place) for place in rng.permutation(np.concatenate(drawn))[:wanted]]

    def _turned(self, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A picture (C, H, W) flipped, turned and varied as the recipe says."""
        flip_y, flip_x, turns = bool(rng.integers(2)), bool(rng.integers(2)), int(rng.integers(4))
        if self._augmentation.flips:
            picture = picture[:, :: -1 if flip_y else 1, :: -1 if flip_x else 1]
        if self._augmentation.turns:
            picture = np.rot90(picture, turns, (1, 2))
        if self._augmentation.aug_mix:
            picture = _channels_first(aug_mix(_channels_last(picture), None, rng)[0])
        return np.ascontiguousarray(picture)


def mixed(
    pictures: np.ndarray, shares: np.ndarray, alpha: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Each image and its shares mixed with those of another of the batch (surfedge.synthesis.augment.mixup)."""
    others = np.roll(rng.permutation(len(pictures)), 1)
    found = [
        mixup(_channels_last(pictures[a]), shares[a], _channels_last(pictures[b]), shares[b], rng, alpha)
        for a, b in enumerate(others)
    ]
    return np.stack([_channels_first(image) for image, _, _ in found]), np.stack([label for _, label, _ in found])


def cross_entropy(logits: Tensor, shares: Tensor) -> Tensor:
    """-sum_k t_k log p_k, the mean over the images. logits, shares : (N, K)."""
    return -(shares * functional.log_softmax(logits, dim=1)).sum(dim=1).mean()


def classifier_stage(
    recipe: Recipe,
    class_names: Sequence[str],
    name: str = "",
    parameters: Callable[[nn.Module], Iterable[nn.Parameter]] = all_parameters,
) -> Stage:
    """Images in, cross-entropy down; the held-out images' cross-entropy keeps the weights."""
    settings = recipe.training_of(name)

    def batches(examples: Examples, epoch: int | None) -> LabelledBatches:
        return LabelledBatches(examples, recipe, epoch, class_names, settings.batch)

    def losses(network: nn.Module, batch: Batch) -> Iterator[Tensor]:
        images, shares = batch
        yield cross_entropy(network(images.contiguous(memory_format=torch.channels_last)), shares)

    def validate(network: nn.Module, batch: Batch) -> Tensor:
        images, shares = batch
        return cross_entropy(network(images), shares)

    return Stage(settings, batches, losses, validate, name, parameters)


def _channels_last(picture: np.ndarray) -> np.ndarray:
    """(H, W) or (H, W, 3) of (C, H, W)."""
    return np.ascontiguousarray(picture[0] if len(picture) == 1 else np.moveaxis(picture, 0, -1))


def _channels_first(image: np.ndarray) -> np.ndarray:
    return image[None] if image.ndim == 2 else np.ascontiguousarray(np.moveaxis(image, -1, 0))


def _unit(picture: np.ndarray) -> np.ndarray:
    return picture.astype(np.float32) * np.float32(1.0 / 255.0) if picture.dtype == np.uint8 else picture

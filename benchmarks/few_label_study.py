"""The data of few_labels.py: one test set, labelled shares, what an encoder sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from surfedge.datasets import Description, class_set, describe_all, divide, find_duplicates, groups_of
from surfedge.images import read, resized, to_grey_u8
from surfedge.training.batches.examples import Examples

TEST_SHARE, VALIDATION_SHARE = 0.3, 0.2
INPUT_PX = 96
LATENT = 256


@dataclass(frozen=True)
class Study:
    """Images of one data set, what is learned from and what is judged.

    shown : images that a network with labels is shown in all. unlabelled : images that an encoder is shown in all.
    is_choice : judge the training images without a label in place of the test images, which no choice may see.
    """

    folder: Path
    out: Path
    weights: str
    shown: int = 16_000
    unlabelled: int = 24_000
    is_choice: bool = False

    @cached_property
    def samples(self) -> list[Any]:
        """Labelled images, each class with two or more."""
        return list(class_set(self.folder).samples)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The classes."""
        return tuple(sorted({sample.label for sample in self.samples}))

    @cached_property
    def labels(self) -> np.ndarray:
        """Class numbers (N,)."""
        return np.array([self.names.index(sample.label) for sample in self.samples])

    @cached_property
    def is_test(self) -> np.ndarray:
        """bool (N,): 30 % of each class; near-duplicates lie on one side."""
        known = [each for each in describe_all([s.path for s in self.samples]) if isinstance(each, Description)]
        pairs = [(pair.kept, pair.double) for pair in find_duplicates(known)]
        print(f"{self.folder.name}: {len(self.samples)} images, {len(pairs)} near-duplicates kept on one side")
        classes: dict[str, list[Path]] = {name: [] for name in self.names}
        for sample in self.samples:
            classes[sample.label].append(sample.path)
        groups = groups_of([sample.path for sample in self.samples], pairs=pairs)
        sides = divide(classes, {"learn": 1 - TEST_SHARE, "test": TEST_SHARE}, groups, seed=0).sides
        held = {path for paths in sides["test"].values() for path in paths}
        return np.array([sample.path in held for sample in self.samples])

    @cached_property
    def pictures(self) -> list[np.ndarray]:
        """uint8 (1, 96, 96) each."""
        size = (INPUT_PX, INPUT_PX)
        return [to_grey_u8(resized(read(sample.path), size))[None] for sample in self.samples]

    @cached_property
    def images(self) -> torch.Tensor:
        """float32 (N, 1, 96, 96) in [0, 1]."""
        return torch.from_numpy(np.stack(self.pictures).astype(np.float32) / 255)

    def judged(self, chosen: np.ndarray) -> np.ndarray:
        """Which images are judged where `chosen` have a label, numbers."""
        if self.is_choice:
            return np.setdiff1d(np.flatnonzero(~self.is_test), chosen)
        return np.flatnonzero(self.is_test)

    def labelled(self, share: float, seed: int) -> np.ndarray:
        """Which images have a label, numbers: of each class that share, those of a smaller one among them."""
        rng, chosen = np.random.default_rng([seed, 11]), []
        for number in range(len(self.names)):
            own = rng.permutation(np.flatnonzero((self.labels == number) & ~self.is_test))
            chosen.append(own[: max(2, round(share * own.size))])
        return np.concatenate(chosen)

    def examples(self, chosen: Sequence[int], with_classes: bool = True) -> Examples:
        """The chosen images as a network is shown them."""
        classes = [self.names[self.labels[each]] for each in chosen] if with_classes else ()
        return Examples([self.pictures[each] for each in chosen], classes=classes)

    def divided(self, chosen: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """What is learned from and what stops the training: of each class a fifth, one at least."""
        rng, held = np.random.default_rng([seed, 12]), []
        for number in np.unique(self.labels[chosen]):
            own = rng.permutation(chosen[self.labels[chosen] == number])
            held.append(own[: max(1, round(VALIDATION_SHARE * own.size))])
        out = np.concatenate(held)
        return np.setdiff1d(chosen, out), out

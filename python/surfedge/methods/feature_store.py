"""The features of good images while they are learned from: projected, kept once, remembered in whole or without a part.

A bank cannot unlearn an image, and a Gaussian of each position would have to be factored again for every one: the
images are parted into a few folds, and an image is judged by what all folds but its own taught.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np

from surfedge.methods.bank_of_features import BankForm, learn_bank
from surfedge.methods.feature_memory import FeatureMemory
from surfedge.methods.feature_projection import learn_projection

MANY = 64  # images: of more, a fourth may be left out at a time, of fewer an eighth
FIRST = 64  # images that the projection comes from: 65,000 cells of 32 x 32
MOST_BYTES = 1 << 30  # of kept features; beyond it every second image's are dropped


@dataclass
class FeatureStore:
    """projection, offset : see learn_projection. images : features of each, float16 (rows, columns, d), None where
    there was no room for more.

    The projection comes from all images: it decides which directions are looked at, and the Gaussian along them does
    not depend on it further; what is usual along them comes from the images asked for alone.
    """

    projection: np.ndarray
    offset: np.ndarray
    images: list[np.ndarray | None]
    _without: dict[tuple[BankForm, int], FeatureMemory] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, features: Iterable[np.ndarray], layers: Sequence[int], dimensions: int, rng: np.random.Generator
    ) -> FeatureStore:
        """From features of good images, float32 (rows, columns, D). layers : how many of D belong to each layer."""
        source = iter(features)
        first = [np.asarray(each, np.float32) for each in islice(source, FIRST)]
        flat = [each.reshape(-1, each.shape[2]) for each in first]
        sizes = layers or (first[0].shape[2],) if first else layers
        projection, offset = learn_projection(flat, sizes, dimensions, rng)
        images: list[np.ndarray | None] = []
        room, step = MOST_BYTES, 1
        for number, each in enumerate(chain(first, source)):
            kept = projected(each, projection, offset).astype(np.float16) if number % step == 0 else None
            images.append(kept)
            room -= 0 if kept is None else kept.nbytes
            if room < 0:
                step *= 2
                images = [each if place % step == 0 else None for place, each in enumerate(images)]
                room = MOST_BYTES - sum(each.nbytes for each in images if each is not None)
        return cls(projection, offset, images)

    def all(self, form: BankForm) -> FeatureMemory:
        """What all images taught."""
        return FeatureMemory.of(learn_bank(form, self._taken(-1)))

    def without(self, form: BankForm, number: int) -> FeatureMemory:
        """What all images but those of the fold of image `number` taught: itself alone where there are 8 or fewer."""
        key = form, self._fold(number)
        if key not in self._without:
            self._without[key] = FeatureMemory.of(learn_bank(form, self._taken(key[1])))
        return self._without[key]

    def _fold(self, number: int) -> int:
        count = len(self.images)
        return number * (4 if count > MANY else 8) // count

    def _taken(self, left_out: int) -> Iterator[np.ndarray]:
        """Features of each image but those of a fold, float32 (d, rows, columns)."""
        for number, each in enumerate(self.images):
            if each is not None and self._fold(number) != left_out:
                yield each.transpose(2, 0, 1).astype(np.float32)


def projected(features: np.ndarray, projection: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Features, float32 (rows, columns, D), as they are compared: float32 (rows, columns, d)."""
    rows, columns, size = features.shape
    flat = features.reshape(-1, size) @ projection
    flat += offset
    return np.asarray(flat.reshape(rows, columns, -1))

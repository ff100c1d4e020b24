"""The confusion matrix: how often images of each class were given each class, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.levels import ratio

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """names : the K classes. counts : int64 (K, K), images by their true class (rows) and the class given (columns).

    >>> found = Confusion.of(["dent", "dent", "hole"], ["dent", "hole", "hole"])
    >>> found.counts.tolist(), found.recall.tolist()
    ([[1, 1], [0, 1]], [0.5, 1.0])
    """

    names: tuple[str, ...]
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, truth: Sequence[str], given: Sequence[str], names: Sequence[str] = ()) -> Confusion:
        """Of the true classes of images and those given; names : their order, by default that of the names.

        Raises ArgumentError for no images, different counts, or a class that is not among `names`.
        """
        if not truth or len(truth) != len(given):
            raise ArgumentError(
                "classes", found=f"{len(truth)} true and {len(given)} given", expected="as many, 1 or more"
            )
        known = tuple(names) or tuple(sorted({*truth, *given}))
        place = {name: number for number, name in enumerate(known)}
        if unknown := sorted({*truth, *given} - set(known)):
            raise ArgumentError("classes", found=", ".join(unknown[:5]), expected=f"some of {', '.join(known)}")
        counts = np.zeros((len(known), len(known)), np.int64)
        np.add.at(counts, ([place[each] for each in truth], [place[each] for each in given]), 1)
        return cls(known, counts)

    @property
    def images(self) -> list[int]:
        """Images of each class."""
        return [int(count) for count in self.counts.sum(axis=1)]

    @property
    def recall(self) -> Array:
        """The fraction of each class's images that were given it, (K,); NaN for a class without images."""
        return ratio(np.diag(self.counts), self.counts.sum(axis=1))

    @property
    def precision(self) -> Array:
        """The fraction of the images given each class that are of it, (K,); NaN for a class that none was given."""
        return ratio(np.diag(self.counts), self.counts.sum(axis=0))

    @property
    def f1(self) -> Array:
        """2 TP / (2 TP + FP + FN) of each class, (K,); NaN for a class without images that none was given."""
        return ratio(2 * np.diag(self.counts), self.counts.sum(axis=0) + self.counts.sum(axis=1))

    @property
    def accuracy(self) -> float:
        """The fraction of all images that were given their class."""
        return float(np.trace(self.counts) / self.counts.sum())

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes that have images."""
        return float(self.f1[np.array(self.images) > 0].mean())

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        of_class = zip(self.images, self.recall, self.precision, self.f1, strict=True)
        names = ("images", "recall", "precision", "f1")
        each = {
            name: dict(zip(names, map(float, values), strict=True))
            for name, values in zip(self.names, of_class, strict=True)
        }
        return {"classes": list(self.names), "counts": self.counts.tolist(), "of_class": each}

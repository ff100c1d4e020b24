"""NMSE: how well reconstructions are, beside an image of even mid-grey."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.checked import checked_pairs
from surfedge.metrics.counting.figure import RECONSTRUCTIONS, Figure, defective, good


def nmse(images: Iterable[Any], reconstructions: Iterable[Any]) -> float:
    """Mean over images of ||X - Y||^2 / ||X - 0.5||^2: 0 is perfect, 1 is no better than mid-grey.

    images, reconstructions : arrays of equal shape each, scaled to [0, 1].

    Returns a value >= 0; infinite when an image is mid-grey throughout and its reconstruction is not, NaN
    when both are. Raises ArgumentError for no images, different counts or shapes, or values that are not
    finite.

    >>> nmse([[[0.0, 1.0]]], [[[0.25, 1.0]]])
    0.125
    """
    ratios = []
    for i, (x, y) in enumerate(checked_pairs(images, reconstructions, "reconstructions")):
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        if x.shape != y.shape or x.size == 0 or not (np.isfinite(x).all() and np.isfinite(y).all()):
            found = f"shape {y.shape}, finite: {bool(np.isfinite(y).all())}"
            raise ArgumentError(f"reconstruction {i}", found=found, expected=f"finite, shape {x.shape}")
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(np.square(x - y).sum() / np.square(x - 0.5).sum())
    return float(np.mean(ratios))


@dataclass(frozen=True)
class Reconstructions:
    """The NMSE of each image, good and defective apart, one image in at a time.

    >>> seen = Reconstructions()
    >>> seen.add([[0.0, 1.0]], [[0.25, 1.0]], is_defect=False)
    >>> seen.mean(is_defect=False), seen.mean(is_defect=True)
    (array([0.125]), array([nan]))
    """

    ratios: dict[bool, list[float]] = field(default_factory=lambda: {False: [], True: []})

    def add(self, image: Any, reconstruction: Any, *, is_defect: bool) -> None:
        """Count one image. Raises ArgumentError as `nmse` does."""
        self.ratios[is_defect].append(nmse([image], [reconstruction]))

    def mean(self, *, is_defect: bool) -> np.ndarray:
        """The mean of one kind, (1,); NaN without an image."""
        return np.array([np.mean(self.ratios[is_defect]) if self.ratios[is_defect] else np.nan])


FIGURES = (
    Figure("nmse", RECONSTRUCTIONS, lambda seen: seen.mean(is_defect=False), "NMSE", over=good, is_quoted=True),
    Figure(
        "nmse_defective",
        RECONSTRUCTIONS,
        lambda seen: seen.mean(is_defect=True),
        title="NMSE of defective images",
        over=defective,
        is_quoted=True,
    ),
)

"""One labelled image with its truth, and halves of a list of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surfedge.datasets.folder_names import GOOD, UNLABELLED
from surfedge.datasets.mask_pixels import read_mask
from surfedge.errors import ArgumentError, DatasetError


@dataclass(frozen=True)
class Sample:
    """One labelled image: path, class name ("good" for defect-free), path of its mask or None."""

    path: Path
    label: str
    mask_path: Path | None = None

    @property
    def is_defective(self) -> bool:
        """Whether the class is another than "good"."""
        return self.label != GOOD

    def check_copy(self, copy: Sample) -> None:
        """Raises DatasetError where `copy`, which has the same pixels, is said to be of another class."""
        if copy.label != self.label and UNLABELLED not in (copy.label, self.label):
            raise DatasetError(
                copy.path,
                found=f"the same image as {self.path}, of class {copy.label} and of class {self.label}",
                expected="one class for each image",
                remedy="remove one of them",
            )

    def mask(self, shape: tuple[int, int]) -> np.ndarray | None:
        """Truth as bool (H, W); all False for a good image, None for a defective one without a mask.

        Raises DatasetError when the mask's size is not the image's.
        """
        if not self.is_defective:
            return np.zeros(shape, bool)
        if self.mask_path is None:
            return None
        truth = read_mask(self.mask_path).marked
        if truth.shape != shape:
            raise DatasetError(
                self.mask_path,
                found=f"a mask of {truth.shape[1]} x {truth.shape[0]} pixels",
                expected=f"{shape[1]} x {shape[0]}, as {self.path.name}",
            )
        return truth


def half_of(samples: Sequence[Sample], which: str) -> list[Sample]:
    """Every second sample of each class in the order given: "even", "odd", or "all" of them.

    Settings are chosen on one half, metrics reported on the other.
    """
    if which not in ("all", "even", "odd"):
        raise ArgumentError("half", found=repr(which), expected="all, even or odd")
    seen: dict[str, int] = {}
    kept = []
    for sample in samples:
        number = seen[sample.label] = seen.get(sample.label, -1) + 1
        if which == "all" or (number % 2 == 0) == (which == "even"):
            kept.append(sample)
    return kept

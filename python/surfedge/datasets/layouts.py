"""The two layouts surfedge reads: a plain folder of good images, and the MVTec layout with its truth.

MVTec layout (Bergmann et al., "MVTec AD", 2019): ``train/good``, ``test/<class>``,
``ground_truth/<class>/<name>_mask.png``; the class ``good`` has no masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surfedge.datasets.finding import find_images
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import read

GOOD = "good"


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

    def mask(self, shape: tuple[int, int]) -> np.ndarray | None:
        """Truth as bool (H, W); all False for a good image, None for a defective one without a mask.

        Raises DatasetError when the mask's size is not the image's.
        """
        if not self.is_defective:
            return np.zeros(shape, bool)
        if self.mask_path is None:
            return None
        pixels = read(self.mask_path).pixels
        truth = (pixels if pixels.ndim == 2 else pixels.max(axis=2)) > 0
        if truth.shape != shape:
            raise DatasetError(
                self.mask_path,
                found=f"a mask of {truth.shape[1]} x {truth.shape[0]} pixels",
                expected=f"{shape[1]} x {shape[0]}, as {self.path.name}",
            )
        return truth


def is_mvtec(folder: str | Path) -> bool:
    """Whether `folder` has the MVTec layout."""
    return (Path(folder) / "train" / GOOD).is_dir() or (Path(folder) / "test").is_dir()


def good_images(source: str | Path) -> list[Path]:
    """Images to learn from: ``train/good`` of an MVTec layout, else every image that `source` names.

    Raises DatasetError when there are none, or when folders named like defect classes stand beside "good".
    """
    folder = Path(source)
    if is_mvtec(folder):
        folder = folder / "train" / GOOD
    elif (folder / GOOD).is_dir():
        classes = sorted(entry.name for entry in folder.iterdir() if _is_class(entry) and entry.name != GOOD)
        if classes:
            raise DatasetError(
                folder,
                found=f"the folders {', '.join(classes[:5])} beside good",
                expected="good images only",
                remedy=f"give {folder / GOOD}",
            )
    paths = find_images([folder])
    if not paths:
        raise DatasetError(folder, found="no image", expected="a folder of good images", remedy="check the path")
    return paths


def labelled_images(folder: str | Path) -> list[Sample]:
    """Labelled images below ``test`` of an MVTec layout (or below `folder`, one sub-folder a class).

    Raises DatasetError when there are no classes or no images.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DatasetError(root, found="no folder", expected="a data set in the MVTec layout", remedy="check the path")
    test = root / "test" if (root / "test").is_dir() else root
    truth = root / "ground_truth"
    samples = []
    for place in sorted(entry for entry in test.iterdir() if _is_class(entry) and entry != truth):
        masks = _masks(truth / place.name)
        samples += [Sample(path, place.name, masks.get(path.stem)) for path in find_images([place])]
    if not samples:
        raise DatasetError(
            test,
            found="no class folder with images",
            expected="test/good, test/<defect class>, ...",
            remedy="lay the data out as docs/tutorial.md shows",
        )
    return samples


def half_of(samples: list[Sample], which: str) -> list[Sample]:
    """Every second sample of each class in the order given: "even", "odd", or "all" of them.

    Settings are chosen on one half, figures quoted from the other.
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


def _is_class(entry: Path) -> bool:
    return entry.is_dir() and not entry.name.startswith(".")


def _masks(folder: Path) -> dict[str, Path]:
    """Masks by the stem of their image."""
    if not folder.is_dir():
        return {}
    return {path.stem.removesuffix("_mask"): path for path in find_images([folder])}

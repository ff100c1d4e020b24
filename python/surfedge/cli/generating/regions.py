"""Labelled defects in a folder: pieces of masks, or boxes; which image, which class, where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surfedge.cli.generating.voc_boxes import Box, read_boxes
from surfedge.errors import DatasetError, SurfedgeError

LEAST_PX = 4
TOGETHER_PX = 7  # pieces of a mask that are nearer than this are one defect


@dataclass(frozen=True)
class Region:
    """One labelled defect: in a `box` of its image, or piece number `piece` of its mask, from 1."""

    path: Path
    class_name: str
    box: Box | None = None
    mask_path: Path | None = None
    piece: int = 0

    def plain(self) -> dict[str, Any]:
        """For the table."""
        if self.box is not None:
            return {"path": str(self.path), "class": self.class_name, "box": list(self.box)}
        return {
            "path": str(self.path),
            "class": self.class_name,
            "mask": str(self.mask_path),
            "piece": self.piece,
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Region:
        """From the table."""
        if "box" in plain:
            x, y, w, h = (int(n) for n in plain["box"])
            return cls(Path(plain["path"]), str(plain["class"]), (x, y, w, h))
        return cls(Path(plain["path"]), str(plain["class"]), None, Path(plain["mask"]), int(plain["piece"]))


@dataclass(frozen=True)
class Found:
    """regions : in the order of their files.   skipped : what could not be used: name and reason."""

    regions: list[Region]
    skipped: list[tuple[str, str]]


def find_regions(folder: str | Path, classes: Sequence[str] = ()) -> Found:
    """Labelled defects below `folder`, of the `classes` named, or of all.

    Three layouts: MVTec (test/<class>, ground_truth/<class>), images/ beside masks/, or images with VOC annotations of
    the same name beside them or in a folder beside theirs.

    Raises DatasetError when there is no labelled defect, or none of a class that was named.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DatasetError(
            root, found="no folder", expected="a folder of labelled defects", remedy="check the path"
        )
    if (root / "ground_truth").is_dir():
        found = _mvtec(root)
    elif (root / "masks").is_dir():
        found = _beside_masks(root)
    else:
        found = _annotated(root)
    if not found.regions:
        reason = (
            f"; the first of {len(found.skipped)}: {': '.join(found.skipped[0])}" if found.skipped else ""
        )
        raise DatasetError(
            root,
            found=f"no labelled defect{reason}",
            expected="masks, or VOC boxes (.xml)",
            remedy="lay them out as docs/making-defects.md shows",
        )
    known = sorted({region.class_name for region in found.regions})
    for name in classes:
        if name not in known:
            raise DatasetError(root, found=f"no class {name!r}", expected=f"one of {', '.join(known)}")
    kept = [region for region in found.regions if not classes or region.class_name in classes]
    return Found(kept, found.skipped)


def piece_of(mask_path: Path, piece: int) -> np.ndarray:
    """One piece of a mask, bool (H, W)."""
    mask = _mask(mask_path)
    return mask & (_pieces(mask) == piece)


def _mvtec(root: Path) -> Found:
    from surfedge.datasets.layouts import labelled_images

    pairs = [
        (sample.path, sample.label, sample.mask_path)
        for sample in labelled_images(root)
        if sample.is_defective
    ]
    return _masked(pairs)


def _beside_masks(root: Path) -> Found:
    from surfedge.datasets.finding import find_images

    place = root / "images" if (root / "images").is_dir() else root
    masks = {path.stem.removesuffix("_mask"): path for path in find_images([root / "masks"])}
    images = [path for path in find_images([place]) if root / "masks" not in path.parents]
    return _masked([(path, "defect", masks.get(path.stem)) for path in images])


def _masked(pairs: Sequence[tuple[Path, str, Path | None]]) -> Found:
    found = Found([], [])
    for path, class_name, mask_path in pairs:
        if mask_path is None:
            found.skipped.append((str(path), "has no mask"))
            continue
        try:
            pieces = _pieces(_mask(mask_path))
        except SurfedgeError as error:
            found.skipped.append((str(mask_path), error.reason))
            continue
        sizes = np.bincount(pieces.reshape(-1))[1:]
        found.regions.extend(
            Region(path, class_name, None, mask_path, piece)
            for piece, size in enumerate(sizes, start=1)
            if size >= LEAST_PX
        )
    return found


def _annotated(root: Path) -> Found:
    from surfedge.datasets.finding import find_images

    annotations: dict[str, list[Path]] = {}
    for path in sorted(root.rglob("*.xml")):
        annotations.setdefault(path.stem, []).append(path)
    found = Found([], [])
    for path in find_images([root]):
        candidates = annotations.get(path.stem, [])
        same_class = [each for each in candidates if each.parent.name == path.parent.name]
        chosen = same_class if len(candidates) > 1 else candidates
        if len(chosen) != 1:
            found.skipped.append(
                (str(path), f"has {len(chosen) or 'no'} annotation{'s' * (len(chosen) > 1)}")
            )
            continue
        try:
            found.regions.extend(Region(path, name, box) for name, box in read_boxes(chosen[0]))
        except (SurfedgeError, OSError) as error:
            found.skipped.append((str(chosen[0]), getattr(error, "reason", str(error))))
    return found


def _mask(path: Path) -> np.ndarray:
    from surfedge.images import read

    pixels = read(path).pixels
    return np.asarray((pixels if pixels.ndim == 2 else pixels.max(axis=2)) > 0)


def _pieces(mask: np.ndarray) -> np.ndarray:
    """Number of the piece of each pixel, 0 outside; int32 (H, W)."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (TOGETHER_PX, TOGETHER_PX))
    grown = cv2.dilate(mask.astype(np.uint8), kernel)
    labels = cv2.connectedComponents(grown, connectivity=8)[1]
    return np.where(mask, labels, 0)

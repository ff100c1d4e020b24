"""Labelled defects in a folder: pieces of masks, or boxes; which image, which class, where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surfedge.datasets import Box, read_boxes
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
        return {"path": str(self.path), "class": self.class_name, "mask": str(self.mask_path), "piece": self.piece}

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

    Images with masks, in any layout that `evaluate` reads, or images with VOC annotations of the same name beside them
    or in a folder beside theirs.

    Raises DatasetError when there is no labelled defect, or none of a class that was named.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DatasetError(root, found="no folder", expected="a folder of labelled defects", remedy="check the path")
    annotations = sorted(root.rglob("*.xml"))
    found = _boxed(root, annotations) if annotations else _masked(root)
    if not found.regions:
        reason = f"; the first of {len(found.skipped)}: {': '.join(found.skipped[0])}" if found.skipped else ""
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


def _masked(root: Path) -> Found:
    from surfedge.datasets import labelled_set

    found = Found([], [])
    try:
        samples = labelled_set(root).samples
    except DatasetError as error:
        found.skipped.append((error.name, f"found {error.found}"))
        return found
    for sample in samples:
        if not sample.is_defective:
            continue
        if sample.mask_path is None:
            found.skipped.append((str(sample.path), "has no mask"))
            continue
        try:
            pieces = _pieces(_mask(sample.mask_path))
        except SurfedgeError as error:
            found.skipped.append((str(sample.mask_path), error.reason))
            continue
        sizes = np.bincount(pieces.reshape(-1))[1:]
        found.regions.extend(
            Region(sample.path, sample.label, None, sample.mask_path, piece)
            for piece, size in enumerate(sizes, start=1)
            if size >= LEAST_PX
        )
    return found


def _boxed(root: Path, annotations: Sequence[Path]) -> Found:
    from surfedge.datasets import find_images

    named: dict[str, list[Path]] = {}
    for path in annotations:
        named.setdefault(path.stem, []).append(path)
    found = Found([], [])
    for path in find_images([root]):
        candidates = named.get(path.stem, [])
        same_class = [each for each in candidates if each.parent.name == path.parent.name]
        chosen = same_class if len(candidates) > 1 else candidates
        if len(chosen) != 1:
            found.skipped.append((str(path), f"has {len(chosen) or 'no'} annotation{'s' * (len(chosen) > 1)}"))
            continue
        try:
            found.regions.extend(Region(path, name, box) for name, box in read_boxes(chosen[0]))
        except (SurfedgeError, OSError) as error:
            found.skipped.append((str(chosen[0]), getattr(error, "reason", str(error))))
    return found


def _mask(path: Path) -> np.ndarray:
    from surfedge.datasets.mask_pixels import read_mask

    return read_mask(path).marked


def _pieces(mask: np.ndarray) -> np.ndarray:
    """Number of the piece of each pixel, 0 outside; int32 (H, W)."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (TOGETHER_PX, TOGETHER_PX))
    grown = cv2.dilate(mask.astype(np.uint8), kernel)
    labels = cv2.connectedComponents(grown, connectivity=8)[1]
    return np.where(mask, labels, 0)

"""Defects that somebody marked, in whatever way: masks, boxes, or no more than the folder that an image lies in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surfedge.datasets.box_table import TABLE_NAME, read_box_table
from surfedge.datasets.folder_names import Meaning, is_role
from surfedge.datasets.mask_pairs import pair
from surfedge.datasets.mask_pixels import read_mask
from surfedge.datasets.tree import Folders, Tree, meaning, test_part, tree_of
from surfedge.datasets.understood import LeftOut, Understood
from surfedge.datasets.voc_boxes import Box, read_boxes
from surfedge.errors import DatasetError

DEFECT = "defect"
_USED = (".xml", ".csv")


@dataclass(frozen=True)
class MarkedImage:
    """A defective image. label : kind of the defect. mask_path, annotation, boxes : where it is marked, the first of
    them that is there: by a mask, by the boxes of a VOC file, by boxes (x, y, width, height) in pixels; or nowhere.
    """

    path: Path
    label: str = DEFECT
    mask_path: Path | None = None
    annotation: Path | None = None
    boxes: tuple[Box, ...] = field(default=())

    @property
    def is_exact(self) -> bool:
        """Whether all that is marked is defect: with a mask alone."""
        return self.mask_path is not None

    def marked(self, shape: tuple[int, int]) -> np.ndarray:
        """Where the defect may be, bool (H, W), all of the image where nothing more is known.

        Raises DatasetError for a mask of another size or an empty one, and for a box outside the image.
        """
        if self.mask_path is not None:
            return self._by_mask(self.mask_path, shape)
        boxes = [box for _, box in read_boxes(self.annotation)] if self.annotation is not None else self.boxes
        if not boxes and self.annotation is not None:
            raise DatasetError(self.annotation, found="no object", expected="the boxes of defects")
        if not boxes:
            return np.ones(shape, np.bool_)
        found = np.zeros(shape, np.bool_)
        for x, y, width, height in boxes:
            if min(x, y) < 0 or min(width, height) < 1 or x + width > shape[1] or y + height > shape[0]:
                raise DatasetError(
                    self.annotation or self.path,
                    found=f"a box of {width} x {height} pixels at {x}, {y}",
                    expected=f"one inside the image of {shape[1]} x {shape[0]} pixels",
                    remedy="check the box, and whether the image was scaled after it was drawn",
                )
            found[y : y + height, x : x + width] = True
        return found

    def _by_mask(self, mask_path: Path, shape: tuple[int, int]) -> np.ndarray:
        found = read_mask(mask_path).marked
        if found.shape != shape:
            raise DatasetError(
                mask_path,
                found=f"a mask of {found.shape[1]} x {found.shape[0]} pixels",
                expected=f"{shape[1]} x {shape[0]}, as {self.path.name}",
            )
        if not found.any():
            raise DatasetError(
                mask_path,
                found="an empty mask",
                expected="the defect in white",
                remedy="mark it, or leave the image out",
            )
        return found


@dataclass(frozen=True)
class MarkedSet:
    """images : defective ones, in a fixed order. understood : how the folder was read."""

    images: tuple[MarkedImage, ...]
    understood: Understood


def marked_set(folder: str | Path, good: Sequence[str] = ()) -> MarkedSet:
    """The defects marked below `folder`; below its test folder where it is a data set with one.

    Images in sub-folders are of the kind that the folder names, all others are of the kind "defect"; those in a folder
    of good ones (good, OK, normal, ..., or as `good` names it) are left out. Masks are found as for `labelled_set`,
    boxes in VOC files (.xml) of the image's name, or in the table boxes.csv.

    Raises DatasetError when there is no folder or no defective image in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DatasetError(root, found="no folder", expected="a folder of images with marked defects")
    tree = tree_of(root)
    part = test_part(tree)
    groups = tree.below(part)
    is_good = {folders: meaning(folders, good) is Meaning.GOOD for folders in groups}
    chosen = {path: _label(folders) for folders, paths in groups.items() if not is_good[folders] for path in paths}
    left = sum(len(paths) for folders, paths in groups.items() if is_good[folders])
    if not chosen:
        raise DatasetError(
            root,
            found=f"good images alone, {left:,} of them" if left else "no image",
            expected="images of defects, marked by masks, boxes or their folder",
            remedy="put some defective images there; docs/few-labels.md shows how",
        )
    images = _marked(root, tree, chosen)
    left_out = tuple(each for each in tree.found.left_out(root) if each.what != "mask" and not _is_used(each))
    left_out += tree.beside(part) if part else ()
    if left:
        left_out = (*left_out, LeftOut(left, "image", "of a good folder: no defect is marked there"))
    counts = dict(Counter(image.label for image in images))
    return MarkedSet(images, Understood(str(root), _layout(images), counts, left_out))


def _label(folders: Folders) -> str:
    """The kind of defect: the first folder whose name says more than what its files are."""
    return next((name for name in folders if not is_role(name)), DEFECT)


def _is_used(left_out: LeftOut) -> bool:
    return any(f"ending in {ending}," in left_out.where for ending in _USED)


def _marked(root: Path, tree: Tree, label_of: Mapping[Path, str]) -> tuple[MarkedImage, ...]:
    paths = list(label_of)
    masks = pair(paths, tree.masks, root).mask_of if tree.masks else {}
    annotations = _annotations(root, paths)
    table = root / TABLE_NAME
    boxes = read_box_table(table, paths) if table.is_file() else {}
    return tuple(
        MarkedImage(path, label_of[path], masks.get(path), annotations.get(path), tuple(boxes.get(path, ())))
        for path in paths
    )


def _annotations(root: Path, paths: Sequence[Path]) -> dict[Path, Path]:
    """The VOC file of each image that has one: of its name, and of its folder's where several are."""
    named: dict[str, list[Path]] = {}
    for path in sorted(root.rglob("*.xml")):
        named.setdefault(path.stem, []).append(path)
    found = {}
    for path in paths:
        candidates = named.get(path.stem, [])
        same = [each for each in candidates if each.parent.name == path.parent.name]
        if len(chosen := same if len(candidates) > 1 else candidates) == 1:
            found[path] = chosen[0]
    return found


def _layout(images: Sequence[MarkedImage]) -> str:
    by_mask = sum(image.mask_path is not None for image in images)
    by_box = sum(image.mask_path is None and bool(image.annotation or image.boxes) for image in images)
    ways = ((by_mask, "by a mask"), (by_box, "by boxes"), (len(images) - by_mask - by_box, "as a whole"))
    return f"defects marked {', '.join(f'{way} {count:,}' for count, way in ways if count)}"

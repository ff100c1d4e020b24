"""The good images to learn from, in whatever folders people keep them; never a defect among them unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from surfedge.datasets.finding import find
from surfedge.datasets.folder_names import TEST_NAMES, Meaning
from surfedge.datasets.mask_pairs import pair
from surfedge.datasets.mask_pixels import read_mask
from surfedge.datasets.tree import Folders, Tree, counted, meaning, training_part, tree_of
from surfedge.datasets.understood import LeftOut, Understood
from surfedge.errors import ArgumentError, DatasetError, ImageError

MAX_SAID = 5


@dataclass(frozen=True)
class GoodSet:
    """images : to learn from, in a fixed order. understood : how the folders were read."""

    images: tuple[Path, ...]
    understood: Understood


def good_images(source: str | Path, good: Sequence[str] = ()) -> list[Path]:
    """The images of `good_set`."""
    return list(good_set(source, good).images)


def good_set(source: str | Path, good: Sequence[str] = ()) -> GoodSet:
    """Good images below a folder, or those that a pattern or list names.

    Of a data set with a training folder, its good class, or all of it where no name speaks of classes. Of other
    folders, everything below, where no sub-folder bears a good or a defect name (cameras, dates); masks never, and with
    masks only the images in which nothing is marked. Where a good class stands beside other images, nothing is guessed:
    DatasetError says which folder to give. `good` names the good folders instead; the rest is then left out and said.

    Raises DatasetError for a folder without good images, or with folders named like defects among them.
    """
    given = Path(source)
    if not given.is_dir():
        return _listed(given, good)
    tree = tree_of(given)
    train = training_part(tree)
    if train is not None:
        chosen = _of_groups(tree, train, tree.below(train), good)
        left_out = (*tree.found.left_out(given), *tree.beside(train), *chosen.understood.left_out)
        seen = chosen.understood
        return GoodSet(chosen.images, Understood(str(given), seen.layout, seen.counts, left_out, seen.remarks))
    test = tree.top(TEST_NAMES)
    if test is not None and any(meaning(folders, good) is not Meaning.UNKNOWN for folders in tree.below(test)):
        _refuse(given, f"{test} with classes, but no train", "good images in train/good", "give the good ones' folder")
    chosen = _of_groups(tree, None, tree.images, good)
    seen = chosen.understood
    left_out = (*tree.found.left_out(given), *seen.left_out)
    return GoodSet(chosen.images, Understood(str(given), seen.layout, seen.counts, left_out, seen.remarks))


def _listed(source: Path, good: Sequence[str]) -> GoodSet:
    if good:
        raise ArgumentError("good", found=f"{source}, no folder", expected="a folder in which the names are sought")
    found = find([source])
    if not found.images:
        _refuse(source, "no image", "good images", "check the path")
    return GoodSet(
        found.images, Understood(str(source), "good images as named", {"": len(found.images)}, found.left_out())
    )


def _of_groups(tree: Tree, part: str | None, groups: dict[Folders, list[Path]], good: Sequence[str]) -> GoodSet:
    """The good ones among `groups`, which lie below the sub-folder `part` of the tree's root."""
    place = tree.root / part if part else tree.root
    if not groups:
        _refuse(place, "no image", "a folder of good images", "check the path")
    classes = {folders: _good_class(folders, good) for folders in groups}
    if any(classes.values()):
        return _of_class(place, part or "", groups, classes, is_chosen=bool(good or part))
    if good:
        _refuse(place, f"no folder {' or '.join(good)}", "one with good images", "check --good")
    defects = [folders for folders in groups if meaning(folders) is Meaning.DEFECT]
    if defects:
        names = _names(defects)
        _refuse(place, f"the folders {names}", "good images only", "name the good one: --good NAME, or give its folder")
    return _one_set(tree, part, groups)


def _of_class(
    place: Path, part: str, groups: dict[Folders, list[Path]], classes: dict[Folders, Folders], is_chosen: bool
) -> GoodSet:
    """The good class; the others are refused, or said to be left out where it was chosen."""
    good_folders = sorted(set(filter(None, classes.values())))
    others = {folders: paths for folders, paths in groups.items() if not classes[folders]}
    if others and not is_chosen:
        first = "/".join(good_folders[0])
        beside = _names([folders for folders in others if folders])
        found = f"the folders {beside} beside {first}" if beside else f"images beside {first}"
        _refuse(place, found, "good images only", f"give {place / first}")
    named = ", ".join("/".join(filter(None, (part, *folders))) for folders in good_folders[:MAX_SAID])
    layout = f"good images in {named}"
    left = tuple(LeftOut(count, "image", f"in {name}") for name, count in counted(others, place.name).items())
    cut = len(good_folders[0]) if len(good_folders) == 1 else 0
    return _set(layout, {folders[cut:]: paths for folders, paths in groups.items() if classes[folders]}, left)


def _one_set(tree: Tree, part: str | None, groups: dict[Folders, list[Path]]) -> GoodSet:
    """All of the images, but for those in which a mask marks something."""
    layout = "one set of good images" + (f" in {part}" if part else "")
    images = [path for paths in groups.values() for path in paths]
    mask_of = pair(images, tree.masks, tree.root).mask_of if tree.masks else {}
    marked = {path for path, mask in mask_of.items() if _is_marked(mask)}
    kept = {folders: left for folders, paths in groups.items() if (left := [p for p in paths if p not in marked])}
    if not kept:
        _refuse(tree.root, f"a defect marked in each of {len(images):,} images", "good images", "give good ones")
    left_out = (LeftOut(len(marked), "image", "in which a mask marks a defect"),) if marked else ()
    bare = len(images) - len(mask_of)
    said = f"masks: {bare:,} of {len(images):,} images have none, and are taken as good"
    return _set(layout, kept, left_out, (said,) if mask_of and bare else ())


def _set(
    layout: str, groups: dict[Folders, list[Path]], left_out: tuple[LeftOut, ...], remarks: tuple[str, ...] = ()
) -> GoodSet:
    images = tuple(path for paths in groups.values() for path in paths)
    return GoodSet(images, Understood("", layout, counted(groups, "directly in it"), left_out, remarks))


def _is_marked(mask: Path) -> bool:
    try:
        return bool(read_mask(mask).marked.any())
    except ImageError:
        return True  # nobody knows: not to be learned from


def _good_class(folders: Folders, good: Sequence[str]) -> Folders:
    """The folders down to the innermost that says good; () where the images are of no good class."""
    if meaning(folders, good) is not Meaning.GOOD:
        return ()
    return next(folders[:n] for n in range(len(folders), 0, -1) if meaning(folders[n - 1 : n], good) is Meaning.GOOD)


def _names(groups: Sequence[Folders]) -> str:
    names = list(dict.fromkeys("/".join(folders) for folders in groups))
    return ", ".join(names[:MAX_SAID]) + (f" and {len(names) - MAX_SAID} more" if len(names) > MAX_SAID else "")


def _refuse(place: Path, found: str, expected: str, remedy: str) -> NoReturn:
    raise DatasetError(place, found=found, expected=expected, remedy=remedy)

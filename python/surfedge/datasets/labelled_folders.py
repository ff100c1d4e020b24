"""Labelled images to judge by: classes by folder, or by what masks mark; masks found, missing and odd ones said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from surfedge.datasets.folder_names import GOOD, TEST_NAMES, TRAIN_NAMES, VALIDATION_NAMES, Meaning, meaning_of
from surfedge.datasets.mask_pairs import Pairs, pair
from surfedge.datasets.mask_pixels import MaskPixels, read_mask
from surfedge.datasets.sample import Sample
from surfedge.datasets.tree import Folders, Tree, meaning, test_part, tree_of
from surfedge.datasets.understood import LeftOut, Understood
from surfedge.errors import DatasetError, SurfedgeError

DEFECT = "defect"
_LOOKED_AT = 24  # masks of a set that are looked at for shades and for an inversion
_MOST = 0.5  # marked part of an image above which a mask may be inverted
_NAMED = 3


@dataclass(frozen=True)
class LabelledSet:
    """samples : labelled images, in a fixed order. understood : how the folders were read."""

    samples: tuple[Sample, ...]
    understood: Understood


def labelled_images(folder: str | Path, good: Sequence[str] = ()) -> list[Sample]:
    """The samples of `labelled_set`."""
    return list(labelled_set(folder, good).samples)


def labelled_set(folder: str | Path, good: Sequence[str] = ()) -> LabelledSet:
    """Labelled images below the test folder of a data set, or below `folder` itself: one sub-folder a class.

    The class is the folder beside the good one (good, OK, normal, ..., or as `good` names it); folders further up or
    down may be cameras or dates. Good images get the label "good". Where no name speaks of classes and the images have
    masks, those in which something is marked are of the class "defect". Masks are found by the path below the data
    set's root and by name, see `surfedge.datasets.mask_pairs.pair`.

    Raises DatasetError when there are no images, no classes, or nothing that distinguishes good from defective ones.
    """
    tree = _tree(Path(folder), "a data set in the MVTec layout")
    part = test_part(tree)
    if part is None and (train := tree.top(TRAIN_NAMES)) is not None:
        raise DatasetError(
            tree.root, found=f"{train}, but no test", expected="labelled images in test", remedy="give labelled images"
        )
    return _labelled(tree, part, good)


def training_set(folder: str | Path, good: Sequence[str] = ()) -> LabelledSet:
    """Labelled images to learn from, read as `labelled_set` does: below the training folder where there is one, else
    below the only one of another role, else below `folder` itself.

    Raises DatasetError as `labelled_set`, and where the training folder has good images alone.
    """
    tree = _tree(Path(folder), "a folder with good images and marked defects")
    train = tree.top(TRAIN_NAMES)
    groups = tree.below(train) if train else {}
    if groups and all(meaning(folders, good) is Meaning.GOOD for folders in groups):
        raise DatasetError(
            tree.root,
            found=f"good images alone in {train}",
            expected="defects to learn from in it as well: train/<defect class>, ground_truth/<defect class>",
            remedy="lay marked images out so; what is in test is to judge by",
        )
    return _labelled(tree, train or test_part(tree), good)


def _tree(root: Path, expected: str) -> Tree:
    if not root.is_dir():
        raise DatasetError(root, found="no folder", expected=expected, remedy="check the path")
    return tree_of(root)


def _labelled(tree: Tree, part: str | None, good: Sequence[str]) -> LabelledSet:
    """The images below the sub-folder `part` of the tree's root, None for all of them, with what is known of each."""
    root = tree.root
    groups = tree.below(part)
    named = {folders: paths for folders, paths in groups.items() if folders}
    masks = [mask for mask in tree.masks if mask.relative_to(root).parts[0] not in _other_parts(tree, part)]
    pairs = pair([path for paths in groups.values() for path in paths], masks, root) if masks else None
    left_out = (*tree.found.left_out(root), *(tree.beside(part) if part else ()))
    if any(meaning(folders, good) is not Meaning.UNKNOWN for folders in named):
        return _by_folder(root, part, groups, good, pairs, left_out)
    if pairs is not None and 2 * len(pairs.mask_of) >= sum(map(len, groups.values())):
        return _by_masks(root, part, groups, pairs, left_out)
    if pairs is None or not pairs.mask_of or len(named) < 2:
        _refuse(root / part if part else root, named, good)
    return _by_folder(root, part, groups, good, pairs, left_out)


def _other_parts(tree: Tree, part: str | None) -> set[str]:
    """The sub-folders of the root with the images of other roles: theirs are the masks in them."""
    tops = {tree.top(names) for names in (TRAIN_NAMES, TEST_NAMES, VALIDATION_NAMES)} if part else set()
    return {name for name in tops if name not in (None, part)}


def _refuse(place: Path, named: dict[Folders, list[Path]], good: Sequence[str]) -> NoReturn:
    if not named:
        raise DatasetError(
            place,
            found="no class folder with images",
            expected="test/good, test/<defect class>, ...",
            remedy="lay the data out as docs/tutorial.md shows",
        )
    names = list(dict.fromkeys(folders[0] for folders in named))
    wanted = f"a folder {' or '.join(good)}" if good else "a folder of good images (good, OK, normal, ...)"
    raise DatasetError(
        place,
        found=f"the folders {', '.join(names[:5])}, none of them good or a defect by its name",
        expected=wanted,
        remedy="name the good one: --good NAME",
    )


def _by_folder(
    root: Path,
    part: str | None,
    groups: dict[Folders, list[Path]],
    good: Sequence[str],
    pairs: Pairs | None,
    left_out: tuple[LeftOut, ...],
) -> LabelledSet:
    """Classes by the names of folders."""
    loose = groups.get((), [])
    place = root / part if part else root
    if loose:
        left_out = (*left_out, LeftOut(len(loose), "image", f"directly in {place.name}, of no class", is_unjudged=True))
    label_of = _labels([folders for folders in groups if folders], good)
    mask_of = pairs.mask_of if pairs else {}
    samples = tuple(
        Sample(path, label_of[folders], None if label_of[folders] == GOOD else mask_of.get(path))
        for folders, paths in groups.items()
        if folders
        for path in paths
    )
    layout = "classes by folder" + (f" in {part}" if part else "")
    understood = _understood(root, layout, samples, left_out, pairs)
    return LabelledSet(samples, replace(understood, remarks=(*understood.remarks, *_of_names(label_of))))


def _of_names(label_of: dict[Folders, str]) -> list[str]:
    """Classes that are taken for defects though no name says so, where there are no good images beside them."""
    said = [name for name in dict.fromkeys(label_of.values()) if meaning_of(name) is Meaning.UNKNOWN]
    if GOOD in label_of.values() or not said:
        return []
    named = ", ".join(said[:_NAMED]) + (f" and {len(said) - _NAMED:,} more" if len(said) > _NAMED else "")
    return [f"taken for defects, though no name says so: {named}; name good ones: --good NAME"]


def _labels(groups: Sequence[Folders], good: Sequence[str]) -> dict[Folders, str]:
    """The class of each folder: the name at the depth at which good stands, or defects where there is no good."""
    depth = _depth_of(groups, Meaning.GOOD, good)
    if depth is None:
        depth = _depth_of(groups, Meaning.DEFECT, good) or 0
    labels = {}
    for folders in groups:
        if meaning(folders, good) is Meaning.GOOD:
            labels[folders] = GOOD
        elif len(folders) > depth:
            labels[folders] = folders[depth]
        else:
            defects = [name for name in folders if meaning_of(name, good) is Meaning.DEFECT]
            labels[folders] = defects[0] if defects else folders[0]
    return labels


def _depth_of(groups: Sequence[Folders], wanted: Meaning, good: Sequence[str]) -> int | None:
    """How far down names of this meaning stand most often; None where there are none."""
    depths = Counter(
        depth for folders in groups for depth, name in enumerate(folders) if meaning_of(name, good) is wanted
    )
    return depths.most_common(1)[0][0] if depths else None


def _by_masks(
    root: Path, part: str | None, groups: dict[Folders, list[Path]], pairs: Pairs, left_out: tuple[LeftOut, ...]
) -> LabelledSet:
    """Images beside masks: defective is what a mask marks, good what an empty one belongs to."""
    images = [path for paths in groups.values() for path in paths]
    bare = [path for path in images if path not in pairs.mask_of]
    if bare:
        left_out = (*left_out, LeftOut(len(bare), "image", "without a mask, of unknown class", is_unjudged=True))
    samples = tuple(
        Sample(path, DEFECT, mask) if _marks(mask) else Sample(path, GOOD)
        for path in images
        if (mask := pairs.mask_of.get(path)) is not None
    )
    layout = "images and masks" + (f" in {part}" if part else "")
    return LabelledSet(samples, _understood(root, layout, samples, left_out, pairs))


def _marks(mask: Path) -> bool:
    try:
        return bool(read_mask(mask).marked.any())
    except SurfedgeError:
        return True  # its sample says what is wrong


def _understood(
    root: Path, layout: str, samples: Sequence[Sample], left_out: tuple[LeftOut, ...], pairs: Pairs | None
) -> Understood:
    counts = dict(Counter(sample.label for sample in samples))
    remarks = (*_of_classes(counts), *(_of_masks(samples, pairs) if pairs else ()))
    return Understood(str(root), layout, counts, left_out, remarks)


def _of_classes(counts: dict[str, int]) -> list[str]:
    """What cannot be computed from these classes."""
    if not counts.get(GOOD):
        return ["no good images: false calls, image AUROC and what else compares with good images cannot be computed"]
    if len(counts) == 1:
        return ["good images only: the rate of false calls can be computed, no detection rate"]
    return []


def _of_masks(samples: Sequence[Sample], pairs: Pairs) -> list[str]:
    """What is missing or odd about the masks."""
    said = []
    missing = Counter(sample.label for sample in samples if sample.is_defective and sample.mask_path is None)
    total = Counter(sample.label for sample in samples if sample.is_defective)
    if missing:
        each = ", ".join(f"{count:,} of {total[label]:,} {label}" for label, count in missing.items())
        left = total.total() - missing.total()
        said.append(f"masks: none for {each}; pixel metrics come from the other {left:,}")
    if pairs.unused:
        named = ", ".join(path.name for path in pairs.unused[:_NAMED])
        more = f" and {len(pairs.unused) - _NAMED:,} more" if len(pairs.unused) > _NAMED else ""
        said.append(f"masks: {len(pairs.unused):,} belong to no image here: {named}{more}")
    return said + _of_pixels([sample.mask_path for sample in samples if sample.mask_path is not None])


def _of_pixels(masks: Sequence[Path]) -> list[str]:
    seen = [found for mask in masks[:: -(-len(masks) // _LOOKED_AT) or 1] if (found := _read(mask)) is not None]
    said = []
    if cut := sum(found.is_cut for found in seen):
        said.append(f"masks: {cut} of {len(seen)} checked have shades (JPEG?) and are cut at half of white")
    large = sum(found.share > _MOST for found in seen)
    if large > 1 and 2 * large >= len(seen):
        said.append(
            f"masks: {large} of {len(seen)} checked mark most of their image: inverted? defects are white, or not 0"
        )
    return said


def _read(mask: Path) -> MaskPixels | None:
    try:
        return read_mask(mask)
    except SurfedgeError:
        return None

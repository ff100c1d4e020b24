"""Which mask belongs to which image: by the path below the root, then by the name, with the affixes people use."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from surfedge.datasets.content import SUFFIXES
from surfedge.datasets.folder_names import TEST_NAMES, TRAIN_NAMES, VALIDATION_NAMES, is_role, plain

_WORDS = "mask|masks|gt|ground[ _.-]?truth|label|labels|seg|segmentation|annotation|maske|truth"
_MASK_END = re.compile(rf"[ _.-]+(?:{_WORDS})$")
_MASK_START = re.compile(rf"^(?:{_WORDS})[ _.-]+")
_IMAGE_AFFIX = re.compile(r"^(?:image|images|img|im|pic|frame|photo)[ _.-]*(?=\d)|[ _.-]+(?:image|img)$")
_SPLITS = TRAIN_NAMES | TEST_NAMES | VALIDATION_NAMES
_HINTS = ("mask", "gt", "ground", "label", "seg", "annot", "truth")
Folders = tuple[str, ...]


def speaks_of_a_mask(stem: str) -> bool:
    """Whether this name, in small letters, may hold an affix that is worth a search."""
    return any(hint in stem for hint in _HINTS)


def mask_stem(stem: str) -> str:
    """The name that a mask's name speaks of, in small letters; its own where it has no affix.

    >>> [mask_stem(name) for name in ("000_mask", "mask_000", "Part0_label", "000.png_gt", "000")]
    ['000', '000', 'part0', '000', '000']
    """
    text = stem.casefold()
    bare = _MASK_START.sub("", _MASK_END.sub("", text))
    return _without_suffix(bare) or text


@dataclass(frozen=True)
class Pairs:
    """mask_of : image to mask. unused : masks that belong to no image."""

    mask_of: dict[Path, Path]
    unused: tuple[Path, ...]


def pair(images: Sequence[Path], masks: Iterable[Path], root: Path) -> Pairs:
    """The mask of each of `images`, all below `root`.

    The folders of image and mask, below those that only say what is in them (images, masks, train, test), must be the
    same; then the names, without affixes such as ``_mask`` or ``gt_``. A mask that lies higher up, or in a folder
    without train and test, belongs to an image where one image alone bears its name.

    >>> image, mask, other = map(Path, ("d/test/cut/cam/0.png", "d/gt/cut/cam/0_mask.png", "d/gt/cut/0.png"))
    >>> pairs = pair([image], [mask, other], Path("d"))
    >>> pairs.mask_of[image] == mask, pairs.unused == (other,)
    (True, True)
    """
    masks = list(masks)
    index: dict[tuple[Folders, str], list[Path]] = defaultdict(list)
    for mask in masks:
        for folders, key in {(f, k) for f in _folder_keys(mask, root) for k in _mask_keys(mask.stem)}:
            index[folders, key].append(mask)
    named: Counter[tuple[Folders, str]] = Counter()  # how many images lie at or below these folders under this name
    for image in images:
        named.update({(f, key) for f in _prefixes(image, root) for key in _image_keys(image.stem)})
    mask_of = {}
    for image in images:
        if (found := _mask_for(image, root, index, named)) is not None:
            mask_of[image] = found
    used = set(mask_of.values())
    return Pairs(mask_of, tuple(mask for mask in masks if mask not in used))


def _mask_for(
    image: Path, root: Path, index: dict[tuple[Folders, str], list[Path]], named: Counter[tuple[Folders, str]]
) -> Path | None:
    exact, *_ = _folder_keys(image, root)
    keys = _image_keys(image.stem)
    for folders in _prefixes(image, root):
        for key in keys:
            found = index.get((folders, key), [])
            best = [mask for mask in found if mask.stem.casefold() == image.stem.casefold()] or found
            if len(best) == 1 and (folders == exact or named[folders, key] == 1):
                return best[0]
    return None


def _folder_keys(path: Path, root: Path) -> list[Folders]:
    """Folders of `path` below the root: with train and test, and without, roles left out of either."""
    parts = path.relative_to(root).parent.parts
    with_splits = tuple(part.casefold() for part in parts if plain(part) in _SPLITS or not is_role(part))
    without = tuple(part for part in with_splits if plain(part) not in _SPLITS)
    return list(dict.fromkeys((with_splits, without)))


def _prefixes(path: Path, root: Path) -> list[Folders]:
    """Folders in which the mask of an image may lie, the likeliest first."""
    found: dict[Folders, None] = dict.fromkeys(_folder_keys(path, root))
    for folders in list(found):
        found.update(dict.fromkeys(folders[:end] for end in range(len(folders) - 1, -1, -1)))
    return list(found)


def _mask_keys(stem: str) -> list[str]:
    bare = mask_stem(stem)
    return list(dict.fromkeys((stem.casefold(), bare, _IMAGE_AFFIX.sub("", bare) or bare)))


def _image_keys(stem: str) -> list[str]:
    text = stem.casefold()
    return list(dict.fromkeys((text, _IMAGE_AFFIX.sub("", text) or text)))


def _without_suffix(text: str) -> str:
    for suffix in SUFFIXES:
        text = text.removesuffix(suffix)
    return text

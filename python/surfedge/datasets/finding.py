"""Which image files a user's inputs name: files, folders (recursive), globs, list files."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from surfedge.datasets.content import has_image_suffix, kind_of
from surfedge.datasets.folder_names import Meaning, is_surely_masks, meaning_of
from surfedge.datasets.mask_pairs import mask_stem, speaks_of_a_mask
from surfedge.datasets.mask_pixels import look_like_masks
from surfedge.datasets.run_results import OF_A_RUN, is_of_results, names_in, results_among
from surfedge.datasets.understood import LeftOut
from surfedge.errors import DatasetError

LIST_SUFFIXES = (".txt", ".lst")
_MAX_PEEKED = 2000  # entries of a linked folder that are looked at for an image


@dataclass(frozen=True)
class Found:
    """images : in the order given, folders sorted, each file once. masks : (mask, the folder it was left out with).
    others : what else lay there, counted by kind.
    """

    images: tuple[Path, ...]
    masks: tuple[tuple[Path, Path], ...] = ()
    others: tuple[LeftOut, ...] = ()

    def left_out(self, root: Path | None = None) -> tuple[LeftOut, ...]:
        """Everything that was not taken, counted; folders are named as they lie below `root`."""
        folders = Counter(folder for _, folder in self.masks)
        masks = (LeftOut(count, "mask", f"in {_below_root(folder, root)}") for folder, count in folders.items())
        return (*masks, *self.others)


def find_images(inputs: Iterable[str | Path]) -> list[Path]:
    """Paths of the images that `inputs` name, in the order given, folders sorted, each file once.

    A folder stands for every picture below it, by the name's ending or else by content; hidden files and folders are
    left out, and so are masks: folders named ground_truth, masks, gt, ... and pictures such as ``000_mask.png`` beside
    ``000.png``. Links to folders are not followed; one that leads to images elsewhere is in the list, and so is a
    folder below that cannot be read: whoever opens it reports why. A pattern is read like a folder. A file ending in
    .txt or .lst holds one path a line, relative to the list. A file named outright is always taken. Pictures that a run
    of surfedge left below the inputs (overlays, worst cases) are left out, unless their own folder is named.

    Raises DatasetError for an input that does not exist or a glob that names nothing.
    """
    return list(find(inputs).images)


def find(inputs: Iterable[str | Path], own: Collection[str] = ()) -> Found:
    """The images that `inputs` name, as `find_images` says, and what was left out.

    own : full paths of files and folders below the inputs that are passed over, unless they are named outright.
    """
    if isinstance(inputs, (str, os.PathLike)):  # its letters would be taken for paths
        raise DatasetError(
            "inputs", found=f"a single {type(inputs).__name__}", expected="a list of paths", remedy="put it into a list"
        )
    search = _Search(own)
    for item in inputs:
        search.expand(Path(item))
    return search.found()


class _Search:
    """Gathers images by where they really lie, and what is left out."""

    def __init__(self, own: Collection[str]) -> None:
        self._own = frozenset(own)
        self._own_places = {os.path.dirname(path) for path in own}
        self._images: dict[str, Path] = {}
        self._masks: dict[str, tuple[Path, Path]] = {}
        self._others: Counter[tuple[str, str]] = Counter()
        self._links: list[Path] = []
        self._roots: list[str] = []

    def found(self) -> Found:
        for link in self._links:
            target = os.path.realpath(link)
            if not any(os.path.join(target, "").startswith(root) for root in self._roots) and _holds_image(target):
                self._images.setdefault(target, link)
        others = (LeftOut(count, *kind) for kind, count in sorted(self._others.items()))
        masks = (each for real, each in self._masks.items() if real not in self._images)
        return Found(tuple(self._images.values()), tuple(masks), tuple(others))

    def expand(self, path: Path) -> None:
        if path.is_dir():
            self._roots.append(os.path.join(os.path.realpath(path), ""))
            self._below(path)
        elif path.suffix.lower() in LIST_SUFFIXES and path.is_file():
            for listed in _listed(path):
                self._images.setdefault(os.path.realpath(listed), listed)
        elif path.exists() or path.is_symlink():
            self._images.setdefault(os.path.realpath(path), path)
        elif glob.has_magic(str(path)):
            self._matches(path)
        else:
            raise DatasetError(
                path,
                found="nothing there",
                expected="a file, a folder, a pattern or a list of paths",
                remedy="check the path",
            )

    def _matches(self, pattern: Path) -> None:
        names = sorted(glob.glob(str(pattern), recursive=True))
        if not names:
            raise DatasetError(pattern, found="a pattern that matches nothing", expected="at least one file")
        fixed = _fixed_part(pattern)
        folders: dict[Path, list[str]] = {}
        for path in map(Path, names):
            if path.is_dir():
                if is_of_results(path, fixed):
                    self._others[OF_A_RUN] += 1
                elif (masks := _mask_folder(path, fixed)) is None:
                    self.expand(path)
                else:
                    self._leave_masks(path, masks)
            else:
                folders.setdefault(path.parent, []).append(path.name)
        for folder, held in folders.items():
            if is_of_results(folder, fixed):
                self._others[OF_A_RUN] += 1
            elif (masks := _mask_folder(folder, fixed)) is None:
                results = results_among(names_in(folder))
                self._take(str(folder), [name for name in held if name not in results])
            else:
                self._masks.update({os.path.realpath(folder / name): (folder / name, masks) for name in held})

    def _below(self, folder: Path) -> None:
        unread: list[OSError] = []
        for place, folders, names in os.walk(folder, onerror=unread.append):
            folders.sort()
            names = self._foreign(place, names)
            kept = []
            results = results_among(names)
            for name in self._foreign(place, folders):
                path = Path(place, name)
                if name in results:
                    self._others[OF_A_RUN] += 1
                elif name.startswith("."):
                    self._others["hidden folder", ""] += 1
                elif os.path.islink(path):
                    self._links.append(path)
                elif _is_mask_folder(path):
                    self._leave_masks(path, path)
                else:
                    kept.append(name)
            folders[:] = kept
            self._take(place, [name for name in names if name not in results])
        for error in unread:  # in the list, so that what could not be looked into is reported like a broken image
            self._images.setdefault(os.path.realpath(error.filename), Path(error.filename))

    def _foreign(self, place: str, names: list[str]) -> list[str]:
        """`names` in the folder `place`, without those that are to be passed over."""
        full = os.path.abspath(place)
        if full not in self._own_places:
            return names
        return [name for name in names if os.path.join(full, name) not in self._own]

    def _take(self, place: str, names: list[str]) -> None:
        """The pictures among the files `names` of the folder `place`."""
        real_place = os.path.realpath(place)
        taken = []
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.startswith("."):
                self._others["hidden file", ""] += 1
            elif has_image_suffix(name) or (kind := kind_of(path)) == "image":
                taken.append(name)
            elif kind == "empty":
                self._others["empty file", ""] += 1
            else:
                ending = os.path.splitext(name)[1].lower()
                self._others["file", f"ending in {ending}, no image" if ending else "without ending, no image"] += 1
        masks = _masks_beside(place, taken)
        for name in taken:
            path = os.path.join(place, name)
            real = os.path.realpath(path) if os.path.islink(path) else os.path.join(real_place, name)
            if name in masks:
                self._masks[real] = (Path(path), Path(place))
            else:
                self._images.setdefault(real, Path(path))

    def _leave_masks(self, folder: Path, masks: Path) -> None:
        for path in _images_below(folder):
            self._masks[os.path.realpath(path)] = (path, masks)


def _is_mask_folder(folder: Path) -> bool:
    """Whether a folder holds masks, by its name and, where that may mean something else, by its first pictures."""
    if meaning_of(folder.name) is not Meaning.MASK:
        return False
    return is_surely_masks(folder.name) or look_like_masks(list(_first(_images_below(folder), 3)))


def _mask_folder(folder: Path, fixed: Path) -> Path | None:
    """The mask folder among the folders of `folder` that a pattern, not the user, named."""
    for outer in (*reversed(folder.parents), folder):
        if len(outer.parts) > len(fixed.parts) and _is_mask_folder(outer):
            return outer
    return None


def _fixed_part(pattern: Path) -> Path:
    fixed = Path(*(pattern.parts[:1] if pattern.is_absolute() else ()))
    for part in pattern.parts[len(fixed.parts) : -1]:
        if glob.has_magic(part):
            break
        fixed /= part
    return fixed


def _masks_beside(place: str, names: list[str]) -> set[str]:
    """Pictures that are masks of others in the same folder: named so, and black and white."""
    stems = {name: os.path.splitext(name)[0].casefold() for name in names}
    likely = {name: stem for name, stem in stems.items() if speaks_of_a_mask(stem)}
    images = set(stems.values()) if likely else set()
    named = [name for name, stem in likely.items() if mask_stem(stem) != stem and mask_stem(stem) in images]
    return set(named) if named and look_like_masks([Path(place, name) for name in named]) else set()


def _images_below(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and (has_image_suffix(name) or kind_of(path) == "image"):
                yield path


def _holds_image(folder: str) -> bool:
    looked_at = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in names:
            looked_at += 1
            if has_image_suffix(name) or kind_of(os.path.join(place, name)) == "image":
                return True
            if looked_at >= _MAX_PEEKED:
                return True  # too much to say that there is none
    return False


def _first(items: Iterator[Path], count: int) -> Iterator[Path]:
    return (item for item, _ in zip(items, range(count), strict=False))


def _below_root(folder: Path, root: Path | None) -> str:
    if root is None or not folder.is_relative_to(root):
        return str(folder)
    below = folder.relative_to(root).as_posix()
    return root.name or str(root) if below == "." else below


def _listed(path: Path) -> Iterator[Path]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DatasetError(path, found="bytes that are not UTF-8", expected="a text file, one path a line") from error
    for line in lines:
        if "\0" in line:
            raise DatasetError(path, found="a null character", expected="a text file, one path a line")
        if line.strip() and not line.startswith("#"):
            yield path.parent / line.strip()

"""A folder of images seen as a tree: what lies in which sub-folder, and what the sub-folders' names mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from surfedge.datasets.finding import Found, find
from surfedge.datasets.folder_names import TEST_NAMES, TRAIN_NAMES, VALIDATION_NAMES, Meaning, meaning_of, plain
from surfedge.datasets.understood import LeftOut

Folders = tuple[str, ...]


@dataclass(frozen=True)
class Tree:
    """images : by the folders below `root` in which they lie, () for those in the root itself."""

    root: Path
    images: dict[Folders, list[Path]]
    found: Found

    @property
    def masks(self) -> list[Path]:
        """All pictures that are masks."""
        return [mask for mask, _ in self.found.masks]

    def top(self, names: Iterable[str]) -> str | None:
        """The sub-folder of the root whose name is one of `names`, in whatever letters; None where none has images."""
        wanted = frozenset(names)
        return next((folders[0] for folders in self.images if folders and plain(folders[0]) in wanted), None)

    def below(self, folder: str | None) -> dict[Folders, list[Path]]:
        """The images below one sub-folder of the root, by the folders further down; all of them for None."""
        if folder is None:
            return self.images
        return {folders[1:]: paths for folders, paths in self.images.items() if folders[:1] == (folder,)}

    def beside(self, folder: str) -> tuple[LeftOut, ...]:
        """The images that do not lie below this sub-folder of the root, counted by sub-folder."""
        counts: dict[str, int] = {}
        for folders, paths in self.images.items():
            if folders[:1] != (folder,):
                where = f"in {folders[0]}" if folders else f"directly in {self.root.name or self.root}"
                counts[where] = counts.get(where, 0) + len(paths)
        return tuple(LeftOut(count, "image", where) for where, count in counts.items())


def tree_of(folder: Path) -> Tree:
    """The tree of images below `folder`."""
    found = find([folder])
    images: dict[Folders, list[Path]] = {}
    for path in found.images:
        images.setdefault(path.relative_to(folder).parent.parts, []).append(path)
    return Tree(folder, dict(sorted(images.items())), found)


def training_part(tree: Tree) -> str | None:
    """The sub-folder with the images to learn from, where the root is a data set with one: train, Training, ..."""
    train = tree.top(TRAIN_NAMES)
    is_set = tree.top(TEST_NAMES) is not None or () not in tree.images
    return train if is_set else None


def test_part(tree: Tree) -> str | None:
    """The sub-folder with the images to judge by, where the root is a data set with one: test, else validation."""
    return tree.top(TEST_NAMES) or (tree.top(VALIDATION_NAMES) if tree.top(TRAIN_NAMES) else None)


def meaning(folders: Folders, good: Sequence[str] = ()) -> Meaning:
    """What images in these folders are: as `good` says, else defective where one of the names says so, else good where
    one does."""
    found = [meaning_of(name, good) for name in folders]
    if Meaning.GOOD in found and (good or Meaning.DEFECT not in found):
        return Meaning.GOOD
    return Meaning.DEFECT if Meaning.DEFECT in found else Meaning.UNKNOWN


def counted(groups: dict[Folders, list[Path]], here: str) -> dict[str, int]:
    """Images by first folder; those in none under the name `here`."""
    counts: dict[str, int] = {}
    for folders, paths in groups.items():
        name = folders[0] if folders else here
        counts[name] = counts.get(name, 0) + len(paths)
    return counts

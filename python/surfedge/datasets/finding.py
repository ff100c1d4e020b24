"""Which image files a user's inputs name: files, folders (recursive), globs, list files."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from surfedge.errors import DatasetError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
LIST_SUFFIXES = (".txt", ".lst")


def find_images(inputs: Iterable[str | Path]) -> list[Path]:
    """Paths of the images that `inputs` name, in the order given, folders sorted, each file once.

    A folder stands for every file below it with an image's suffix; links to folders are not followed, hidden files
    and folders left out. A file ending in .txt or .lst holds one path a line, relative to the list. A file named
    outright is always taken, and so is a folder below that cannot be read: whoever opens it reports why.

    Raises DatasetError for an input that does not exist or a glob that names nothing.
    """
    if isinstance(inputs, (str, os.PathLike)):  # its letters would be taken for paths
        raise DatasetError(
            "inputs", found=f"a single {type(inputs).__name__}", expected="a list of paths", remedy="put it into a list"
        )
    found: dict[str, Path] = {}
    for item in inputs:
        for path, real in _expand(Path(item)):
            found.setdefault(real, path)
    return list(found.values())


def _expand(path: Path) -> Iterator[tuple[Path, str]]:
    """The images that `path` stands for, and where each really lies."""
    if path.is_dir():
        yield from _below(path)
    elif path.suffix.lower() in LIST_SUFFIXES and path.is_file():
        yield from ((listed, os.path.realpath(listed)) for listed in _listed(path))
    elif path.exists() or path.is_symlink():
        yield path, os.path.realpath(path)
    elif glob.has_magic(str(path)):
        names = sorted(glob.glob(str(path), recursive=True))
        if not names:
            raise DatasetError(path, found="a pattern that matches nothing", expected="at least one file")
        for name in names:
            yield from _expand(Path(name))
    else:
        raise DatasetError(
            path,
            found="nothing there",
            expected="a file, a folder, a pattern or a list of paths",
            remedy="check the path",
        )


def _below(folder: Path) -> Iterator[tuple[Path, str]]:
    unread: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=unread.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        real_place = os.path.realpath(place)
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                path = os.path.join(place, name)
                is_link = os.path.islink(path)
                yield Path(path), os.path.realpath(path) if is_link else os.path.join(real_place, name)
    for error in unread:  # in the list, so that what could not be looked into is reported like a broken image
        yield Path(error.filename), os.path.realpath(error.filename)


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

"""The images that can be marked: those below one folder, known by number, and nothing outside of it."""

from __future__ import annotations

import os
from pathlib import Path

from surfedge.datasets import LeftOut, find
from surfedge.errors import ArgumentError, DatasetError, ImageError


class Candidates:
    """The images below `folder`, found once. own : a folder below it that is passed over.

    names : path of each below the folder, "/" between parts. Raises DatasetError where there is none.
    """

    def __init__(self, folder: Path, own: Path) -> None:
        if not folder.is_dir():
            raise DatasetError(folder, found="no folder", expected="a folder of images", remedy="check the path")
        if os.path.realpath(folder) == os.path.realpath(own):
            raise ArgumentError(
                "--out", found="the folder of the images", expected="another", remedy="leave it out, or name a new one"
            )
        self.folder = folder
        self._real = os.path.join(os.path.realpath(folder), "")
        found = find([folder], {os.path.abspath(own)})
        self.left_out: tuple[LeftOut, ...] = found.left_out(folder)
        self.names: tuple[str, ...] = tuple(path.relative_to(folder).as_posix() for path in found.images)
        self.number_of = {name: number for number, name in enumerate(self.names)}
        if not self.names:
            raise DatasetError(folder, found="no image", expected="at least one", remedy="check the path")

    def __len__(self) -> int:
        return len(self.names)

    def path(self, number: int) -> Path:
        """The file of an image; raises ImageError where it lies, or its link leads, outside of the folder."""
        path = self.folder / self.names[number]
        if not os.path.realpath(path).startswith(self._real):
            raise ImageError(
                self.names[number],
                found="a link that leads out of the folder",
                expected="an image in it",
                remedy="label the folder in which it lies",
            )
        return path

    def stamp(self, number: int) -> tuple[int, int]:
        """Size in bytes and time of the last change in ns; (0, 0) for a file that is gone."""
        try:
            status = os.stat(self.folder / self.names[number])
        except OSError:
            return 0, 0
        return status.st_size, status.st_mtime_ns

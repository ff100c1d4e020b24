"""Inspected files moved on by verdict; nothing is ever overwritten, and a file is whole at either place."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from surfedge.scoring.output.whole_file import make_folder, refuse


class Mover:
    """good, defective : folders that files go to after their verdict; None leaves them where they are.

    The tree below the watched `folder` is kept; a name that is taken gets a number: ``plate-2.png``.
    """

    def __init__(self, folder: Path, good: Path | None = None, defective: Path | None = None) -> None:
        self.folder = folder
        self._places = {False: good, True: defective}

    @property
    def places(self) -> tuple[Path, ...]:
        """The folders that files are moved to."""
        return tuple(place for place in self._places.values() if place is not None)

    def move(self, path: Path, is_defective: bool) -> Path:
        """Moves `path` and says where it lies now; OutputError when the place cannot take it."""
        place = self._places[is_defective]
        if place is None:
            return path
        wanted = place / self._name(path)
        if wanted == path:
            return path
        make_folder(wanted.parent)
        free, number = wanted, 2
        while os.path.lexists(free):
            free, number = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}"), number + 1
        try:
            _rename(path, free)
        except FileNotFoundError:
            return path  # somebody else took it; the verdict stands
        except OSError as error:
            refuse(free, error)
        return free

    def _name(self, path: Path) -> str:
        """The path below the watched folder, or below the place where it was moved to before."""
        homes = [place for place in self.places if path.is_relative_to(place)]
        return os.path.relpath(path, homes[0] if homes else self.folder)

    def has_moved(self, path: Path) -> bool:
        """Whether `path` lies where files are moved to."""
        return any(path.is_relative_to(place) for place in self.places)

    def moved(self, path: Path, is_defective: bool) -> Path | None:
        """Where a run that was killed meanwhile has moved `path`; None where it has not."""
        place = self._places[is_defective]
        if place is None or path.exists():
            return None
        wanted = place / os.path.relpath(path, self.folder)
        return wanted if wanted.exists() else None


def _rename(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # Another file system: copied whole, then the old one goes.
        part = target.with_name(f".{target.name}.part")
        try:
            shutil.copy2(source, part)
            with open(part, "rb+") as file:
                os.fsync(file.fileno())
            os.rename(part, target)
        finally:
            part.unlink(missing_ok=True)
        source.unlink()

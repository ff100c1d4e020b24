"""Files that appear whole or not at all, and the error for an output folder that cannot take them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NoReturn

from surfedge.errors import SurfedgeError


class OutputError(SurfedgeError):
    """The output folder cannot be written; what was committed to the ledger before stays valid."""


def refuse(path: str | Path, error: OSError) -> NoReturn:
    """Raise the OutputError that an operating system's refusal to write `path` means."""
    raise OutputError(
        path,
        found=error.strerror or str(error),
        expected="room and permission to write",
        remedy="free space or correct the permissions, then run again to finish",
    ) from error


def make_folder(folder: Path) -> None:
    """`folder` with its parents, where missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(folder, error)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` on leaving: ``path.part``, fsync, rename.

    Left by an exception, `path` stays as it was. Only one process may write `path` at a time. The part file is always
    a new one: what a killed run left goes, and a link that somebody planted under its name is not followed.
    """
    part = path.with_name(path.name + ".part")
    try:
        with suppress(FileNotFoundError):
            part.unlink()
        with open(part, "wb", opener=_as_new) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        _sync_folder(path.parent)
    except OSError as error:
        refuse(path, error)
    finally:
        with suppress(OSError):
            part.unlink()


def _as_new(path: str, flags: int) -> int:
    """Opens a file that must not be there, nor be a link."""
    return os.open(path, flags | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)


def _sync_folder(folder: Path) -> None:
    """Makes the rename itself durable, where folders can be synchronised (not on Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

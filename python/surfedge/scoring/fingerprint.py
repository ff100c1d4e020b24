"""What a file holds, and whether it is still the same file."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from surfedge.errors import ImageError

_CHUNK_BYTES = 1 << 20
KEPT_BYTES = 32 << 20
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Fingerprint:
    """content : SHA-256 of the bytes, 32 bytes. stamp : device, inode, size and time of the last change.

    data : the bytes themselves, where they were asked for and are no more than KEPT_BYTES; else None.
    """

    content: bytes
    stamp: Stamp
    data: bytes | None = field(default=None, repr=False)


def fingerprint(path: Path, with_data: bool = False) -> Fingerprint:
    """The fingerprint of the file at `path`, read in pieces; with its bytes, so that no one has to read it again.

    Raises ImageError for what is missing, unreadable, not a file (a folder, a pipe), or changes meanwhile.
    """
    try:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                if stat.S_ISDIR(status.st_mode):
                    raise _a_folder(path)
                found = "a pipe, socket or device"
                raise ImageError(path, found=found, expected="an image file", remedy="leave it out")
            digest = hashlib.sha256()
            size = min(_CHUNK_BYTES, status.st_size + 1)
            kept: list[bytes] | None = [] if with_data and status.st_size <= KEPT_BYTES else None
            while chunk := file.read(size):
                digest.update(chunk)
                if kept is not None:
                    kept.append(chunk)
            stamp = check_unchanged(path, _stamp(status))
            return Fingerprint(digest.digest(), stamp, None if kept is None else b"".join(kept))
    except IsADirectoryError:
        raise _a_folder(path) from None
    except OSError as error:
        raise ImageError(
            path,
            found=error.strerror or str(error),
            expected="a readable file",
            remedy="check that it is there and may be read",
        ) from error


def page_content(content: bytes, page: int) -> bytes:
    """What identifies one page of a file: `content` itself for a file as a whole, page 0; 32 bytes."""
    return hashlib.sha256(b"%b#%d" % (content, page)).digest() if page else content


def check_unchanged(path: Path, stamp: Stamp) -> Stamp:
    """`stamp`, when the file at `path` still bears it; raises ImageError when it changed or vanished."""
    try:
        now = _stamp(os.stat(path))
    except OSError as error:
        raise ImageError(
            path,
            found=f"a file that vanished while being read ({error.strerror})",
            expected="one that stays",
            remedy="run again once it is back",
        ) from error
    if now != stamp:
        raise ImageError(
            path,
            found="a file that changed while being read",
            expected="a finished one",
            remedy="run again once it is written",
        )
    return stamp


def _a_folder(path: Path) -> ImageError:
    if path.is_symlink():
        found, remedy = "a link to a folder of images, which is not followed", "name that folder as an input as well"
        return ImageError(path, found=found, expected="an image file", remedy=remedy)
    return ImageError(path, found="a folder", expected="an image file", remedy="leave it out")


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

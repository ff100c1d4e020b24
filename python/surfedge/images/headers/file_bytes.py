"""A file's bytes, without ever waiting: only regular files are opened, and never in blocking mode."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from surfedge.errors import ImageError

MAX_NAME = 4096  # characters of a path that are shown


class FileBytes:
    """The regular file at `path` as bytes that are read when they are asked for: ``file[start:end]``, ``len(file)``.

    Raises ImageError for a missing or unreadable file, a folder, pipe, socket or device, and a file of more than
    `byte_limit` bytes.
    """

    def __init__(self, path: str | os.PathLike[str], byte_limit: int) -> None:
        self.name = display_name(path)
        with self._readable():
            _check_regular(os.stat(path).st_mode, self.name)
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            self._file = open(os.open(path, flags), "rb", buffering=0)  # noqa: SIM115
        try:
            status = os.fstat(self._file.fileno())
            _check_regular(status.st_mode, self.name)  # what was a file a moment ago may have been replaced
            self._size = status.st_size
            if self._size > byte_limit:
                found, remedy = f"a file of {self._size:,} bytes", "raise pixel_limit if it is genuine"
                raise ImageError(self.name, found=found, expected=f"at most {byte_limit:,}", remedy=remedy)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> FileBytes:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, span: slice) -> bytes:
        start, end, _ = span.indices(self._size)
        pieces, left = [], max(0, end - start)
        with self._readable():
            self._file.seek(start)
            while left and (piece := self._file.read(left)):  # one read gives 2 GiB at most
                pieces.append(piece)
                left -= len(piece)
        return b"".join(pieces)

    def whole(self) -> bytes:
        """All bytes. Raises ImageError for a file that changes its size while it is read."""
        data = self[:]
        with self._readable():
            more = self._file.read(1)
        if len(data) != self._size or more:
            found = f"{len(data) + len(more or b''):,} bytes in a file of {self._size:,}"
            remedy = "read it once it is fully written"
            raise ImageError(self.name, found=found, expected="a file at rest", remedy=remedy)
        return data

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            found, remedy = error.strerror or str(error), "check the path and its permissions"
            raise ImageError(self.name, found=found, expected="a readable file", remedy=remedy) from None
        except ValueError as error:  # a null character in the path
            raise ImageError(self.name, found=str(error), expected="a path", remedy="check the path") from None


def display_name(path: str | os.PathLike[str]) -> str:
    """The path as text that can be printed anywhere: bytes that are no text become \\x.. escapes."""
    text = os.fsdecode(path)
    return text[:MAX_NAME].encode("utf-8", "backslashreplace").decode()


def _check_regular(mode: int, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    found = kinds.get(stat.S_IFMT(mode), "a special file")
    raise ImageError(name, found=found, expected="a regular file", remedy="name an image file")

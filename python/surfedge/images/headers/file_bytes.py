"""A file's bytes, without ever waiting: only regular files are opened, and never in blocking mode."""

from __future__ import annotations

import os
import stat

from surfedge.errors import ImageError


def read_bytes(path: str | os.PathLike[str], byte_limit: int) -> bytes:
    """The whole file, at most `byte_limit` bytes.

    Raises ImageError for a missing or unreadable file, a folder, pipe, socket or device, a file larger than
    the limit, and a file that changes its size while it is read.
    """
    name = display_name(path)
    try:
        _check_regular(os.stat(path).st_mode, name)
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            _check_regular(status.st_mode, name)  # what was a file a moment ago may have been replaced
            if status.st_size > byte_limit:
                found, remedy = f"a file of {status.st_size:,} bytes", "raise pixel_limit if it is genuine"
                raise ImageError(name, found=found, expected=f"at most {byte_limit:,}", remedy=remedy)
            data = file.read(status.st_size + 1)
            while 0 < len(data) < status.st_size:  # one read gives 2 GiB at most
                more = file.read(status.st_size + 1 - len(data))
                if not more:
                    break
                data += more
    except OSError as error:
        found, remedy = error.strerror or str(error), "check the path and its permissions"
        raise ImageError(name, found=found, expected="a readable file", remedy=remedy) from None
    except ValueError as error:  # a null character in the path
        raise ImageError(name, found=str(error), expected="a path", remedy="check the path") from None
    if len(data) != status.st_size:
        found = f"{len(data):,} bytes in a file of {status.st_size:,}"
        raise ImageError(name, found=found, expected="a file at rest", remedy="read it once it is fully written")
    return data


def display_name(path: str | os.PathLike[str]) -> str:
    """The path as text that can be printed anywhere: bytes that are no text become \\x.. escapes."""
    text = os.fsdecode(path)
    return text.encode("utf-8", "backslashreplace").decode()


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

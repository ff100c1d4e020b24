"""Text files, and others that are written as one piece of bytes, replaced in one step."""

from __future__ import annotations

import os
from pathlib import Path

from surfedge.errors import ArgumentError


def check_target(option: str, path: Path) -> None:
    """Raises ArgumentError, naming the `option`, unless a file can be put, or replaced, at `path`."""
    if (path.exists() and not path.is_file()) or not path.parent.is_dir():
        raise ArgumentError(
            option,
            found=f"{path}, a folder or device, or in none that exists",
            expected="a file to write",
            remedy="give a file's path, its folder made",
        )


def replace_text(path: Path, text: str) -> None:
    """Write `text` to `path`, UTF-8: a reader sees the old file or the new one."""
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`: a reader sees the old file or the new one. A device or pipe is written into.

    Raises OSError with `path` as its file name; the old file is still there then, and nothing else.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     replace_bytes(Path(folder) / "a", b"1")
    ...     os.listdir(folder)
    ['a']
    """
    part = path.with_name(f".{path.name}.part")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        try:
            part.write_bytes(data)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error

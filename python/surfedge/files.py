"""Files replaced in one step, targets checked before the work, and cells of tables that no spreadsheet runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from surfedge.errors import ArgumentError

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_INNER_FORMULA = re.compile("(?<=[;\t|\r\n])( *)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")
_QUOTED = re.compile('[",;\t|\r\n]')


def check_target(option: str, path: Path) -> None:
    """Raises ArgumentError, naming the `option`, unless a file can be put, or replaced, at `path`."""
    if (path.exists() and not path.is_file()) or not path.parent.is_dir():
        raise ArgumentError(
            option,
            found=f"{path}, a folder or device, or in none that exists",
            expected="a file to write",
            remedy="give a file's path, its folder made",
        )


def check_unused(option: str, path: Path, is_forced: bool) -> None:
    """Raises ArgumentError, naming the `option`, where `path` holds something already and --force was not given."""
    if path.is_file() and not is_forced:
        raise ArgumentError(
            option,
            found=f"{path}, which is there already",
            expected="a new name",
            remedy="give another, or --force to replace it",
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


def append_text(path: Path, text: str) -> None:
    """Add `text`, UTF-8, to the end of `path`, all of it or nothing.

    Raises OSError with `path` as its file name; the file is as it was then.
    """
    before = path.stat().st_size if path.exists() else 0
    try:
        with path.open("ab") as file:
            file.write(text.encode())
    except OSError as error:
        with suppress(OSError):
            os.truncate(path, before)
        raise OSError(error.errno, error.strerror, str(path)) from error


def without_folders(value: Any) -> Any:
    """The name of the file where `value` is the text of an absolute path; else `value` as it is.

    >>> without_folders("/home/anna/resnet18.pth"), without_folders("models/resnet18.pth"), without_folders(3)
    ('resnet18.pth', 'models/resnet18.pth', 3)
    """
    if not isinstance(value, str):
        return value
    kinds = (PurePosixPath(value), PureWindowsPath(value))
    return next((path.name for path in kinds if path.is_absolute()), value)


def path_cell(path: Path | str) -> str:
    """A path, for the first cell of a line, that no spreadsheet takes for a formula; it still names the same file.

    >>> path_cell(Path("=1+2.png"))
    './=1+2.png'
    """
    text = str(path)
    return f"./{text}" if text.startswith(_FORMULA) else text


def text_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, where it cuts the line at semicolons, tabs or bars either.

    >>> text_cell("@scratch"), text_cell("x;=1+1;.png")
    ("'@scratch", "x;'=1+1;.png")
    """
    guarded = _INNER_FORMULA.sub(r"\1'", text)
    return f"'{guarded}" if text.startswith(_FORMULA) else guarded


def csv_line(cells: Iterable[object]) -> str:
    """A line of a CSV table, comma between cells; what another separator would cut stands in quotes.

    >>> csv_line(["a;b.png", 1.5, "go"])
    '"a;b.png",1.5,go\\n'
    """
    texts = (str(cell) for cell in cells)
    return ",".join('"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text for text in texts) + "\n"

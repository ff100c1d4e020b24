"""Images that lie in one file behind each other: the pages of a TIFF, counted and taken out one by one."""

from __future__ import annotations

import os
from typing import cast

from surfedge.errors import ImageError
from surfedge.images.headers.file_bytes import FileBytes
from surfedge.images.headers.tiff_pages import count_pages as count_tiff_pages
from surfedge.images.headers.tiff_pages import only_page

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ANY_SIZE = 1 << 62  # only some places of it are read


def count_pages(path: str | os.PathLike[str]) -> int:
    """Pages of the file at `path` that `read` can give: 1 but for TIFF. Pixels are not read.

    Reduced copies and masks are not counted. 1 for a file that is missing or damaged: whoever reads it says so.
    """
    try:
        with FileBytes(path, _ANY_SIZE) as file:
            return count_tiff_pages(file, file.name) if file[:4] in _TIFF else 1
    except ImageError:
        return 1


def select_page(data: bytes, page: int, name: str) -> bytes:
    """A file's bytes with `page`, counted from 1, alone in it. Raises ImageError where there is no such page."""
    if data[:4] in _TIFF:
        return cast(bytes, only_page(data, page, name))  # taken alike, and not copied once more
    if page != 1:
        raise ImageError(name, found="a file of one page", expected=f"a page {page}", remedy="check the page's number")
    return data

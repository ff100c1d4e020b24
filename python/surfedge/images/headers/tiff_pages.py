"""The directories (IFDs) of a TIFF: tags and their values, every offset checked against the file."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from surfedge.errors import ImageError
from surfedge.images.headers.format import damaged

_TYPES = {1: "u1", 3: "u2", 4: "u4", 16: "u8"}  # the unsigned ones: BYTE, SHORT, LONG, LONG8
_PAGE_LIMIT = 10_000
PAGES_NOTE = "first of {} pages"  # on an image of which more could have been read


@dataclass(frozen=True)
class _Layout:
    """Sizes that differ between TIFF and BigTIFF, and the byte order."""

    order: str
    big: bool

    @property
    def entry(self) -> str:
        """struct format of tag, type, count; the value or its offset follows."""
        return self.order + ("HHQ" if self.big else "HHI")

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")


@dataclass(frozen=True)
class Page:
    """One directory. fields: tag -> (values, byte offset of the values in the file)."""

    fields: dict[int, tuple[list[int], int]]
    order: str

    def one(self, tag: int, default: int) -> int:
        """First value of a tag."""
        values = self.many(tag)
        return values[0] if values else default

    def many(self, tag: int) -> list[int]:
        """All values of a tag, [] when it is absent."""
        return self.fields.get(tag, ([], 0))[0]

    def overwrite(self, tag: int, value: int) -> tuple[int, bytes]:
        """(offset, bytes) that set the first value of a SHORT tag."""
        return self.fields[tag][1], struct.pack(self.order + "H", value)


# The tags whose values are needed; all are of unsigned types.
_TAGS = (254, 256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 284, 320, 322, 323, 324, 325, 338, 339)


def read_page(data: bytes, name: str) -> Page:
    """The first directory. Raises ImageError where it is missing, cut or malformed."""
    layout = _layout(data)
    return _read(data, layout, _first(data, layout, name), name)


def count_pages(data: bytes, name: str) -> int:
    """Number of pages, reduced copies and masks of others not counted.

    Raises ImageError when the chain of directories leaves the file or is a circle.
    """
    return len(_pages(data, _layout(data), name))


def only_page(data: bytes, page: int, name: str) -> bytearray:
    """A copy of the file with `page`, counted from 1, as its first and only one. Raises ImageError for a page it has
    not, and as `count_pages`."""
    layout = _layout(data)
    pages = _pages(data, layout, name)
    if not 1 <= page <= len(pages):
        raise ImageError(name, found=f"{len(pages)} pages", expected=f"a page {page}", remedy="check the page's number")
    copy = bytearray(data)
    struct.pack_into(layout.offset, copy, 8 if layout.big else 4, pages[page - 1])
    struct.pack_into(layout.offset, copy, _after(data, layout, pages[page - 1], name), 0)
    return copy


def _pages(data: bytes, layout: _Layout, name: str) -> list[int]:
    """Where the directories of all pages lie, those of reduced copies and masks left out."""
    seen: dict[int, None] = {}
    offset = _first(data, layout, name)
    while offset:
        if offset in seen or len(seen) == _PAGE_LIMIT:
            raise damaged(name, "a TIFF whose pages do not end", expected="a list")
        seen[offset] = None
        offset = _next(data, layout, offset, name)
    first, *others = seen or [0]
    return [first, *(start for start in others if not _is_of_another(data, layout, start))]


def _is_of_another(data: bytes, layout: _Layout, start: int) -> bool:
    """Whether the page is a reduced copy (bit 0 of tag 254) or a mask (bit 2) of another; tags are in order."""
    (count,) = struct.unpack_from(layout.count, data, start)
    entry = start + struct.calcsize(layout.count)
    if not count or struct.unpack_from(layout.entry, data, entry)[:2] != (254, 4):
        return False
    (bits,) = struct.unpack_from(layout.order + "I", data, entry + struct.calcsize(layout.entry))
    return bool(bits & 0b101)


def _layout(data: bytes) -> _Layout:
    order = "<" if data[:2] == b"II" else ">"
    return _Layout(order, big=b"+" in data[2:4])


def _first(data: bytes, layout: _Layout, name: str) -> int:
    try:
        return int(struct.unpack_from(layout.offset, data, 8 if layout.big else 4)[0])
    except struct.error:
        raise _cut(data, name) from None


def _next(data: bytes, layout: _Layout, start: int, name: str) -> int:
    try:
        return int(struct.unpack_from(layout.offset, data, _after(data, layout, start, name))[0])
    except (struct.error, OverflowError):
        raise _cut(data, name) from None


def _after(data: bytes, layout: _Layout, start: int, name: str) -> int:
    """Where a directory ends and the next one's place is told."""
    try:
        (count,) = struct.unpack_from(layout.count, data, start)
    except (struct.error, OverflowError):
        raise _cut(data, name) from None
    return start + struct.calcsize(layout.count) + int(count) * (20 if layout.big else 12)


def _read(data: bytes, layout: _Layout, start: int, name: str) -> Page:
    _next(data, layout, start, name)  # refuses a directory that is cut
    (count,) = struct.unpack_from(layout.count, data, start)
    position, size = start + struct.calcsize(layout.count), 20 if layout.big else 12
    fields: dict[int, tuple[list[int], int]] = {}
    for entry in range(position, position + count * size, size):
        tag, kind, length = struct.unpack_from(layout.entry, data, entry)
        if tag not in _TAGS:
            continue
        if kind not in _TYPES or tag in fields:
            found = f"TIFF tag {tag} twice or of type {kind}"
            raise damaged(name, found, expected="once, unsigned")
        fields[tag] = _values(data, layout, entry, (kind, length), name)
    return Page(fields, layout.order)


def _values(data: bytes, layout: _Layout, entry: int, shape: tuple[int, int], name: str) -> tuple[list[int], int]:
    dtype = np.dtype(layout.order + _TYPES[shape[0]])
    place = entry + struct.calcsize(layout.entry)
    if shape[1] * dtype.itemsize > struct.calcsize(layout.offset):
        (place,) = struct.unpack_from(layout.offset, data, place)
    if place + shape[1] * dtype.itemsize > len(data):
        raise _cut(data, name)
    return np.frombuffer(data, dtype, shape[1], place).tolist(), place


def _cut(data: bytes, name: str) -> ImageError:
    found = f"a truncated TIFF ({len(data):,} bytes, its directory lies beyond)"
    return damaged(name, found)

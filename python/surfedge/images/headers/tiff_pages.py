"""The directories (IFDs) of a TIFF: tags and their values, every offset checked against the file.

A tag may claim to have the whole file as its values; so its values are read only when they are asked for.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from surfedge.errors import ImageError
from surfedge.images.headers.file_bytes import FileBytes
from surfedge.images.headers.format import damaged

Bytes: TypeAlias = bytes | FileBytes

_TYPES = {1: "u1", 3: "u2", 4: "u4", 16: "u8"}  # the unsigned ones: BYTE, SHORT, LONG, LONG8
_PAGE_LIMIT = 10_000
_MAX_ENTRIES = 4096
_MAX_VALUES = 1 << 16  # of a tag that describes the page as a whole
_MAX_LONG = 1 << 22  # of the tags that have a value for each strip, tile or colour
_LONG = (273, 279, 320, 324, 325)
# TIFF 6.0, section 8: where a tag is absent. The photometric (262) has no default: -1, which none is.
_DEFAULTS = {258: 1, 259: 1, 262: -1, 266: 1, 274: 1, 277: 1, 278: (1 << 32) - 1, 284: 1, 339: 1}
PAGES_NOTE = "first of {} pages"  # on an image of which more could have been read
_PAGES = re.compile(PAGES_NOTE.format(r"\d+"))


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
    def step(self) -> int:
        """Bytes of an entry with its value."""
        return 20 if self.big else 12

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")


@dataclass(frozen=True)
class Field:
    """Where the values of a tag lie: their type, number and first byte in the file."""

    dtype: np.dtype[Any]
    count: int
    place: int


@dataclass(frozen=True)
class Page:
    """One directory. fields: by tag; their values are read when they are asked for."""

    data: Bytes
    fields: dict[int, Field]

    def one(self, tag: int) -> int:
        """First value of a tag; where it is absent its default, 0 for one that has none."""
        values = self.many(tag, 1)
        return int(values[0]) if values.size else _DEFAULTS.get(tag, 0)

    def many(self, tag: int, limit: int = _MAX_LONG) -> np.ndarray:
        """The values of a tag, the first `limit` of them; empty when it is absent."""
        field = self.fields.get(tag)
        if field is None:
            return np.empty(0, np.uint8)
        size = min(field.count, limit) * field.dtype.itemsize
        return np.frombuffer(self.data[field.place : field.place + size], field.dtype)

    def overwrite(self, tag: int, value: int) -> tuple[int, bytes]:
        """(offset, bytes) that set the first value of a tag, of whatever type it is."""
        field = self.fields[tag]
        return field.place, np.array(value, field.dtype).tobytes()


# The tags whose values are needed; all are of unsigned types.
_TAGS = (254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 320, 322, 323, 324, 325, 338, 339)


def read_page(data: Bytes, name: str) -> Page:
    """The first directory. Raises ImageError where it is missing, cut or malformed."""
    layout = _layout(data)
    return _read(data, layout, _first(data, layout, name), name)


def pages_left(notes: Iterable[str]) -> str:
    """The note "first of 4 pages" where an image's file holds more than was read, else nothing.

    >>> pages_left(["alpha dropped", "first of 4 pages"]), pages_left([])
    ('first of 4 pages', '')
    """
    return next((note for note in notes if _PAGES.fullmatch(note)), "")


def count_pages(data: Bytes, name: str) -> int:
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


def _pages(data: Bytes, layout: _Layout, name: str) -> list[int]:
    """Where the directories of all pages lie, those of reduced copies and masks left out."""
    seen: dict[int, None] = {}
    offset = _first(data, layout, name)
    while offset:  # 0 ends the list
        if offset in seen or len(seen) == _PAGE_LIMIT:
            raise damaged(name, "a TIFF whose pages do not end", expected="a list")
        seen[offset] = None
        offset = _next(data, layout, offset, name)
    first, *others = seen
    return [first, *(start for start in others if not _is_of_another(data, layout, start, name))]


def _is_of_another(data: Bytes, layout: _Layout, start: int, name: str) -> bool:
    """Whether the page is a reduced copy (bit 0 of tag 254) or a mask (bit 2) of another; tags are in order."""
    place, count = _entries(data, layout, start, name)
    if not count or _unpacked(layout.entry, data, place, name)[:2] != (254, 4):
        return False
    bits = _number(layout.order + "I", data, place + struct.calcsize(layout.entry), name)
    return bool(bits & 0b101)


def _layout(data: Bytes) -> _Layout:
    order = "<" if data[:2] == b"II" else ">"
    return _Layout(order, big=b"+" in data[:4])


def _unpacked(format_: str, data: Bytes, place: int, name: str) -> tuple[int, ...]:
    """The numbers at `place`; ImageError where the file ends before."""
    size = struct.calcsize(format_)
    if place + size > len(data):
        raise _cut(data, name)
    return struct.unpack(format_, data[place : place + size])


def _number(format_: str, data: Bytes, place: int, name: str) -> int:
    (number,) = _unpacked(format_, data, place, name)
    return number


def _first(data: Bytes, layout: _Layout, name: str) -> int:
    start = _number(layout.offset, data, 8 if layout.big else 4, name)
    if not start:
        raise damaged(name, "a TIFF without a directory")
    return start


def _entries(data: Bytes, layout: _Layout, start: int, name: str) -> tuple[int, int]:
    """(first byte, number) of a directory's entries."""
    return start + struct.calcsize(layout.count), _number(layout.count, data, start, name)


def _next(data: Bytes, layout: _Layout, start: int, name: str) -> int:
    return _number(layout.offset, data, _after(data, layout, start, name), name)


def _after(data: Bytes, layout: _Layout, start: int, name: str) -> int:
    """Where a directory ends and the place of the next one is given."""
    place, count = _entries(data, layout, start, name)
    return place + count * layout.step


def _read(data: Bytes, layout: _Layout, start: int, name: str) -> Page:
    _next(data, layout, start, name)  # refuses a directory that is cut
    place, count = _entries(data, layout, start, name)
    if count > _MAX_ENTRIES:
        raise damaged(name, f"a TIFF directory of {count:,} entries", expected=f"at most {_MAX_ENTRIES:,}")
    entries = data[place : place + count * layout.step]
    fields: dict[int, Field] = {}
    for entry in range(0, len(entries), layout.step):
        tag, kind, length = struct.unpack_from(layout.entry, entries, entry)
        if tag not in _TAGS:
            continue
        if kind not in _TYPES or tag in fields:
            found = f"TIFF tag {tag} twice or of type {kind}"
            raise damaged(name, found, expected="once, unsigned")
        limit = _MAX_LONG if tag in _LONG else _MAX_VALUES
        if length > limit:
            raise damaged(name, f"TIFF tag {tag} with {length:,} values", expected=f"at most {limit:,}")
        fields[tag] = _field(data, layout, place + entry, (kind, length), name)
    return Page(data, fields)


def _field(data: Bytes, layout: _Layout, entry: int, shape: tuple[int, int], name: str) -> Field:
    dtype = np.dtype(layout.order + _TYPES[shape[0]])
    place = entry + struct.calcsize(layout.entry)
    if shape[1] * dtype.itemsize > struct.calcsize(layout.offset):
        place = _number(layout.offset, data, place, name)
    if place + shape[1] * dtype.itemsize > len(data):
        raise _cut(data, name)
    return Field(dtype, shape[1], place)


def _cut(data: Bytes, name: str) -> ImageError:
    found = f"a truncated TIFF ({len(data):,} bytes, its directory lies beyond)"
    return damaged(name, found)

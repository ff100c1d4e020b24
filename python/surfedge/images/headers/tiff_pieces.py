"""The strips or tiles of a TIFF page: where they lie, what their pixels need, and whether that can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surfedge.errors import ImageError
from surfedge.images.headers.format import Header, damaged
from surfedge.images.headers.tiff_pages import Page

_LEAST_TILE_PX = 16  # TIFF 6.0, section 15: a multiple of 16
_FEW_PIECES, _LEAST_PIECE_PX = 8192, 256  # beyond a few, pieces have so many pixels on average


@dataclass(frozen=True)
class Pieces:
    """In file order: plane by plane, row by row. offsets, counts : int64 (n,), first byte and bytes in the file.

    needed : int64 (n,), bytes of the pixels, unpacked. wide, high : pixels of a piece. across, planes : pieces beside
    each other, and how often the image is covered. shape : (H, W) of the image.
    """

    offsets: np.ndarray
    counts: np.ndarray
    needed: np.ndarray
    wide: int
    high: int
    across: int
    planes: int
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.offsets)

    def check_inside(self, size: int, ratio: int, name: str) -> None:
        """Raises ImageError for a piece that ends beyond a file of `size` bytes, or that cannot hold its pixels."""
        ends = self.offsets + self.counts
        for index in np.flatnonzero(ends > size):  # the first is named
            raise damaged(name, f"a truncated TIFF ({size:,} bytes, strip or tile {index} ends at {ends[index]:,})")
        for index in np.flatnonzero(self.offsets == 0):
            raise damaged(name, f"a TIFF whose strip or tile {index} lies nowhere")
        for index in np.flatnonzero(self.counts * ratio < self.needed):
            raise self._short(int(index), int(self.counts[index]), name)

    def check_held(self, index: int, size: int, name: str) -> None:
        """Raises ImageError for a piece that turned out to hold `size` bytes of pixels, fewer than it needs."""
        if size < self.needed[index]:
            raise self._short(index, size, name)

    def bytes_of(self, data: bytes, index: int) -> memoryview:
        """The packed bytes of a piece, as far as any packer would need them for its pixels."""
        count = min(int(self.counts[index]), 2 * int(self.needed[index]) + 4096)
        return memoryview(data)[int(self.offsets[index]) :][:count]

    def last_pixels(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row, column and plane of each piece's last pixel inside the image."""
        plane, place = np.divmod(np.arange(len(self)), len(self) // self.planes)
        row, column = np.divmod(place, self.across)
        height, width = self.shape
        y, x = (row + 1) * self.high - 1, (column + 1) * self.wide - 1
        return np.minimum(y, height - 1), np.minimum(x, width - 1), plane

    def _short(self, index: int, size: int, name: str) -> ImageError:
        found = f"a TIFF whose strip or tile {index} holds {size:,} of {self.needed[index]:,} bytes of pixels"
        return damaged(name, found)


def pieces_of(page: Page, header: Header, name: str) -> Pieces:
    """The pieces of the first page. Raises ImageError where their number or size contradicts the image's."""
    tiled = 322 in page.fields
    wide = page.one(322) if tiled else header.width
    high = page.one(323) if tiled else min(page.one(278), header.height)
    if not 0 < wide * high <= max(1 << 26, header.pixels) or (tiled and min(wide, high) < _LEAST_TILE_PX):
        raise damaged(name, f"TIFF strips or tiles of {wide:,} x {high:,} px")
    samples = page.one(277)
    planes = samples if page.one(284) == 2 else 1
    across, down = -(-header.width // wide), -(-header.height // high)
    count = across * down * planes
    if count > _FEW_PIECES + planes * header.pixels // _LEAST_PIECE_PX:
        raise damaged(name, f"a TIFF in {count:,} strips or tiles", expected=f"{_LEAST_PIECE_PX} px or more in each")
    offsets, counts = (page.many(tag) for tag in ((324, 325) if tiled else (273, 279)))
    if not offsets.size == counts.size == count:
        found = f"a TIFF with {offsets.size:,} offsets and {counts.size:,} sizes of strips or tiles"
        raise damaged(name, found, expected=f"{count:,}")
    row_bytes = (wide * page.one(258) * samples // planes + 7) // 8
    needed = np.full((planes, down, across), high * row_bytes, np.int64)
    if not tiled:
        needed[:, -1] = (header.height - (down - 1) * high) * row_bytes
    shape = (header.height, header.width)
    return Pieces(_bounded(offsets), _bounded(counts), needed.ravel(), wide, high, across, planes, shape)


def _bounded(values: np.ndarray) -> np.ndarray:
    """int64; what is beyond any file stays beyond."""
    return np.minimum(values, np.array(1 << 60, np.uint64)).astype(np.int64)

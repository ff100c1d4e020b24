"""Whether LZW and PackBits strips hold all their bytes: counted here where they are small, by the decoder where not.

The decoder says nothing of a short strip of 8-bit samples, but refuses one of 16-bit samples. So large strips are given
to it once more, as those of a grey 16-bit image of as many bytes. Predictors change values only, not their number.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from surfedge.images.headers.format import damaged
from surfedge.images.headers.opencv import decode_bytes
from surfedge.images.headers.tiff_pieces import Pieces

COUNTED_BYTES = 1 << 20  # of packed data that are counted in Python, a few tenths of a second
_SIDE = 1 << 19
_MAX_ROWS = 1 << 19
_ROWS_TRIED = 1000
_MAX_BYTES = 64 << 20  # unpacked, of one probe, unless a single strip has more


@dataclass(frozen=True)
class Packing:
    """size : counts the unpacked bytes of a strip up to a limit. compression, fill_order : values of TIFF tags."""

    size: Callable[[bytes | memoryview, int], int]
    compression: int
    fill_order: int


def check_held(data: bytes, pieces: Pieces, chosen: np.ndarray, packing: Packing, name: str) -> None:
    """Raises ImageError for one of the `chosen` pieces that holds fewer bytes than its pixels need."""
    if packing.fill_order == 1 and pieces.counts[chosen].sum() <= COUNTED_BYTES:
        for index in map(int, chosen):
            pieces.check_held(index, packing.size(pieces.bytes_of(data, index), int(pieces.needed[index])), name)
        return
    held = pieces.needed[chosen]
    for needed in map(int, np.unique(held[held > 1])):
        alike = chosen[held == needed]
        samples = needed // 2
        least = -(-samples // _SIDE)
        rows = min(range(least, least + _ROWS_TRIED), key=samples.__mod__)  # what is left over is not looked at
        step = max(1, min(_MAX_ROWS // rows, _MAX_BYTES // needed))
        for first in range(0, len(alike), step):
            some = [pieces.bytes_of(data, int(index)) for index in alike[first : first + step]]
            if decode_bytes(_probe(some, samples // rows, rows, packing)) is None:
                found = f"a TIFF of which a strip or tile holds fewer than {needed:,} bytes of pixels"
                raise damaged(name, found)


def _probe(strips: list[memoryview], width: int, rows: int, packing: Packing) -> bytes:
    """A little-endian grey TIFF of 16 bits, `width` pixels wide, whose strips of `rows` rows hold these bytes."""
    counts = np.array([len(strip) for strip in strips], np.uint32)
    offsets = 8 + np.concatenate([[0], np.cumsum(counts[:-1])]).astype(np.uint32)
    end = 8 + int(counts.sum())
    one = len(strips) == 1
    values = {
        256: width,
        257: rows * len(strips),
        258: 16,
        259: packing.compression,
        262: 1,
        266: packing.fill_order,
        273: int(offsets[0]) if one else end,
        278: rows,
        279: int(counts[0]) if one else end + 4 * len(strips),
    }
    number = dict.fromkeys(values, 1) | {273: len(strips), 279: len(strips)}
    tags = b"".join(struct.pack("<HHII", tag, 4, number[tag], value) for tag, value in values.items())
    places = offsets.astype("<u4").tobytes() + counts.astype("<u4").tobytes()
    head = struct.pack("<2sHI", b"II", 42, end + len(places))
    return b"".join([head, *strips, places, struct.pack("<H", len(values)), tags, bytes(4)])

"""How many pixel bytes a compressed strip or tile of a TIFF really holds.

OpenCV reads 8-bit TIFF through libtiff's RGBA interface, which leaves the rest of a damaged strip black and
says nothing; what the strip holds is therefore counted here.
"""

from __future__ import annotations

import zlib

_CLEAR, _END, _FIRST = 256, 257, 258
_STEP = 1 << 20
_FEED = 1 << 16


def deflate_size(data: bytes | memoryview, limit: int) -> int:
    """Inflated bytes, at most `limit`; 0 when the stream is damaged (its checksum included) or unfinished."""
    stream, size, view = zlib.decompressobj(), 0, memoryview(data)
    try:
        for first in range(0, len(view), _FEED):  # what is left over is copied: a little at a time
            tail: bytes | memoryview = view[first : first + _FEED]
            while tail and size <= limit and not stream.eof:
                size += len(stream.decompress(tail, min(_STEP, limit + 1 - size)))
                tail = stream.unconsumed_tail
    except zlib.error:
        return 0
    return min(size, limit) if stream.eof or size > limit else 0


def packbits_size(data: bytes | memoryview, limit: int) -> int:
    """Unpacked bytes up to `limit` (TIFF 6.0, section 9).

    >>> packbits_size(bytes([254, 170, 2, 128, 0, 42]), 100)
    6
    """
    size = position = 0
    while position < len(data) and size < limit:
        count = data[position]
        if count < 128:
            position += count + 2
            size += count + 1 - max(0, position - len(data))
        else:
            size += 257 - count if count > 128 and position + 1 < len(data) else 0
            position += 2 if count > 128 else 1
    return size


def lzw_size(data: bytes | memoryview, limit: int) -> int:
    """Decoded bytes up to `limit`, or up to the first code that cannot be (TIFF 6.0, section 13).

    Only the lengths of the strings are kept: a code stands for an earlier string and one byte more.
    """
    lengths: list[int] = []
    size = previous = buffer = bits = 0
    width = 9
    for byte in data:
        buffer, bits = (buffer << 8 | byte) & 0xFFFFFF, bits + 8
        if bits < width:
            continue
        bits -= width
        code = buffer >> bits & (1 << width) - 1
        if code == _CLEAR:
            lengths, previous, width = [], 0, 9
            continue
        if previous:
            lengths.append(previous + 1)
        if code == _END or code - _FIRST >= len(lengths):
            break
        previous = lengths[code - _FIRST] if code >= _FIRST else 1
        size += previous
        if size >= limit:
            break
        width = min(12, (_FIRST + len(lengths) + 1).bit_length())  # one entry before the table needs it
    return size

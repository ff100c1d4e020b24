"""BMP: Microsoft device-independent bitmap, headers BITMAPCOREHEADER (12) to BITMAPV5HEADER (124 bytes)."""

from __future__ import annotations

import struct

from surfedge.errors import ImageError
from surfedge.images.headers.format import SAVE_AS_PNG, Format, Header, damaged

_HEADER_SIZES = (12, 40, 52, 56, 64, 108, 124)
_DEPTHS = (1, 4, 8, 24, 32)
_RGB_MASKS = (0x00FF0000, 0x0000FF00, 0x000000FF)


def read_header(data: bytes, name: str) -> Header:
    """Size and depth; a palette of greys only makes a grey image. Run-length and 16-bit BMP are refused."""
    if len(data) < 26:
        raise damaged(name, f"a BMP of {len(data)} bytes", expected="a whole header")
    (header_size,) = struct.unpack_from("<I", data, 14)
    if header_size not in _HEADER_SIZES or len(data) < 14 + header_size:
        found = f"a BMP header of {header_size:,} bytes"
        raise damaged(name, found, expected="12 to 124, within the file")
    width, height, depth, compression = _fields(data, header_size)
    if depth not in _DEPTHS or compression not in (0, 3) or (compression == 3 and depth != 32):
        found = f"a BMP of {depth} bits, compression {compression}"
        raise ImageError(name, found=found, expected="1, 4, 8, 24 or 32 bits uncompressed", remedy=SAVE_AS_PNG)
    if compression == 3 and _masks(data) != _RGB_MASKS:
        raise ImageError(name, found="a BMP with unusual colour masks", expected="BGRA order", remedy=SAVE_AS_PNG)
    if width <= 0 or height == 0:
        found = f"a BMP header of {width:,} x {height:,} px"
        raise damaged(name, found, expected="at least 1 x 1 px")
    channels = 1 if depth <= 8 and _is_grey(data, header_size, depth, name) else 3
    notes = ("fourth channel dropped",) if depth == 32 else ()
    samples = 4 if depth == 32 else 3
    return Header(
        "BMP",
        width,
        abs(height),
        channels,
        "uint8",
        samples,
        end_is_checked=False,
        last_rows_first=height > 0,
        notes=notes,
    )


def check_complete(data: bytes, header: Header, name: str) -> tuple[str, ...]:
    """All rows lie inside the file."""
    (header_size,) = struct.unpack_from("<I", data, 14)
    depth = _fields(data, header_size)[2]
    (offset,) = struct.unpack_from("<I", data, 10)
    if offset < _palette_start(header_size) + _palette_size(data, header_size, depth):
        found = f"BMP pixels at byte {offset:,}, inside the header"
        raise damaged(name, found, expected="pixels after the palette")
    end = offset + (header.width * depth + 31) // 32 * 4 * header.height
    if end > len(data):
        raise damaged(name, f"a truncated BMP ({len(data):,} of {end:,} bytes)")
    return ()


def _fields(data: bytes, header_size: int) -> tuple[int, int, int, int]:
    """width, height (negative when stored top row first), bits per pixel, compression."""
    if header_size == 12:
        width, height, _, depth = struct.unpack_from("<HHHH", data, 18)
        return width, height, depth, 0
    width, height, _, depth, compression = struct.unpack_from("<iiHHI", data, 18)
    return width, height, depth, compression


def _masks(data: bytes) -> tuple[int, ...]:
    return struct.unpack_from("<III", data, 54)


def _palette_start(header_size: int) -> int:
    return 14 + header_size


def _palette_size(data: bytes, header_size: int, depth: int) -> int:
    """Bytes of the palette: what the header says, 2^depth entries where it says 0."""
    if depth > 8:
        return 0
    used = int.from_bytes(data[46:50], "little") if header_size >= 40 else 0
    return int((used or 1 << depth) * (3 if header_size == 12 else 4))


def _is_grey(data: bytes, header_size: int, depth: int, name: str) -> bool:
    size = _palette_size(data, header_size, depth)
    step = 3 if header_size == 12 else 4
    if size > step << depth:
        found = f"a BMP palette of {size // step:,} colours"
        raise damaged(name, found, expected=f"at most {1 << depth}")
    start = _palette_start(header_size)
    palette = data[start : start + size]
    if len(palette) < size:
        raise damaged(name, "a BMP that ends inside its palette")
    return palette[0::step] == palette[1::step] == palette[2::step]


FORMAT = Format("BMP", (b"BM",), (".bmp", ".dib"), read_header, check_complete)

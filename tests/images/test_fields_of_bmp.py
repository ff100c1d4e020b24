"""The fields of a BMP header, one by one, on the border of what is read."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

import pytest

from surfedge.errors import ImageError
from surfedge.images import check
from surfedge.images.headers.bmp import check_complete, read_header

SIZES = {12, 40, 52, 56, 64, 108, 124}  # BITMAPCOREHEADER to BITMAPV5HEADER, OS/2's among them
BGRA = (0xFF0000, 0xFF00, 0xFF)


def header(
    depth: int = 24,
    width: int = 2,
    height: int = 1,
    *,
    size: int = 40,
    compression: int = 0,
    masks: tuple[int, ...] = BGRA,
    used: int = 0,
    offset: int = 2000,
) -> bytes:
    """14 bytes and a header of `size`, its masks where a longer one has them, as the format's page lists them."""
    if size == 12:
        fields = struct.pack("<IHHHH", 12, width, height, 1, depth)
    else:
        fields = struct.pack("<IiiHHIIiiII", size, width, height, 1, depth, compression, 0, 0, 0, used, 0)
    fields += struct.pack("<3I", *masks)
    fields = (fields if compression == 3 else fields[:size]).ljust(size, b"\0")
    return struct.pack("<2sIHHI", b"BM", 0, 0, 0, offset) + fields


def said(data: bytes) -> str:
    try:
        read_header(data, "a.bmp")
    except ImageError as error:
        return error.found
    return ""


def test_lengths_of_headers() -> None:
    """Known ones, to their last byte."""
    for size in range(12, 130):
        data = header(size=size)[: 14 + size]
        assert said(data) == ("" if size in SIZES else f"a BMP header of {size} bytes"), size
        less = "a BMP of 25 bytes" if size == 12 else f"a BMP header of {size} bytes"
        assert said(data[:-1]) == less or size not in SIZES


def test_depths_and_compressions() -> None:
    """Bits of a pixel, uncompressed; 3, masks, of 32 bits alone. Colours are BGR, a fourth channel is dropped."""
    for depth, compression in itertools.product(range(34), range(6)):
        data = header(depth, compression=compression) + bytes(4 << 8)
        if (compression == 0 and depth in (1, 4, 8, 24, 32)) or (compression, depth) == (3, 32):
            read = read_header(data, "a.bmp")
            assert (read.channels, read.samples) == (1 if depth <= 8 else 3, 4 if depth == 32 else 3)
            assert read.notes == (("fourth channel dropped",) if depth == 32 else ())
            assert not read.end_is_checked
        else:
            assert said(data) == f"a BMP of {depth} bits, compression {compression}"


def test_masks_of_colours() -> None:
    for place, bit in itertools.product(range(3), range(32)):
        masks = tuple(mask ^ (1 << bit if n == place else 0) for n, mask in enumerate(BGRA))
        assert said(header(32, compression=3, masks=masks)) == "a BMP with unusual colour masks"
        assert said(header(32, masks=masks)) == ""


@pytest.mark.parametrize("width", [-1, 0, 1, 9])
@pytest.mark.parametrize("height", [-2, -1, 0, 1, 2])
def test_sides(width: int, height: int) -> None:
    """A negative height has its top row first."""
    data = header(width=width, height=height)
    if width < 1 or height == 0:
        assert said(data) == f"a BMP header of {width} x {height} px"
        return
    read = read_header(data, "a.bmp")
    assert (read.width, read.height, read.last_rows_first) == (width, abs(height), height > 0)


@pytest.mark.parametrize("depth", [1, 4, 8])
@pytest.mark.parametrize("size", [12, 40])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_colours_of_a_palette(depth: int, size: int, more: int) -> None:
    """As many as the header says, at most 2^depth; the oldest header says nothing, and its entries have no padding."""
    entry, count = (3 if size == 12 else 4), (1 << depth) + (more if size == 40 else 0)
    data = header(depth, size=size, used=count) + bytes(entry * count)
    if more == 1 and size == 40:
        with pytest.raises(ImageError, match=f"a BMP palette of {count} colours, expected at most {1 << depth};"):
            read_header(data, "a.bmp")
        return
    assert said(data) == "" and said(data[:-1]) == "a BMP that ends inside its palette"
    assert read_header(data, "a.bmp").channels == 1
    for channel in range(4):
        coloured = data[:-entry] + bytes(n == channel for n in range(entry))
        assert read_header(coloured, "a.bmp").channels == (3 if channel < 3 else 1)


@pytest.mark.parametrize(("depth", "size", "start"), [(24, 40, 54), (32, 56, 70), (8, 40, 54 + 1024), (1, 12, 26 + 6)])
def test_pixels_begin_behind_the_palette(depth: int, size: int, start: int, tmp_path: Path) -> None:
    """Rows of whole four bytes, to the last of them; nothing is said of what follows."""
    row = (5 * depth + 31) // 32 * 4
    for offset, found in ((start - 1, f"BMP pixels at byte {start - 1:,}, inside the header"), (start, "")):
        data = header(depth, 5, 3, size=size, offset=offset).ljust(start + 3 * row, b"\0")
        if found:
            with pytest.raises(ImageError, match=found):
                check_complete(data, read_header(data, "a.bmp"), "a.bmp")
            continue
        (tmp_path / "a.bmp").write_bytes(data)
        assert check(tmp_path / "a.bmp").notes == (("fourth channel dropped",) if depth == 32 else ())
        with pytest.raises(ImageError, match=f"a truncated BMP .{len(data) - 1:,} of {len(data):,} bytes."):
            check_complete(data[:-1], read_header(data, "a.bmp"), "a.bmp")
        assert check_complete(data + b"x", read_header(data, "a.bmp"), "a.bmp") == ()

"""Unpacked sizes that are counted without unpacking, against decoders that unpack."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from images.encoders import pillow
from images.test_one_off import one_strip
from surfedge.images.headers import tiff_strips
from surfedge.images.headers.tiff import read_header
from surfedge.images.headers.tiff_pages import read_page
from surfedge.images.headers.tiff_pieces import pieces_of
from surfedge.images.headers.tiff_strips import deflate_size, lzw_size


def unpacked_lzw(data: bytes) -> bytes:
    """TIFF 6.0, section 13, with its strings kept: a code is a bit longer one entry before the table needs it."""
    bits = "".join(f"{byte:08b}" for byte in data)
    table = [bytes([n]) for n in range(256)] + [b"", b""]
    strings, before, place, width = list(table), b"", 0, 9
    out = b""
    while place + width <= len(bits):
        code = int(bits[place : place + width], 2)
        place += width
        if code == 256:
            strings, before, width = list(table), b"", 9
            continue
        if before and code != 257:
            known = strings[code] if code < len(strings) and code not in (256, 257) else b""
            if not known and code != len(strings):
                break
            strings.append(before + (known or before)[:1])
        if code == 257 or code >= len(strings):
            break
        before = strings[code]
        out += before
        if width < 12 and len(strings) >= (1 << width) - 1:
            width += 1
    return out


def lzw_of(pixels: np.ndarray) -> bytes:
    data = pillow(Image.fromarray(pixels), "TIFF", compression="tiff_lzw", strip_size=1 << 24)
    page = read_page(data, "a.tif")
    assert page.many(273).size == 1
    return data[page.one(273) : page.one(273) + page.one(279)]


@pytest.mark.parametrize("kind", ["noise", "few values", "flat", "slope"])
def test_lzw_against_a_decoder(kind: str) -> None:
    """Whole, cut anywhere and with a byte changed: strings of all lengths, tables that fill and start anew."""
    rng = np.random.default_rng(0)
    pixels = {
        "noise": rng.integers(0, 256, (90, 100), np.uint8),
        "few values": rng.integers(0, 3, (120, 100)).astype(np.uint8),
        "flat": np.full((60, 100), 7, np.uint8),
        "slope": np.tile(np.arange(100, dtype=np.uint8), (60, 1)),
    }[kind]
    packed = lzw_of(pixels)
    assert unpacked_lzw(packed) == pixels.tobytes()
    assert lzw_size(packed, pixels.size) == pixels.size == lzw_size(packed, 1 << 30)
    for end in [*range(12), *rng.integers(0, len(packed), 6).tolist()]:
        assert lzw_size(packed[:end], 1 << 30) == len(unpacked_lzw(packed[:end])), end
    for place in rng.integers(0, len(packed), 6).tolist():
        changed = packed[:place] + bytes([packed[place] ^ 1 << place % 8]) + packed[place + 1 :]
        assert lzw_size(changed, 1 << 30) == len(unpacked_lzw(changed)), place


def test_lzw_stops_where_enough_is_counted() -> None:
    packed = lzw_of(np.full((60, 100), 7, np.uint8))  # strings of 1, 2, 3, ... bytes
    assert [lzw_size(packed, limit) for limit in (1, 2, 3, 4, 6, 7)] == [1, 3, 3, 6, 6, 10]


def test_lzw_codes_have_12_bits_at_most() -> None:
    """A table that fills and is not cleared: 5,000 single bytes, as the plain decoder reads them."""
    bits, entries, width = f"{256:09b}", 258, 9
    for number in range(5000):
        bits += f"{number % 256:0{width}b}"
        entries += number > 0
        width += width < 12 and entries >= (1 << width) - 1
    packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    assert len(unpacked_lzw(packed)) == lzw_size(packed, 5000) == 5000


@pytest.mark.parametrize(("feed", "step"), [(1, 1), (7, 3), (1 << 16, 1 << 20)])
def test_deflate_against_its_decoder(feed: int, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many bytes as there are, up to the limit; nothing of a stream that is cut or wrong before that."""
    monkeypatch.setattr(tiff_strips, "_FEED", feed)
    monkeypatch.setattr(tiff_strips, "_STEP", step)
    for content in (b"", b"a", bytes(range(256)), b"ab" * 299 + b"a"):
        packed = zlib.compress(content)
        for limit in (0, 1, max(0, len(content) - 1), len(content), len(content) + 1, 5000):
            assert deflate_size(packed, limit) == min(limit, len(content)), (len(content), limit)
        assert deflate_size(packed + b"behind", 5000) == len(content)
        for end in (len(packed) - 1, len(packed) - 5, 2, 0):
            assert deflate_size(packed[:end], 5000) == 0
        wrong = packed[:-1] + bytes([packed[-1] ^ 1])
        assert deflate_size(wrong, 5000) == 0
        if len(content) > 200:
            for limit in (0, 1, *range(len(content) - 5, len(content) - 1)):
                assert deflate_size(wrong, limit) == limit  # enough was there before


LAYOUTS = {
    "one strip of 10 bits": ({256: 5, 257: 3, 258: 10, 262: 1, 277: 1, 278: 3}, [21]),
    "strips of 12 bits": ({256: 5, 257: 5, 258: 12, 262: 1, 277: 1, 278: 2}, [16, 16, 8]),
    "bits": ({256: 9, 257: 3, 258: 1, 262: 1, 277: 1, 278: 2}, [4, 2]),
    "16 bits": ({256: 5, 257: 3, 258: 16, 262: 1, 277: 1, 278: 2}, [20, 10]),
    "more rows than there are": ({256: 5, 257: 3, 258: 8, 262: 1, 277: 1, 278: 99}, [15]),
    "rows that are not said": ({256: 5, 257: 3, 258: 8, 262: 1, 277: 1}, [15]),
    "tiles": ({256: 20, 257: 17, 258: 8, 262: 1, 277: 1, 322: 16, 323: 32}, [512, 512]),
    "tiles of floats": ({256: 16, 257: 17, 258: 32, 262: 1, 277: 1, 339: 3, 322: 16, 323: 16}, [1024, 1024]),
}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_bytes_of_strips_and_tiles(kind: str) -> None:
    """Rows end at whole bytes; the last strip has the rows that are left, the last tile all of its own."""
    layout, needed = LAYOUTS[kind]
    count = len(needed)
    tags = {tag: (value,) for tag, value in layout.items()}
    data = one_strip(tags, bytes(3000))
    page = read_page(data, "a.tif")
    header = read_header(data, "a.tif")
    places, sizes = (324, 325) if 322 in layout else (273, 279)
    fields = dict(page.fields)
    many = tags | {273: (8,) * count, 279: (3000,) * count, 324: (8,) * count, 325: (3000,) * count}
    page = read_page(with_all(many), "a.tif")
    assert set(fields) <= set(page.fields) and places in page.fields and sizes in page.fields
    pieces = pieces_of(page, header, "a.tif")
    assert pieces.needed.tolist() == needed and len(pieces) == count and pieces.planes == 1
    assert pieces.across == -(-layout[256] // pieces.wide) and pieces.shape == (layout[257], layout[256])


def with_all(tags: dict[int, tuple[int, ...]]) -> bytes:
    """A directory of LONG tags alone, their values behind it."""
    count = len(tags)
    place, entries, values = 8 + 2 + 12 * count + 4, b"", b""
    for tag, numbers in sorted(tags.items()):
        packed = struct.pack(f"<{len(numbers)}I", *numbers)
        where = packed if len(packed) == 4 else struct.pack("<I", place + len(values))
        entries += struct.pack("<HHI", tag, 4, len(numbers)) + where
        values += packed if len(packed) > 4 else b""
    return b"II*\0" + struct.pack("<IH", 8, count) + entries + bytes(4) + values

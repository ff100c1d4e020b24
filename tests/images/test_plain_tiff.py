"""TIFF of 8 bits in one strip without compression: nothing is decoded, and the pixels are those of the decoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from images.encoders import texture, tiff
from images.test_one_off import one_strip
from surfedge.images import read
from surfedge.images.headers.opencv import decode_bytes
from surfedge.images.headers.tiff import read_header

GREY, COLOUR = texture(), texture(3)
FILES = {
    "grey": (tiff(GREY), True),
    "colour": (tiff(COLOUR), True),
    "big-endian BigTIFF": (tiff(COLOUR, bigtiff=True, byteorder=">"), True),
    "turned": (tiff(COLOUR, extratags=[(274, "H", 1, 1, True)]), True),
    "strips": (tiff(GREY, rowsperstrip=7), False),
    "one tile": (tiff(GREY, tile=(64, 64)), False),
    "white is zero": (tiff(GREY, photometric="miniswhite"), False),
    "alpha": (tiff(texture(4), extrasamples=["unspecified"]), False),
    "packed": (tiff(COLOUR, compression="adobe_deflate"), False),
    "16 bits": (tiff(GREY.astype(np.uint16)), False),
    "planes": (tiff(COLOUR.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate"), False),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_plain_picture_is_a_view_of_the_file(kind: str, tmp_path: Path) -> None:
    data, is_view = FILES[kind]
    frame = read(tmp_path / "plate.tif", data=data)
    assert np.shares_memory(frame.pixels, np.frombuffer(data, np.uint8)) == is_view
    decoded = decode_bytes(data)
    np.testing.assert_array_equal(frame.pixels, decoded[..., 0] if frame.pixels.ndim < decoded.ndim else decoded)
    assert not frame.pixels.flags.writeable


def test_bits_in_reverse_order_are_left_to_the_decoder(tmp_path: Path) -> None:
    """FillOrder 2 (TIFF 6.0, page 32): the least significant bit comes first."""
    tags = {256: (4,), 257: (1,), 258: (8,), 262: (1,), 266: (2,), 277: (1,), 278: (1,)}
    frame = read(tmp_path / "plate.tif", data=one_strip(tags, bytes([0b1, 0b11, 0x80, 0xF0])))
    assert frame.pixels.tolist() == [[0x80, 0xC0, 1, 0x0F]]


def test_what_a_plain_file_does_not_say_is_so(tmp_path: Path) -> None:
    """Neither its compression nor its order of bits."""
    data = one_strip({256: (4,), 257: (2,), 258: (8,), 262: (1,), 277: (1,), 278: (2,)}, bytes(range(8)))
    assert np.shares_memory(read(tmp_path / "plate.tif", data=data).pixels, np.frombuffer(data, np.uint8))


def test_a_tile_is_not_plain_where_places_of_strips_are_said_too() -> None:
    tags = {256: (4,), 257: (2,), 258: (8,), 262: (1,), 277: (1,), 278: (2,)}
    assert read_header(one_strip(tags, bytes(8)), "a.tif").plain_at == 8
    assert read_header(one_strip(tags | {322: (16,), 323: (16,)}, bytes(256)), "a.tif").plain_at == 0
    assert read_header(one_strip(tags | {321: (16,), 323: (16,)}, bytes(256)), "a.tif").plain_at == 8

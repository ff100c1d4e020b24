"""Borders of what is read: one byte, one sample, one pixel more or less."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.encoders import packed_tiff, pillow, texture, tiff
from images.pictures import jpeg_kinds
from surfedge.errors import ImageError
from surfedge.images import check, cropped, from_array, read
from surfedge.images.headers import webp
from surfedge.images.headers.opencv import decode


def one_strip(tags: dict[int, tuple[int, ...]], data: bytes) -> bytes:
    """A little-endian TIFF of one strip with 16-bit `tags`; values of several follow the directory."""
    tags = dict(sorted({**tags, 273: (8,), 279: (len(data),)}.items()))
    data += b"\0" * (len(data) % 2)
    place, entries, after = 8 + len(data) + 2 + 12 * len(tags) + 4, b"", b""
    for tag, values in tags.items():
        packed = struct.pack(f"<{len(values)}H", *values)
        if len(packed) > 4:
            packed, after = struct.pack("<I", place + len(after)), after + packed
        entries += struct.pack("<HHI4s", tag, 3, len(values), packed)
    return (
        b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4) + after
    )


@pytest.mark.parametrize("kind", ["baseline", "restarts"])
def test_the_last_units_of_cmyk_are_looked_at(kind: str, tmp_path: Path) -> None:
    """Without data after them: a file of whole units, cut before the last one and closed again."""
    data = pillow(Image.fromarray(texture(4, 96, 120), "CMYK"), "JPEG", **jpeg_kinds()[kind])
    path = tmp_path / "plate.jpg"
    path.write_bytes(data)
    assert read(path).shape == (96, 120)
    for less in (60, 66, 90):
        path.write_bytes(data[: len(data) - less] + b"\xff\xd9")
        with pytest.raises(ImageError):
            read(path)


def test_a_tiff_with_samples_of_several_depths_is_refused(tmp_path: Path) -> None:
    tags = {256: (2,), 257: (2,), 258: (8, 8, 8), 262: (2,), 277: (3,), 278: (2,)}
    path = tmp_path / "plate.tif"
    path.write_bytes(one_strip(tags, bytes(range(12))))
    assert read(path).pixels.ravel().tolist() == list(range(12))
    path.write_bytes(one_strip({**tags, 258: (8, 8, 16)}, bytes(16)))
    with pytest.raises(ImageError, match=r"3 samples, bits \[8, 8, 16\]"):
        check(path)


def test_planes_of_one_sample_are_no_planes(tmp_path: Path) -> None:
    tags = {256: (2,), 257: (1,), 258: (16,), 262: (1,), 278: (1,), 284: (2,)}
    path = tmp_path / "plate.tif"
    path.write_bytes(one_strip(tags, struct.pack("<2H", 7, 60000)))
    assert read(path).pixels.tolist() == [[7, 60000]]  # one sample where none is said
    two = {**tags, 258: (16, 16, 16), 262: (2,), 277: (3,)}
    path.write_bytes(one_strip(two, bytes(12)))
    with pytest.raises(ImageError, match="of 3 samples"):
        check(path)


def test_a_palette_of_one_bit_where_no_depth_is_said(tmp_path: Path) -> None:
    tags = {256: (8,), 257: (1,), 262: (3,), 277: (1,), 278: (1,), 320: (0, 65535, 0, 0, 65535, 0)}
    path = tmp_path / "plate.tif"
    path.write_bytes(one_strip(tags, b"\x0f"))
    assert check(path).channels == 3
    path.write_bytes(one_strip({**tags, 320: (0,) * 12}, b"\x0f"))
    with pytest.raises(ImageError, match="palette of 12 values"):
        check(path)


def test_four_bits_are_a_palette_or_refused(tmp_path: Path) -> None:
    tags = {256: (2,), 257: (1,), 258: (4,), 262: (3,), 277: (1,), 278: (1,)}
    levels = tuple(257 * level for level in range(48))
    path = tmp_path / "plate.tif"
    path.write_bytes(one_strip({**tags, 320: levels}, b"\x1f"))
    assert read(path).pixels.tolist() == [[[1, 17, 33], [15, 31, 47]]]
    for other in ({258: (4,), 262: (1,)}, {258: (2,), 262: (3,), 320: levels[:12]}):
        path.write_bytes(one_strip({**tags, **other}, b"\x1f"))
        with pytest.raises(ImageError, match="-bit unsigned integer samples"):
            check(path)


@pytest.mark.parametrize("missing", [0, 2])
def test_one_packed_strip_with_its_bits_turned_round(missing: int, tmp_path: Path) -> None:
    """PackBits, 4 rows of 8 equal bytes; only the decoder knows what turned bits hold."""
    packed = b"".join(struct.pack("<bB", -7, row) for row in (1, 2, 3, 4))[: 8 - missing]
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in packed)
    tags = {256: (8,), 257: (4,), 258: (8,), 259: (32773,), 262: (1,), 266: (2,), 277: (1,), 278: (4,)}
    path = tmp_path / "plate.tif"
    path.write_bytes(one_strip(tags, turned))
    if missing:
        with pytest.raises(ImageError, match="fewer than 32 bytes"):
            check(path)
    else:
        assert read(path).pixels.tolist() == [[row] * 8 for row in (1, 2, 3, 4)]


def test_a_decoder_that_contradicts_the_header_is_quoted_in_width_and_height(tmp_path: Path) -> None:
    data = packed_tiff(np.zeros((4, 6), np.uint16), 16)
    path = tmp_path / "plate.tif"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=r"decoded uint16 6 x 4 px.*uint16 7 x 5 px"):
        decode(data, replace(check(path), width=7, height=5), "plate.tif")


def test_a_decoder_that_shows_grey_where_colour_is_said(tmp_path: Path) -> None:
    (tmp_path / "plate.tif").write_bytes(packed_tiff(np.zeros((4, 6), np.uint16), 16))
    header = replace(check(tmp_path / "plate.tif"), channels=3)
    with pytest.raises(ImageError, match="found a decoded grey image, expected colour"):
        decode((tmp_path / "plate.tif").read_bytes(), header, "plate.tif")


@pytest.mark.parametrize("channels", [3, 4])
def test_colours_of_64_bits(channels: int, tmp_path: Path) -> None:
    pixels = texture(channels) / 255
    found = read(tmp_path / "plate.tif", data=tiff(pixels, photometric="rgb")).pixels
    np.testing.assert_array_equal(found, np.float32(pixels[..., :3]))


def test_a_lossless_webp_cut_in_its_first_bytes() -> None:
    buffer = io.BytesIO()
    Image.fromarray(texture(3, 5, 9)).save(buffer, "WEBP", lossless=True)
    data = buffer.getvalue()
    start = data.index(b"VP8L") + 8
    header = webp.read_header(data[: start + 5], "plate.webp")
    assert (header.width, header.height) == (9, 5)
    with pytest.raises(ImageError, match="without an image"):
        webp.read_header(data[:19], "plate.webp")  # a byte less than a chunk's name and size
    wrong = data[:start] + b"\x2e" + data[start + 1 :]
    for short in (data[: start + 4], data[:start], wrong):
        with pytest.raises(ImageError, match="no header"):
            webp.read_header(short, "plate.webp")


def test_a_square_cut_out_by_hand() -> None:
    frame = from_array(np.arange(20, dtype=np.uint8).reshape(4, 5))
    assert cropped(frame, 1, 2, 2).pixels.tolist() == [[7, 8], [12, 13]]
    assert cropped(frame, 2, 3, 3).pixels.tolist() == [[13, 14], [18, 19]]  # what the edge cuts off is left out


def test_a_directory_at_an_odd_byte_that_reads_as_the_sign_of_bigtiff(tmp_path: Path) -> None:
    """43, "+", is told from the version alone, not from the offset that follows it."""
    tags = {256: (35,), 257: (1,), 258: (8,), 262: (1,), 273: (8,), 277: (1,), 278: (1,), 279: (35,)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, *values) for tag, values in tags.items())
    data = b"II*\0" + struct.pack("<I", 43) + bytes(range(35)) + struct.pack("<H", len(tags)) + entries + bytes(4)
    path = tmp_path / "plate.tif"
    path.write_bytes(data)
    assert read(path).pixels.tolist() == [list(range(35))]


def test_strips_of_no_rows_are_refused(tmp_path: Path) -> None:
    tags = {256: (4,), 257: (2,), 258: (8,), 262: (1,), 277: (1,)}
    path = tmp_path / "plate.tif"
    for more in ({278: (0,)}, {322: (0,), 323: (16,)}, {322: (16,), 323: (0,)}):
        path.write_bytes(one_strip({**tags, **more}, bytes(8)))
        with pytest.raises(ImageError, match="strips or tiles of"):
            check(path)


def test_a_bitmap_with_the_oldest_header(tmp_path: Path) -> None:
    """12 bytes, sizes of 16 bits: BITMAPCOREHEADER."""
    head = struct.pack("<2sIHHI", b"BM", 34, 0, 0, 26) + struct.pack("<IHHHH", 12, 2, 1, 1, 24)
    path = tmp_path / "plate.bmp"
    path.write_bytes(head + bytes([1, 2, 3, 4, 5, 6, 0, 0]))
    header = check(path)
    assert (header.width, header.height, header.channels) == (2, 1, 3)

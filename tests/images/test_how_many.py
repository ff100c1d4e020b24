"""The most chunks, pages and restart units that are looked at: the last number that is taken, the first that is not."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.encoders import chunk, png, texture
from surfedge.errors import ImageError
from surfedge.images import check
from surfedge.images.headers import jpeg_scans, webp
from surfedge.images.headers.jpeg_scans import last_units_look_empty
from surfedge.images.headers.jpeg_segments import FrameHeader
from surfedge.images.headers.tiff_pages import count_pages


@pytest.mark.parametrize(("more", "taken"), [(10_115, True), (10_116, False)])
def test_chunks_of_png(more: int, taken: bool, tmp_path: Path) -> None:
    """10,000, and one for each 1,024 bytes before it: with empty ones, the picture's two and the end, 10,118."""
    path = tmp_path / "a.png"
    path.write_bytes(png(texture(1, 4, 4), 8, 0, before=chunk(b"teXt", b"") * more))
    if taken:
        assert check(path).width == 4
    else:
        with pytest.raises(ImageError, match=r"a PNG of 10,11\d chunks in its first 121,4\d\d bytes"):
            check(path)


@pytest.mark.parametrize(("count", "taken"), [(9_999, True), (10_000, False)])
def test_chunks_of_webp(count: int, taken: bool) -> None:
    buffer = io.BytesIO()
    Image.fromarray(texture(3, 5, 9)).save(buffer, "WEBP", lossless=True)
    body = buffer.getvalue()[12:] + b"JUNK\0\0\0\0" * (count - 1)
    data = b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
    if taken:
        assert webp.read_header(data, "a.webp").width == 9
    else:
        with pytest.raises(ImageError, match="more than 10,000 chunks"):
            webp.read_header(data, "a.webp")


@pytest.mark.parametrize(("count", "taken"), [(10_000, True), (10_001, False)])
def test_pages_of_tiff(count: int, taken: bool) -> None:
    """Empty directories, one behind the other."""
    links = [struct.pack("<HI", 0, 8 + 6 * (number + 1)) for number in range(count - 1)]
    data = b"II*\0" + struct.pack("<I", 8) + b"".join(links) + bytes(6)
    if taken:
        assert count_pages(data, "a.tif") == count
    else:
        with pytest.raises(ImageError, match="pages do not end"):
            count_pages(data, "a.tif")


def test_many_grey_units_are_not_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than a limit: the picture is decoded again at once, whatever else it shows."""
    pixels = np.full((8, 8 * 5), 128, np.uint8)
    pixels[:, ::2] = 127  # near mid-grey, not flat
    frame = FrameHeader(False, 40, 8, {1: (1, 1)})
    for limit, looked_at in ((5, True), (4, False)):
        monkeypatch.setattr(jpeg_scans, "_MAX_LOOKED_AT", limit)
        assert last_units_look_empty(pixels, frame, 1) != looked_at


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_what_an_empty_unit_looks_like(channels: int) -> None:
    """Mid-grey; of colours but for two pixels at the edge, where chroma leans to the neighbours; of inks 65, within 1
    inside and 30 at the edge."""
    components = dict.fromkeys(range(channels), (1, 1))
    frame = FrameHeader(False, 8, 8, components)
    value = 65 if channels == 4 else 128
    shape = (8, 8) if channels == 1 else (8, 8, 3)

    def looks(**changes: int) -> bool:
        pixels = np.full(shape, value, np.uint8)
        for place, change in changes.items():
            y, x = (int(digit) for digit in place.strip("p"))
            pixels[y, x] = value + change
        return last_units_look_empty(pixels, frame, 0)

    assert looks()
    if channels == 1:
        assert not looks(p00=1) and not looks(p77=-1) and not looks(p44=1)
    elif channels == 3:
        assert not looks(p22=1) and not looks(p55=-1) and looks(p00=1) and looks(p17=-1) and not looks(p00=2)
    else:
        assert not any(looks(**{f"p{y}{x}": change}) for y in (1, 6) for x in (1, 6) for change in (-2, 2))
        assert looks(p11=1) and not looks(p11=2) and looks(p00=30) and not looks(p00=31) and looks(p70=-30)


def test_luma_of_an_edge_pixel() -> None:
    """0.299 R + 0.587 G + 0.114 B within 1 of mid-grey: chroma may lean, brightness may not."""
    frame = FrameHeader(False, 8, 8, dict.fromkeys(range(3), (1, 1)))
    for colour, empty in (
        ((148, 118, 128), True),
        ((148, 128, 128), False),
        ((128, 128, 136), True),
        ((128, 130, 128), False),
    ):
        pixels = np.full((8, 8, 3), 128, np.uint8)
        pixels[0, 3] = colour
        assert last_units_look_empty(pixels, frame, 0) == empty, colour


def test_the_byte_of_a_damaged_chunk(tmp_path: Path) -> None:
    """The data begins behind 8 bytes of signature and 25 of the header."""
    data = bytearray(png(texture(1, 4, 4), 8, 0))
    data[41] ^= 1
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(ImageError, match="checksum of chunk IDAT at byte 33 does not match"):
        check(tmp_path / "a.png")

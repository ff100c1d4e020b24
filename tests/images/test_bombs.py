"""Pictures larger than the limit are refused by their header."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from images.encoders import bmp, chunk, packed_tiff, pillow, texture, tiff
from images.reading import PICTURES, resized
from surfedge.errors import ArgumentError, ImageError
from surfedge.images import check, read
from surfedge.images.headers import format as file_format
from surfedge.images.headers.file_bytes import FileBytes
from surfedge.images.headers.format import READ_AT_ONCE, Header, check_size
from surfedge.images.headers.tiff_pages import read_page
from surfedge.images.headers.tiff_probe import COUNTED_BYTES

pytestmark = pytest.mark.usefixtures("no_hang")


def png_of(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


JPEG = pillow(Image.fromarray(texture(3)), "JPEG", quality=90)
JPEG_SIZE = JPEG.index(b"\xff\xc0") + 5
BOMBS = {
    "png": png_of(60_000, 60_000, b"\0" * 1000),
    "png of absurd sides": png_of(2**31 - 1, 2**31 - 1, b""),
    "png below the limit": png_of(20_000, 20_000, b"\0" * 1000),
    "jpeg": resized(JPEG, JPEG_SIZE, struct.pack(">HH", 65_000, 65_000)),
    "jpeg below the limit": resized(JPEG, JPEG_SIZE, struct.pack(">HH", 20_000, 20_000)),
    "bmp": resized(bmp(texture(3), 24), 18, struct.pack("<ii", 2**31 - 1, -(2**31))),
    "bmp below the limit": resized(bmp(texture(3), 24), 18, struct.pack("<ii", 20_000, 20_000)),
    "tiff": tiff(texture()).replace(struct.pack("<HHII", 256, 4, 1, 53), struct.pack("<HHII", 256, 4, 1, 2**32 - 1)),
    "tiff of tiles": tiff(texture(), tile=(64, 32)).replace(
        struct.pack("<HHII", 322, 4, 1, 32), struct.pack("<HHII", 322, 4, 1, 2**31 - 16)
    ),
    "webp": b"RIFF" + struct.pack("<I", 26) + b"WEBPVP8L" + struct.pack("<I", 14) + b"\x2f" + b"\xff" * 13,
}


@pytest.mark.parametrize("kind", list(BOMBS))
def test_bombs_are_refused_before_decoding(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "plate.png"
    path.write_bytes(BOMBS[kind])
    start = time.process_time()
    limit = 1 << 22 if kind == "webp" else 512 << 20
    with pytest.raises(ImageError):
        check(path, pixel_limit=limit)  # never decodes
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("name", ["png-0-8", "jpeg-grey-baseline", "bmp-24", "tiff-u8-strips", "webp-lossless"])
def test_the_limit_is_compared_with_the_header(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"plate{PICTURES[name].suffix}"
    path.write_bytes(PICTURES[name].data)
    height, width = PICTURES[name].pixels.shape[:2]
    assert read(path, pixel_limit=height * width).shape == (height, width)
    with pytest.raises(ImageError, match=f"{width} x {height} px, expected at most {height * width - 1:,} px"):
        read(path, pixel_limit=height * width - 1)


@pytest.mark.parametrize("more", [0, 1])
def test_sides_and_decoded_bytes_at_their_limits(more: int) -> None:
    """The last that is taken and the first that is not."""
    long = Header("PNG", (1 << 20) + more, 1, 1, "uint8", 1)
    deep = Header("TIFF", 10, 10, 3, "float64", 2 + more)
    for header, limit, message in ((long, 1 << 30, "sides of at most"), (deep, 100, "bytes decoded")):
        if not more:
            check_size(header, limit, "plate.png")
            continue
        with pytest.raises(ImageError, match=message):
            check_size(header, limit, "plate.png")


@pytest.mark.parametrize("more", [0, 1])
def test_the_largest_file_is_read(more: int, tmp_path: Path) -> None:
    path = tmp_path / "plate.png"
    path.write_bytes(bytes(100 + more))
    if not more:
        with FileBytes(path, 100) as file:
            assert file.whole() == bytes(100) and file[90:] == bytes(10) and file[10:5] == b""
        return
    with pytest.raises(ImageError, match="a file of 101 bytes, expected at most 100"):
        FileBytes(path, 100)


@pytest.mark.parametrize("name", ["png-0-8", "jpeg-grey-baseline", "bmp-24", "tiff-u8-strips", "webp-lossless"])
def test_a_file_far_larger_than_its_picture_is_not_read(name: str, tmp_path: Path) -> None:
    """A sparse tail; as much as goes for profiles and comments is read, and the rest noted."""
    path = tmp_path / f"plate{PICTURES[name].suffix}"
    path.write_bytes(PICTURES[name].data)
    with path.open("r+b") as file:
        file.truncate(READ_AT_ONCE + (1 << 20))
    outcome = read(path) if not name.startswith("webp") else None
    assert outcome is None or outcome.shape == PICTURES[name].pixels.shape[:2]
    with path.open("r+b") as file:
        file.truncate(1 << 33)
    start = time.process_time()
    with pytest.raises(ImageError, match="for 1 x 53 x 41 px, expected at most|chunks"):
        read(path)
    assert time.process_time() - start < 1


def test_room_is_what_pages_and_pixels_may_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With small limits: noise and pages are read, a byte more than 1.5 for each decoded one and the room is not."""
    monkeypatch.setattr(file_format, "READ_AT_ONCE", 100)
    monkeypatch.setattr(file_format, "ROOM_BYTES", 1000)
    monkeypatch.setattr(file_format, "HEAD_BYTES", 200)
    noise = np.random.default_rng(0).integers(0, 256, (40, 50), np.uint8)
    plain, pages = (
        pillow(Image.fromarray(noise), "PNG"),
        tiff(np.stack([noise, noise, noise]), photometric="minisblack"),
    )
    for data, pixels in ((plain, 40 * 50), (pages, 3 * 40 * 50)):
        path, room = tmp_path / "plate.png", 1000 + pixels * 3 // 2
        assert len(data) > 1000
        path.write_bytes(data.ljust(room, b"\0"))
        assert (read(path).pixels == noise).all()
        path.write_bytes(data.ljust(room + 1, b"\0"))
        with pytest.raises(ImageError, match=f"a file of {room + 1:,} bytes .* expected at most {room:,} bytes"):
            read(path)
    path.write_bytes(plain[:33] + chunk(b"teXt", bytes(300)) + plain[33:])  # its first pixels lie beyond the head
    assert read(path).shape == (40, 50)


def test_a_large_file_of_too_many_pixels_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plate.tif"
    path.write_bytes(packed_tiff(texture().astype(np.uint16), 16))  # its directory at the end, beyond the head
    monkeypatch.setattr(file_format, "READ_AT_ONCE", 100)
    monkeypatch.setattr(file_format, "HEAD_BYTES", 200)
    assert check(path, pixel_limit=41 * 53).height == 41
    monkeypatch.setattr(FileBytes, "whole", None)
    with pytest.raises(ImageError, match="53 x 41 px, expected at most 2,172 px"):
        check(path, pixel_limit=41 * 53 - 1)


@pytest.mark.parametrize("compression", [5, 32773])
@pytest.mark.parametrize("width", [2048, 2047])
def test_large_packed_strips_are_counted_by_the_decoder(compression: int, width: int, tmp_path: Path) -> None:
    """A good one of noise is read; one whose data runs out is refused, though the strip's size says enough."""
    pixels = np.random.default_rng(0).integers(1, 256, (540, width), np.uint8)
    pixels[179::180, -1] = 0  # as nothing shows, at the end of each strip: all are looked at
    options = (
        cv2.IMWRITE_TIFF_COMPRESSION,
        compression,
        cv2.IMWRITE_TIFF_ROWSPERSTRIP,
        180,
        cv2.IMWRITE_TIFF_PREDICTOR,
        1,
    )
    data = cv2.imencode(".tiff", pixels, options)[1].tobytes()
    path = tmp_path / "plate.tif"
    path.write_bytes(data)
    assert (read(path).pixels == pixels).all()
    page = read_page(data, "plate.tif")
    counts = page.many(279)
    assert counts.sum() > COUNTED_BYTES and len(counts) == 3
    place = page.fields[279].place + 2 * page.fields[279].dtype.itemsize
    short = int(counts[2] * 0.9).to_bytes(page.fields[279].dtype.itemsize, "little")
    path.write_bytes(resized(data, place, short))
    with pytest.raises(ImageError, match="bytes of pixels"):
        read(path)


@pytest.mark.parametrize("limit", [0, -1, 1.5, None])
def test_a_limit_is_a_positive_whole_number(limit: object, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="pixel_limit"):
        read(tmp_path / "plate.png", pixel_limit=limit)

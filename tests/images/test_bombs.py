"""Pictures larger than the limit are refused by their header."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from images.encoders import bmp, chunk, pillow, texture, tiff
from images.reading import PICTURES, resized
from surfedge.errors import ArgumentError, ImageError
from surfedge.images import check, read

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
    start = time.perf_counter()
    limit = 1 << 22 if kind == "webp" else 512 << 20
    with pytest.raises(ImageError):
        check(path, pixel_limit=limit)  # never decodes
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("name", ["png-0-8", "jpeg-grey-baseline", "bmp-24", "tiff-u8-strips", "webp-lossless"])
def test_the_limit_is_compared_with_the_header(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"plate{PICTURES[name].suffix}"
    path.write_bytes(PICTURES[name].data)
    height, width = PICTURES[name].pixels.shape[:2]
    assert read(path, pixel_limit=height * width).shape == (height, width)
    with pytest.raises(ImageError, match=f"{width} x {height} px, expected at most {height * width - 1:,} px"):
        read(path, pixel_limit=height * width - 1)


@pytest.mark.parametrize("limit", [0, -1, 1.5, None])
def test_a_limit_is_a_positive_whole_number(limit: object, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="pixel_limit"):
        read(tmp_path / "plate.png", pixel_limit=limit)

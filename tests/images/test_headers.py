"""What headers of hand-made files say, and the kinds of files that are refused by name."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from images.encoders import bmp, pillow, texture, tiff
from images.reading import PICTURES, resized
from surfedge.errors import ImageError
from surfedge.images import check, read
from surfedge.images.headers.tiff_pages import read_page

BMP = bmp(texture(3), 24)
PALETTE = bmp(texture(), 8, palette=np.random.default_rng(0).integers(0, 256, (256, 3), np.uint8))
BMP_32 = bmp(texture(4), 32)


def with_masks(masks: tuple[int, int, int]) -> bytes:
    """A BMP of 32 bits with colour masks after its header (BITMAPV2INFOHEADER)."""
    data = resized(BMP_32, 30, struct.pack("<I", 3))
    data = resized(data, 14, struct.pack("<I", 52))
    data = resized(data, 10, struct.pack("<I", 66))
    return data[:54] + struct.pack("<III", *masks) + data[54:]


REFUSED = {
    "run lengths": (resized(BMP, 30, struct.pack("<I", 1)), "24 bits, compression 1"),
    "masks of 24 bits": (resized(BMP, 30, struct.pack("<I", 3)), "24 bits, compression 3"),
    "16 bits": (resized(BMP, 28, struct.pack("<H", 16)), "16 bits, compression 0"),
    "RGB order": (with_masks((0xFF, 0xFF00, 0xFF0000)), "unusual colour masks"),
    "an unknown header": (resized(BMP, 14, struct.pack("<I", 41)), "header of 41 bytes"),
    "a header that ends with the file": (resized(BMP, 14, struct.pack("<I", 124))[:137], "header of 124 bytes"),
    "no width": (resized(BMP, 18, struct.pack("<i", 0)), "0 x 41 px"),
    "no height": (resized(BMP, 22, struct.pack("<i", 0)), "53 x 0 px"),
    "pixels in the header": (resized(BMP, 10, struct.pack("<I", 53)), "pixels at byte 53, inside the header"),
    "a palette too long": (resized(PALETTE, 46, struct.pack("<I", 257)), "palette of 257 colours"),
    "a palette beyond the file": (PALETTE[: 54 + 4 * 255], "ends inside its palette"),
    "a short beginning": (BMP[:25], "a BMP of 25 bytes"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_bitmaps_that_are_refused(kind: str, tmp_path: Path) -> None:
    data, message = REFUSED[kind]
    (tmp_path / "plate.bmp").write_bytes(data)
    with pytest.raises(ImageError, match=message):
        check(tmp_path / "plate.bmp")


def test_a_bitmap_with_the_usual_masks(tmp_path: Path) -> None:
    (tmp_path / "plate.bmp").write_bytes(with_masks((0xFF0000, 0xFF00, 0xFF)))
    header = check(tmp_path / "plate.bmp")
    assert (header.width, header.height, header.channels, header.samples) == (53, 41, 3, 4)
    assert header.notes == ("fourth channel dropped",)


@pytest.mark.parametrize(
    ("name", "bytes_per_pixel"),
    [
        ("png-0-8", 1),
        ("png-2-16", 6),
        ("jpeg-grey-baseline", 1),
        ("jpeg-cmyk", 3),
        ("bmp-24", 3),
        ("bmp-32", 4),
        ("tiff-u8-strips", 1),
    ],
)
def test_the_memory_that_a_picture_will_take(name: str, bytes_per_pixel: int, tmp_path: Path) -> None:
    path = tmp_path / f"plate{PICTURES[name].suffix}"
    path.write_bytes(PICTURES[name].data)
    assert check(path).decoded_bytes == 53 * 41 * bytes_per_pixel


@pytest.mark.parametrize("name", ["tiff-u8-strips", "png-0-8", "bmp-24", "jpeg-grey-baseline"])
def test_an_ordinary_file_has_no_note(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"plate{PICTURES[name].suffix}"
    path.write_bytes(PICTURES[name].data)
    assert check(path).notes == () and read(path).notes == ()


def test_a_tiff_that_leaves_its_defaults_out(tmp_path: Path) -> None:
    """One sample, no compression, chunky: what is not said is so (TIFF 6.0, section 8)."""
    data = tiff(texture())
    for tag in (259, 277, 284, 274, 339):
        data = data.replace(struct.pack("<HH", tag, 3), struct.pack("<HH", 60000 + tag, 3))
    page = read_page(data, "plate.tif")
    assert not {259, 277, 284, 274, 339} & set(page.fields) and page.one(277) == 1 and page.many(277).size == 0
    (tmp_path / "plate.tif").write_bytes(data)
    assert (read(tmp_path / "plate.tif").pixels == texture()).all()


def test_deflate_under_its_old_number(tmp_path: Path) -> None:
    """32946 is what 8 was before it was registered; its checksum is looked at alike."""
    data = pillow(Image.fromarray(texture()), "TIFF", compression="tiff_adobe_deflate")
    old = data.replace(struct.pack("<HHIH", 259, 3, 1, 8), struct.pack("<HHIH", 259, 3, 1, 32946))
    assert old != data
    path = tmp_path / "plate.tif"
    path.write_bytes(old)
    assert (read(path).pixels == texture()).all() and check(path).end_is_checked
    page = read_page(old, "plate.tif")
    end = int(page.many(273)[-1] + page.many(279)[-1])
    path.write_bytes(old[: end - 1] + bytes([old[end - 1] ^ 1]) + old[end:])
    with pytest.raises(ImageError, match="holds 0 of"):
        check(path)


JPEG = pillow(Image.fromarray(texture(3)), "JPEG", quality=90)
FRAME = JPEG.index(b"\xff\xc0") + 4
FRAMES = {
    "12 bits": (0, b"\x0c", "12 bits per sample"),
    "factors of 5": (7, b"\x51", "frame of 3 components"),
    "factors of 0": (7, b"\x10", "frame of 3 components"),
    "components that are one": (9, JPEG[FRAME + 6 : FRAME + 7], "frame of 3 components"),
    "sides of 65,501": (1, struct.pack(">H", 65501), "53 x 65,501 px"),
    "two components": (5, b"\x02", "damaged JPEG frame header"),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frame_headers_of_jpeg_that_are_refused(kind: str, tmp_path: Path) -> None:
    place, change, message = FRAMES[kind]
    (tmp_path / "plate.jpg").write_bytes(resized(JPEG, FRAME + place, change))
    with pytest.raises(ImageError, match=message):
        check(tmp_path / "plate.jpg")


def test_the_decoder_is_silent_for_the_time_of_a_call_only(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plate.tif"
    path.write_bytes(tiff(np.float64(texture()) / 255))
    before = cv2.utils.logging.setLogLevel(3)
    try:
        read(path)
        assert cv2.utils.logging.getLogLevel() == 3
    finally:
        cv2.utils.logging.setLogLevel(before)
    assert capfd.readouterr().err == ""

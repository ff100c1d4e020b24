"""Formats without a checksum: an end that is all one value is noted; formats that would show it are not."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from images.encoders import texture
from surfedge.errors import ArgumentError
from surfedge.images import from_array, read
from surfedge.images.arrays import constant_end


def saved(path: Path, pixels: np.ndarray, kind: str) -> Path:
    image, buffer = Image.fromarray(pixels), io.BytesIO()
    options = {"bmp": {}, "png": {}, "tiff": {"compression": None}, "packed": {"compression": "tiff_adobe_deflate"}}
    if kind in ("progressive", "baseline"):
        image.save(buffer, "JPEG", quality=95, progressive=kind == "progressive")
    else:
        image.save(buffer, "TIFF" if kind == "packed" else kind.upper(), **options[kind])
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize("kind", ["bmp", "tiff", "progressive"])
@pytest.mark.parametrize("rows", [8, 16, 24])
def test_a_band_at_the_end_is_noted(kind: str, rows: int, tmp_path: Path) -> None:
    pixels = texture(1, 64, 80)
    pixels[:rows] = pixels[-rows:] = 0
    notes = " ".join(read(saved(tmp_path / "plate.png", pixels, kind)).notes)
    where = "first" if kind == "bmp" else "last"
    assert f"the {where} {rows} rows have one value" in notes


def test_a_zeroed_tail_of_a_file_is_noted(tmp_path: Path) -> None:
    path = saved(tmp_path / "plate.bmp", texture(3, 64, 80), "bmp")
    data = path.read_bytes()
    path.write_bytes(data[: -80 * 3 * 10] + bytes(80 * 3 * 10))
    assert "the first 10 rows have one value: lost with the end of the file?" in read(path).notes


@pytest.mark.parametrize("kind", ["png", "packed", "baseline"])
def test_formats_that_would_show_a_loss_are_not_noted(kind: str, tmp_path: Path) -> None:
    pixels = texture(1, 64, 80)
    pixels[-24:] = 0
    assert "one value" not in " ".join(read(saved(tmp_path / "plate.png", pixels, kind)).notes)


@pytest.mark.parametrize("change", ["narrow", "all", "colours"])
def test_other_ends_are_not_noted(change: str, tmp_path: Path) -> None:
    pixels = texture(3, 64, 80)
    if change == "narrow":
        pixels[-7:] = 0
    elif change == "all":
        pixels[:] = 9
    else:
        pixels[-20:] = (1, 2, 3)
        pixels[-20:, 40:] = (1, 2, 4)
    assert "one value" not in " ".join(read(saved(tmp_path / "plate.tif", pixels, "tiff")).notes)


@pytest.mark.parametrize("width", [1, 2, 9])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("rows", "count"), [(20, 8), (20, 7), (9, 8), (8, 8), (8, 7), (20, 19), (20, 20)])
def test_the_least_band_and_picture(width: int, channels: int, rows: int, count: int) -> None:
    """8 rows and more of a picture that has more rows, narrow ones too; where all rows are alike nothing is lost."""
    pixels = np.full((rows, width, channels), 7, np.uint8)
    pixels[count:] = np.arange(rows - count, dtype=np.uint8)[:, None, None] + 8
    pixels = pixels[..., 0] if channels == 1 else pixels
    wanted = 8 <= count < rows
    for at_top, each in ((True, pixels), (False, pixels[::-1])):
        where = "first" if at_top else "last"
        note = (f"the {where} {count} rows have one value: lost with the end of the file?",)
        assert constant_end(each, at_top=at_top) == (note if wanted else ())


@pytest.mark.parametrize(("largest", "depth"), [(255, 8), (256, 10), (1023, 10), (1024, 12), (4095, 12), (16383, 14)])
def test_bits_that_are_not_used_are_noted(largest: int, depth: int, tmp_path: Path) -> None:
    pixels = np.full((4, 6), largest, np.uint16)
    pixels[0] = 1
    note = f"no value above {largest:,} of 65,535: declare bit_depth={depth} if that is what the camera has"
    assert from_array(pixels).notes == (note,)
    cv2.imwrite(str(tmp_path / "plate.png"), pixels)
    assert read(tmp_path / "plate.png").notes == (note,)
    assert read(tmp_path / "plate.png", bit_depth=depth).notes == ()


@pytest.mark.parametrize("largest", [0, 16384, 65535])
def test_all_bits_and_none_are_not_noted(largest: int) -> None:
    assert from_array(np.full((4, 6), largest, np.uint16)).notes == ()


@pytest.mark.parametrize("depth", [8, 16])
def test_depths_at_their_bounds(depth: int) -> None:
    assert from_array(np.full((4, 6), 255, np.uint16), bit_depth=depth).white == (1 << depth) - 1
    with pytest.raises(ArgumentError, match="bit_depth"):
        from_array(np.zeros((4, 6), np.uint16), bit_depth=7 if depth == 8 else 17)

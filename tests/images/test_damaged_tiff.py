"""TIFF files whose directory contradicts itself or the data."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.encoders import packed_tiff, pillow, texture
from images.reading import PICTURES, read_or_refuse, resized
from surfedge.errors import ImageError
from surfedge.images import Frame
from surfedge.images.headers.tiff_pages import read_page

pytestmark = pytest.mark.usefixtures("no_hang")


def test_tiff_directories_in_a_circle(tmp_path: Path) -> None:
    data = packed_tiff(texture().astype(np.uint16) << 4, 12)
    circle = data[:-4] + data[4:8]
    outcome = read_or_refuse(tmp_path / "plate.tif", circle)
    assert isinstance(outcome, ImageError)
    assert "pages do not end" in outcome.found
    beyond = data[:-4] + struct.pack("<I", len(data) + 100)
    assert isinstance(read_or_refuse(tmp_path / "plate.tif", beyond), ImageError)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
@pytest.mark.parametrize("kind", ["grey", "rgb", "u16", "f32", "dark", "bits", "palette"])
def test_tiff_strips_shorter_than_the_picture(compression: str, kind: str, tmp_path: Path) -> None:
    """The structure is whole; the second strip's size says less than its rows need."""
    grey, colour = texture(1, 400, 300), texture(3, 400, 300)
    dark = grey.copy()
    dark[-5:] = 0  # the last rows of a good file may be black
    images = {"grey": grey, "rgb": colour, "u16": grey.astype(np.uint16), "f32": np.float32(grey / 255), "dark": dark}
    image = Image.fromarray(images.get(kind, grey > 128))
    image = Image.fromarray(colour).quantize(64) if kind == "palette" else image
    data = pillow(image, "TIFF", compression=compression, strip_size=20_000 if kind != "bits" else 2_000)
    path = tmp_path / "plate.tif"
    assert isinstance(read_or_refuse(path, data), Frame)
    page = read_page(data, "plate.tif")
    counts, place = page.many(279), page.fields[279].place
    assert len(counts) > 2
    width = 4 if struct.pack("<HHI", 279, 4, len(counts)) in data else 2  # LONG or SHORT
    for share in (0.2, 0.6, 0.97):
        short = resized(data, place + width, int(counts[1] * share).to_bytes(width, "little"))
        assert isinstance(read_or_refuse(path, short), ImageError)


def test_an_unfinished_palette_is_refused(tmp_path: Path) -> None:
    data = PICTURES["tiff-palette"].data
    place = data.index(struct.pack("<HH", 320, 3)) + 4
    for count in (0, 3, 767):
        outcome = read_or_refuse(tmp_path / "plate.tif", resized(data, place, struct.pack("<I", count)))
        assert isinstance(outcome, ImageError)

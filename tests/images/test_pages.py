"""TIFF files of several pages: each one read as if it were alone."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from surfedge.errors import ImageError
from surfedge.images import PAGES_NOTE, check, count_pages, read
from surfedge.images.headers.tiff_pages import only_page

PAGES = [np.full((8 + n, 10), 50 * n + 10, np.uint8) for n in range(4)]


@pytest.fixture(params=["none", "lzw", "<", ">"])
def four(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Four pages of different sizes and values; as BigTIFF of either byte order too."""
    path = tmp_path / "four.tif"
    if request.param in "<>":
        with tifffile.TiffWriter(path, bigtiff=True, byteorder=request.param) as file:
            for page in PAGES:
                file.write(page, photometric="minisblack", metadata=None)
        return path
    compression = 1 if request.param == "none" else 5
    assert cv2.imwritemulti(str(path), PAGES, [cv2.IMWRITE_TIFF_COMPRESSION, compression])
    return path


def test_every_page(four: Path) -> None:
    assert count_pages(four) == 4
    for number, expected in enumerate(PAGES, start=1):
        frame = read(four, page=number)
        np.testing.assert_array_equal(frame.pixels, expected)
        assert frame.notes == ()


def test_the_first_says_that_there_are_more(four: Path) -> None:
    frame = read(four)
    np.testing.assert_array_equal(frame.pixels, PAGES[0])
    assert frame.notes == (PAGES_NOTE.format(4),) == check(four).notes


@pytest.mark.parametrize("page", [5, -1, 10_000])
def test_a_page_that_is_not_there(page: int, four: Path) -> None:
    with pytest.raises(ImageError, match=f"found 4 pages, expected a page {page}"):
        read(four, page=page)
    with pytest.raises(ImageError, match="found 4 pages, expected a page 0"):
        only_page(four.read_bytes(), 0, "four.tif")


def test_files_of_one_page(tmp_path: Path) -> None:
    for suffix in (".png", ".tif", ".jpg"):
        path = tmp_path / f"one{suffix}"
        assert cv2.imwrite(str(path), PAGES[0])
        assert count_pages(path) == 1
        np.testing.assert_array_equal(read(path, page=1).shape, PAGES[0].shape)
        with pytest.raises(ImageError, match="expected a page 2"):
            read(path, page=2)


def chained(kinds: list[int]) -> bytes:
    """A little-endian TIFF of 4 x 1 pages, page n filled with n, tag 254 as in `kinds`."""
    data, link = bytearray(b"II*\0\0\0\0\0"), 4
    for number, kind in enumerate(kinds):
        place = len(data)
        data += bytes([number] * 4)
        struct.pack_into("<I", data, link, len(data))
        tags = [(254, 4, kind), (256, 4, 4), (257, 4, 1), (258, 3, 8), (259, 3, 1), (262, 3, 1)]
        tags += [(273, 4, place), (277, 3, 1), (278, 4, 1), (279, 4, 4)]
        data += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", t, k, 1, v) for t, k, v in tags)
        link = len(data)
        data += bytes(4)
    return bytes(data)


@pytest.mark.parametrize(
    ("kinds", "full"), [([0, 0, 0], [0, 1, 2]), ([2, 2], [0, 1]), ([0, 1, 1], [0]), ([0, 4, 0, 1], [0, 2]), ([0], [0])]
)
def test_reduced_copies_and_masks_are_no_pages(kinds: list[int], full: list[int], tmp_path: Path) -> None:
    path = tmp_path / "pyramid.tif"
    path.write_bytes(chained(kinds))
    assert count_pages(path) == len(full)
    assert [int(read(path, page=n + 1).pixels[0, 0]) for n in range(len(full))] == full
    assert read(path).notes == ((PAGES_NOTE.format(len(full)),) if len(full) > 1 else ())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"II*",
        b"II*\0",
        bytes(200).join([b"II*\0", b""]),
        b"II*\0\xff\xff\0\0",
        b"II*\0\x08\0\0\0",
        chained([0, 0])[:-60],
    ],
)
def test_damaged_files_count_as_one_page(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.tif"
    path.write_bytes(content)
    assert count_pages(path) == 1
    assert count_pages(tmp_path / "missing.tif") == 1 == count_pages(tmp_path)
    with pytest.raises(ImageError):
        read(path, page=1)


def test_a_circle_of_pages(tmp_path: Path) -> None:
    data = bytearray(chained([0, 0]))
    struct.pack_into("<I", data, len(data) - 4, struct.unpack_from("<I", data, 4)[0])
    (tmp_path / "round.tif").write_bytes(data)
    assert count_pages(tmp_path / "round.tif") == 1
    with pytest.raises(ImageError, match="pages do not end"):
        read(tmp_path / "round.tif", page=2)

"""Tags of TIFF that are absent, and where strips and tiles may lie: each wrong place by its message."""

from __future__ import annotations

import pytest

from images.test_counting_packed_bytes import with_all
from surfedge.errors import ImageError
from surfedge.images.headers.format import Header
from surfedge.images.headers.tiff import check_complete, read_header
from surfedge.images.headers.tiff_pages import read_page
from surfedge.images.headers.tiff_pieces import pieces_of

PLAIN = {256: (4,), 257: (6,), 258: (8,), 262: (1,), 277: (1,), 278: (2,)}


def said(tags: dict[int, tuple[int, ...]]) -> str:
    """What is found wrong with the strips or tiles of a file of these LONG tags alone, "" for nothing."""
    data = with_all(tags)
    try:
        check_complete(data, read_header(data, "a.tif"), "a.tif")
    except ImageError as error:
        return error.found
    return ""


def test_what_absent_tags_stand_for() -> None:
    """TIFF 6.0, section 8; 0 where there is no default, and a photometric that none is."""
    page = read_page(with_all({60000: (1,)}), "a.tif")
    ones = {258, 259, 266, 274, 277, 284, 339}
    defaults = {tag: int(tag in ones) for tag in range(250, 345)} | {262: -1, 278: 4_294_967_295}
    assert {tag: page.one(tag) for tag in defaults} == defaults


@pytest.mark.parametrize(
    ("places", "sizes", "found"),
    [
        ((100, 50, 8), (8, 8, 8), ""),
        ((100, 1, 126), (8, 8, 8), ""),  # up to the last byte
        ((100, 127, 128), (8, 8, 8), "a truncated TIFF (134 bytes, strip or tile 1 ends at 135)"),
        ((100, 135, 136), (8, 0, 0), "a truncated TIFF (134 bytes, strip or tile 1 ends at 135)"),
        ((100, 9, 8), (2**32 - 1, 8, 2**32 - 1), "a truncated TIFF (134 bytes, strip or tile 0 ends at 4,294,967,395)"),
        ((100, 0, 0), (8, 8, 8), "a TIFF whose strip or tile 1 lies nowhere"),
        ((100, 134, 8), (8, 0, 8), "a TIFF whose strip or tile 1 holds 0 of 8 bytes of pixels"),
        ((100, 8, 8), (8, 7, 6), "a TIFF whose strip or tile 1 holds 7 of 8 bytes of pixels"),
        ((100, 8), (8, 8, 8), "a TIFF with 2 offsets and 3 sizes of strips or tiles"),
        ((100, 8, 8), (8, 8), "a TIFF with 3 offsets and 2 sizes of strips or tiles"),
        ((8, 8), (8, 8), "a TIFF with 2 offsets and 2 sizes of strips or tiles"),
    ],
)
def test_places_of_strips(places: tuple[int, ...], sizes: tuple[int, ...], found: str) -> None:
    """Three strips of 4 x 2 px, in a file of 134 bytes where there are three of each."""
    assert said(PLAIN | {273: places, 279: sizes}) == found


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({322: (16,), 323: (16,), 324: (8,), 325: (256,)}, ""),
        ({322: (16,), 324: (8,), 325: (256,)}, "TIFF strips or tiles of 16 x 0 px"),
        ({322: (), 323: (16,), 324: (8,), 325: (256,)}, "TIFF strips or tiles of 0 x 16 px"),
        ({323: (16,), 273: (8, 8, 8), 279: (8, 8, 8)}, ""),  # a height alone makes no tiles
        ({322: (15,), 323: (16,), 324: (8,), 325: (256,)}, "TIFF strips or tiles of 15 x 16 px"),
        ({322: (16,), 323: (15,), 324: (8,), 325: (256,)}, "TIFF strips or tiles of 16 x 15 px"),
        ({322: (16,), 323: (16,), 273: (8,), 279: (256,)}, "a TIFF with 0 offsets and 0 sizes of strips or tiles"),
        ({322: (16,), 323: (16,), 324: (8, 8), 325: (256,)}, "a TIFF with 2 offsets and 1 sizes of strips or tiles"),
        ({322: (8192,), 323: (8192,), 324: (8,), 325: (8,)}, "strip or tile 0 holds 8 of 67,108,864 bytes of pixels"),
        ({322: (8192,), 323: (8193,), 324: (8,), 325: (8,)}, "TIFF strips or tiles of 8,192 x 8,193 px"),
    ],
)
def test_sizes_of_tiles(tags: dict[int, tuple[int, ...]], found: str) -> None:
    """16 px or more on each side (TIFF 6.0, section 15), at most 2^26 px where the picture has fewer."""
    data = with_all(PLAIN | tags) + bytes(256)
    header = read_header(data, "a.tif")
    if not found:
        check_complete(data, header, "a.tif")
        return
    with pytest.raises(ImageError) as caught:
        check_complete(data, header, "a.tif")
    assert caught.value.found.endswith(found)


def test_a_strip_may_be_as_large_as_its_picture() -> None:
    """More than 2^26 px, of which tiles would be refused; of a picture that is not tiled the strips are cut to it."""
    header = Header("TIFF", 1 << 14, 1 << 13, 1, "uint8", 1)
    page = read_page(with_all(PLAIN | {256: (1 << 14,), 257: (1 << 13,), 278: (1 << 20,), 273: (8,), 279: (8,)}), "a")
    assert pieces_of(page, header, "a").needed.tolist() == [1 << 27]

"""How much data a scan, a strip or a restart interval needs at the very least, and how many of them are taken."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

import numpy as np
import pytest

from images.encoders import chunk, texture, tiff
from images.test_one_off import one_strip
from surfedge.errors import ImageError
from surfedge.images import check, read
from surfedge.images.headers.jpeg_scans import Scans, last_units_look_empty
from surfedge.images.headers.jpeg_segments import FrameHeader
from surfedge.images.headers.tiff_pages import read_page
from surfedge.images.headers.tiff_strips import packbits_size

# 512 x 64 px: component 1 has 64 x 8 blocks, component 2 half as many across; units of both
# are 32 x 8, of 3 blocks each.
FACTORS = {1: (2, 1), 2: (1, 1)}
BLOCKS = {(1,): 512, (2,): 256, (1, 2): 768}
UNITS = {(1,): 512, (2,): 256, (1, 2): 256}


def scan(components: tuple[int, ...], data: bytes, restart: int = 0, *, progressive: bool = False) -> None:
    """One scan of a fresh picture: all coefficients, or the first ones of a progressive picture."""
    chosen = b"".join(bytes([component, 0]) for component in components)
    parameters = bytes([len(components)]) + chosen + bytes([0, 0 if progressive else 63, 0])
    before = b"\xff\xd5\xff"  # no part of it
    data = before + data + before
    start, end = len(before), len(data) - len(before)
    Scans(FrameHeader(progressive, 512, 64, FACTORS), "a.jpg").add(parameters, data, start, end, restart)


@pytest.mark.parametrize("components", BLOCKS)
@pytest.mark.parametrize("progressive", [False, True])
def test_the_least_bytes_of_a_scan(components: tuple[int, ...], progressive: bool) -> None:
    """A bit for each block's first coefficient; another one for the end of the block, where all are in the scan."""
    needed = BLOCKS[components] // 8 * (1 if progressive else 2)
    scan(components, bytes(needed), progressive=progressive)
    with pytest.raises(ImageError, match=f"{needed - 1} bytes of JPEG data for a scan that needs {needed} "):
        scan(components, bytes(needed - 1), progressive=progressive)


@pytest.mark.parametrize("components", UNITS)
@pytest.mark.parametrize("interval", [100, 128, 256, 1000])
def test_the_restart_markers_of_a_scan(components: tuple[int, ...], interval: int) -> None:
    """One between each two intervals, numbered from 0 to 7 in turn; none after the last."""
    count = -(-UNITS[components] // interval) - 1
    for markers in range(8):
        data = bytes(200) + b"".join(bytes([0xFF, 0xD0 + number % 8]) for number in range(markers))
        if markers == count:
            scan(components, data, interval)
            continue
        with pytest.raises(ImageError, match=f"without its {count} restart markers"):
            scan(components, data, interval)


@pytest.mark.parametrize("numbers", [(0, 2, 1), (1, 2, 3), (0, 0, 1), (0, 1, 3), (7, 0, 1)])
def test_restart_markers_in_a_wrong_order(numbers: tuple[int, ...]) -> None:
    data = bytes(200) + b"".join(bytes([0xFF, 0xD0 + number]) for number in numbers)
    with pytest.raises(ImageError, match="without its 3 restart markers, or in a wrong order"):
        scan((1,), data, 128)


def test_bits_of_coefficients_come_from_high_to_low() -> None:
    """A first scan down to bit 1, then one that refines it; no other order, and the picture is whole after both."""
    steps = {"first": 0x01, "refine": 0x10, "twice": 0x21, "skip": 0x20}
    for order in itertools.product(steps, repeat=2):
        scans = Scans(FrameHeader(True, 8, 8, {1: (1, 1)}), "a.jpg")
        try:
            for name in order:
                scans.add(bytes([1, 1, 0, 0, 63, steps[name]]), b"\0" * 8, 0, 8, 0)
            scans.check_all_seen()
        except ImageError:
            assert order != ("first", "refine")
        else:
            assert order == ("first", "refine")


@pytest.mark.parametrize("missing", [0, 1, 31, 62, 63])
def test_each_of_64_coefficients_is_missed(missing: int) -> None:
    scans = Scans(FrameHeader(True, 8, 8, {1: (1, 1)}), "a.jpg")
    for first, last in ((0, missing - 1), (missing + 1, 63)):
        if first <= last:
            scans.add(bytes([1, 1, 0, first, last, 0]), b"\0" * 8, 0, 8, 0)
    with pytest.raises(ImageError, match="last scans are missing"):
        scans.check_all_seen()
    scans.add(bytes([1, 1, 0, missing, missing, 0]), b"\0" * 8, 0, 8, 0)
    scans.check_all_seen()


@pytest.mark.parametrize("interval", [0, 1, 2, 3, 4, 5, 6, 100])
@pytest.mark.parametrize("empty", range(6))
def test_which_units_are_looked_at(interval: int, empty: int) -> None:
    """3 x 2 units of a grey picture of 20 x 12 px: the last of each restart interval, and the last of all."""
    pixels = np.full((12, 20), 9, np.uint8)
    row, column = divmod(empty, 3)
    pixels[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = 128
    looked_at = {5} | ({n for n in range(6) if (n + 1) % interval == 0} if interval else set())
    frame = FrameHeader(False, 20, 12, {1: (1, 1)})
    assert last_units_look_empty(pixels, frame, interval) == (empty in looked_at)


@pytest.mark.parametrize("sides", [(9, 8), (8, 9), (9, 9), (17, 25)])
def test_a_last_unit_of_one_row_or_column(sides: tuple[int, int]) -> None:
    """Mid-grey there and nowhere else: looked at; mid-grey elsewhere only: not."""
    frame = FrameHeader(False, sides[1], sides[0], {1: (1, 1)})
    last = tuple(slice(-(-(side - 8) // 8) * 8, side) for side in sides)
    for there, elsewhere in ((128, 9), (9, 128)):
        pixels = np.full(sides, elsewhere, np.uint8)
        pixels[last] = there
        assert last_units_look_empty(pixels, frame, 0) == (there == 128)


@pytest.mark.parametrize(("planes", "rows"), [(1, 8224), (3, 2741)])
def test_the_most_strips_of_a_tiff(planes: int, rows: int, tmp_path: Path) -> None:
    """8,192, and one more for each 256 px: 8,192 + 8,224 / 256 = 8,224; of planes 8,192 + 3 * 2,741 / 256 > 8,223."""
    for more in (0, 1):
        pixels = np.resize(np.arange(251, dtype=np.uint8), (planes, rows + more, 1))
        colour = {"photometric": "rgb", "planarconfig": "separate"} if planes > 1 else {}
        data = tiff(pixels if planes > 1 else pixels[0], rowsperstrip=1, **colour)
        if more:
            with pytest.raises(ImageError, match=f"a TIFF in {planes * (rows + 1):,} strips or tiles"):
                read(tmp_path / "a.tif", data=data)
        else:
            assert read(tmp_path / "a.tif", data=data).shape == (rows, 1)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (2, "CCITT fax"),
        (3, "fax 3"),
        (4, "fax 4"),
        (6, "old JPEG"),
        (7, "JPEG"),
        (50000, "Zstandard"),
        (34712, "unknown"),
    ],
)
def test_compressions_are_named(code: int, name: str, tmp_path: Path) -> None:
    """By the tag's number, as libtiff's tiff.h lists them."""
    tags = {256: (4,), 257: (2,), 258: (8,), 259: (code,), 262: (1,), 277: (1,), 278: (2,)}
    with pytest.raises(ImageError, match=rf"a TIFF with {name} compression \({code}\)"):
        read(tmp_path / "a.tif", data=one_strip(tags, bytes(8)))


def test_a_palette_of_bytes(tmp_path: Path) -> None:
    """Colours of 0 to 255 where 0 to 65,535 are due: taken as they are, packed or not, dark or bright at the end."""
    for last in (0, 3):
        indices = np.minimum(texture(1, 8, 8), 3)
        indices[-1, -1] = last
        levels = (0, 90, 180, 255)
        tags = {256: (8,), 257: (8,), 258: (8,), 262: (3,), 277: (1,), 278: (8,)}
        tags[320] = tuple(levels[n] if n < 4 else n // 2 for n in range(256)) * 3
        codes = (256, *indices.ravel().tolist(), 257)
        bits = "".join(f"{code:09b}" for code in codes)
        packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
        for compression, data in ((1, indices.tobytes()), (5, packed)):
            frame = read(tmp_path / "a.tif", data=one_strip({**tags, 259: (compression,)}, data))
            assert frame.pixels.tolist() == np.take(levels, indices).tolist()


@pytest.mark.parametrize(
    ("colour", "depth", "width", "row_bytes"),
    [
        (0, 1, 24, 4),
        (0, 1, 25, 5),
        (0, 2, 20, 6),
        (3, 4, 20, 11),
        (0, 8, 20, 21),
        (0, 16, 20, 41),
        (2, 8, 20, 61),
        (2, 16, 20, 121),
        (4, 8, 20, 41),
        (6, 16, 20, 161),
    ],
)
def test_the_least_data_of_a_png(colour: int, depth: int, width: int, row_bytes: int, tmp_path: Path) -> None:
    """Deflate makes 1,032 bytes of one at most; each of 1,032 rows has a byte for its filter and its samples."""
    head = struct.pack(">IIBBBBB", width, 1032, depth, colour, 0, 0, 0)
    for packed in (row_bytes, row_bytes - 1):
        data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", bytes(packed)) + chunk(b"IEND", b"")
        (tmp_path / "a.png").write_bytes(data)
        if packed == row_bytes:
            assert check(tmp_path / "a.png").height == 1032
            continue
        with pytest.raises(ImageError, match=f"cannot hold {1032 * row_bytes:,} bytes of pixels"):
            check(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("packed", "size"),
    [
        ([], 0),
        ([128], 0),
        ([128, 128, 0, 7], 1),
        ([254, 9], 3),
        ([254], 0),
        ([129, 9], 128),
        ([255, 9], 2),
        ([127, *range(128)], 128),
        ([127, *range(100)], 100),
        ([1, 5], 1),
        ([0], 0),
        ([0, 128, 0, 128], 2),
        ([255, 128, 128, 0, 1], 3),
    ],
)
def test_what_packbits_unpacks_to(packed: list[int], size: int) -> None:
    """TIFF 6.0, section 9: n + 1 bytes as they are, one byte 257 - n times, nothing for 128; a cut end is lost."""
    assert packbits_size(bytes(packed), 1000) == size
    assert packbits_size(bytes(packed * 3), size) >= size


def test_packbits_stops_where_enough_is_counted() -> None:
    packed = bytes([1, 5, 6, 255, 9, 0, 7])  # two bytes, two equal ones, one
    assert [packbits_size(packed, limit) for limit in (0, 1, 2, 3, 4, 5, 9)] == [0, 2, 2, 4, 4, 5, 5]


def directory(size: int, *entries: tuple[int, int, int]) -> bytes:
    """A TIFF of a directory behind `size` bytes: (tag, type, count), values from the eighth byte on."""
    packed = b"".join(struct.pack("<HHII", *entry, 8) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8 + size) + bytes(size) + struct.pack("<H", len(entries)) + packed + bytes(4)


@pytest.mark.parametrize(
    ("tag", "limit"), [(258, 1 << 16), (339, 1 << 16), *((tag, 1 << 22) for tag in (273, 279, 320, 324, 325))]
)
def test_the_most_values_of_a_tag(tag: int, limit: int) -> None:
    page = read_page(directory(limit + 1, (tag, 1, limit)), "a.tif")
    assert page.many(tag).size == limit and page.many(tag, 5).size == 5
    with pytest.raises(ImageError, match=f"tag {tag} with {limit + 1:,} values, expected at most {limit:,}"):
        read_page(directory(limit + 1, (tag, 1, limit + 1)), "a.tif")


def test_the_most_entries_of_a_directory() -> None:
    entries = [(60000 + n, 1, 1) for n in range(4097)]
    assert read_page(directory(0, *entries[:4096]), "a.tif").fields == {}
    with pytest.raises(ImageError, match="directory of 4,097 entries, expected at most 4,096"):
        read_page(directory(0, *entries), "a.tif")


def test_values_end_with_the_file() -> None:
    """Those that fit into an entry stand there, four bytes of them; others where it says, up to the last byte."""
    data = directory(0, (258, 1, 4), (257, 3, 2), (256, 4, 1))
    assert [read_page(data, "a.tif").fields[tag].place for tag in (258, 257, 256)] == [18, 30, 42]
    behind = directory(0, (258, 1, 5))
    assert read_page(behind, "a.tif").fields[258].place == 8
    for count in (len(behind) - 8, len(behind) - 7):
        data = behind[:14] + struct.pack("<I", count) + behind[18:]
        if count == len(behind) - 8:
            assert read_page(data, "a.tif").many(258).size == count
        else:
            with pytest.raises(ImageError, match="its directory lies beyond"):
                read_page(data, "a.tif")


def test_the_first_strip_that_is_wrong_is_named(tmp_path: Path) -> None:
    """Two lie beyond the file, or are too short: the message says which is the first, and where it ends."""
    pixels = texture(1, 12, 10)
    data = bytearray(tiff(pixels, rowsperstrip=3))
    page = read_page(bytes(data), "a.tif")
    places, sizes, kinds = page.many(273), page.many(279), (page.fields[273], page.fields[279])
    for field, values, change, found in (
        (kinds[0], places, len(data), f"strip or tile 1 ends at {places[1] + len(data) + 30:,}"),
        (kinds[0], places, len(data) - int(places[2]) - 29, f"strip or tile 2 ends at {len(data) + 1:,}"),
        (kinds[1], sizes, -1, "strip or tile 1 holds 29 of 30 bytes"),
    ):
        changed = values.copy()
        changed[[1, 2]] += np.array(change).astype(values.dtype)
        other = bytearray(data)
        other[field.place : field.place + changed.nbytes] = changed.tobytes()
        with pytest.raises(ImageError, match=found):
            read(tmp_path / "a.tif", data=bytes(other))

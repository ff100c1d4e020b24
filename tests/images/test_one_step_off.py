"""Headers, chunks and segments on the border of what is read: what a changed comparison would turn around."""

from __future__ import annotations

import re
import struct
import zlib
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from images.encoders import chunk, exif_turned, pillow, png, texture
from images.pictures import jpeg_kinds
from images.test_one_off import one_strip
from in_place import written
from surfedge.errors import ImageError
from surfedge.images import check, read
from surfedge.images.headers import jpeg_scans, webp
from surfedge.images.headers.file_bytes import FileBytes
from surfedge.images.headers.format import Header, check_size
from surfedge.images.headers.jpeg_scans import Scans
from surfedge.images.headers.jpeg_segments import FrameHeader
from surfedge.images.headers.opencv import _silent_opencv
from surfedge.images.headers.tiff_pieces import Pieces

JPEG = pillow(Image.fromarray(texture(3)), "JPEG", quality=90)
DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}  # PNG, 3rd edition, table 11.1


def said(path: Path, data: bytes) -> str:
    """What reading the bytes ends with, "" when they are read."""
    try:
        read(written(path, data))
    except ImageError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("colour", range(8))
@pytest.mark.parametrize("depth", [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 32])
def test_depths_of_png_are_those_of_the_standard(colour: int, depth: int, tmp_path: Path) -> None:
    known = depth in DEPTHS.get(colour, set())
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    rows = bytes(1 + (4 * samples * depth + 7) // 8) * 4
    header = struct.pack(">IIBBBBB", 4, 4, depth, colour, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(3)) if colour == 3 else b""
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette
    data += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert ("standard lists" in said(tmp_path / "a.png", data)) == (not known)
    if known:
        assert read(tmp_path / "a.png").pixels.max() == 0


def test_what_a_palette_and_a_turn_are_taken_from(tmp_path: Path) -> None:
    """A suggested palette of a colour image says nothing of its channels; of two turns the first counts."""
    path, grey = tmp_path / "a.png", chunk(b"PLTE", bytes(3) + b"\xff" * 3)
    path.write_bytes(png(texture(3), 8, 2, before=grey))
    assert check(path).channels == 3
    turned, plain = chunk(b"eXIf", exif_turned()), chunk(b"eXIf", Image.Exif().tobytes()[6:])
    for before, notes in ((turned + plain, 1), (plain + turned, 1), (plain, 0), (chunk(b"tEXt", exif_turned()), 0)):
        path.write_bytes(png(texture(), 8, 0, before=before))
        assert len(check(path).notes) == notes, before


@pytest.mark.parametrize("length", [0, 1, 0xFFFF])
def test_segments_of_jpeg_that_are_too_short_or_too_long(length: int, tmp_path: Path) -> None:
    whole = JPEG[:2] + b"\xff\xfe\0\2" + JPEG[2:]
    assert not said(tmp_path / "a.jpg", whole)
    assert "a truncated JPEG" in said(tmp_path / "a.jpg", whole[:4] + struct.pack(">H", length) + whole[6:])


def test_a_cmyk_jpeg_without_its_adobe_marker(tmp_path: Path) -> None:
    data = pillow(Image.fromarray(texture(4), "CMYK"), "JPEG", quality=90)
    start = data.index(b"\xff\xee")
    (size,) = struct.unpack_from(">H", data, start + 2)
    assert not said(tmp_path / "a.jpg", data)
    assert "without Adobe marker" in said(tmp_path / "a.jpg", data[:start] + data[start + 2 + size :])


@pytest.mark.parametrize("options", [{"subsampling": 2}, {"subsampling": 0}, {"restart_marker_blocks": 3}])
@pytest.mark.parametrize("size", [(97, 121), (98, 128), (90, 114)])
def test_a_smooth_cmyk_jpeg_cut_near_its_end_is_refused(
    options: dict[str, int], size: tuple[int, int], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Many units within a few bytes; where inks are interpolated, the empty ones lean to their neighbours."""
    pixels = np.zeros((*size, 4), np.uint8) + np.array((10, 200, 90, 40), np.uint8)
    pixels[..., 0] = np.linspace(0, 200, size[1])
    data = pillow(Image.fromarray(pixels, "CMYK"), "JPEG", quality=90, **options)
    assert not said(tmp_path / "a.jpg", data)
    assert capfd.readouterr().err == ""  # it is not decoded twice, which the decoder would remark upon
    for less in range(40, 140, 9):
        assert said(tmp_path / "a.jpg", data[: len(data) - less] + b"\xff\xd9"), less


def test_a_restart_interval_that_lost_its_second_half(tmp_path: Path) -> None:
    data = pillow(Image.fromarray(texture(3, 97, 121)), "JPEG", **jpeg_kinds()["restarts"])
    markers = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    for first, end in pairwise(markers):
        assert said(tmp_path / "a.jpg", data[: (first + end) // 2] + data[end:]), first


def test_restart_markers_are_counted_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pillow(Image.fromarray(texture(3, 97, 121)), "JPEG", **jpeg_kinds()["short-restarts"])
    for block in (1, 2, 63, 64):
        monkeypatch.setattr(jpeg_scans, "_BLOCK", block)
        assert not said(tmp_path / "a.jpg", data), block


def test_a_scan_more_than_a_hundred() -> None:
    """Each coefficient of two components in a scan of its own: as the standard allows, and a bomb."""
    frame = FrameHeader(True, 8, 8, {1: (1, 1), 2: (1, 1)})
    scans = Scans(frame, "a.jpg")
    order = [(component, at) for component in (1, 2) for at in range(64)]
    for component, at in order[:100]:
        scans.add(bytes([1, component, 0, at, at, 0]), b"\0" * 8, 0, 8, 0)
    component, at = order[100]
    with pytest.raises(ImageError, match="more than 100 scans"):
        scans.add(bytes([1, component, 0, at, at, 0]), b"\0" * 8, 0, 8, 0)


@pytest.mark.parametrize(
    "parameters", [(), (0, 0, 63, 0), (1, 3, 0, 0, 63, 0), (1, 1, 0, 5, 4, 0), (1, 1, 0, 0, 64, 0), (2, 1, 0, 0, 63, 0)]
)
def test_headers_of_scans_that_are_refused(parameters: tuple[int, ...]) -> None:
    """None, no component, an unknown one, the last coefficient before the first, one of 65, fewer than it says."""
    scans = Scans(FrameHeader(True, 8, 8, {1: (1, 1), 2: (1, 1)}), "a.jpg")
    with pytest.raises(ImageError, match="damaged JPEG scan header"):
        scans.add(bytes(parameters), b"\0" * 8, 0, 8, 0)
    scans.add(bytes((1, 1, 0, 0, 63, 0)), b"\0" * 8, 0, 8, 0)


def test_the_log_stays_silent_until_the_last_decoder_is_done() -> None:
    before = cv2.utils.logging.setLogLevel(3)
    try:
        with _silent_opencv():
            with _silent_opencv():
                pass
            assert cv2.utils.logging.getLogLevel() == 0
        assert cv2.utils.logging.getLogLevel() == 3
    finally:
        cv2.utils.logging.setLogLevel(before)


def test_spans_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(100)))
    with FileBytes(path, 100) as file:
        assert file[3:7] == bytes([3, 4, 5, 6])
        assert file[95:] == bytes(range(95, 100)) and file[:2] == b"\0\1"
        assert file[7:3] == b"" and file[200:300] == b""
    with pytest.raises(ImageError, match="at most 99"):
        FileBytes(path, 99)


def test_a_small_limit_of_pixels_leaves_room_for_words(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(texture(1, 4, 4), 8, 0, before=chunk(b"tEXt", b"by\0" + b"x" * 100_000)))
    assert read(path, pixel_limit=16).shape == (4, 4)
    with pytest.raises(ImageError, match="at most 15 px"):
        read(path, pixel_limit=15)


def test_a_tiff_without_its_places_says_how_many_it_has(tmp_path: Path) -> None:
    tags = {256: (4,), 257: (2,), 258: (8,), 262: (1,), 277: (1,), 278: (2,)}
    data = one_strip(tags, bytes(range(8)))
    assert not said(tmp_path / "a.tif", data)
    for tag, text in ((273, "0 offsets and 1 sizes"), (279, "1 offsets and 0 sizes")):
        other = data.replace(struct.pack("<HHI", tag, 3, 1), struct.pack("<HHI", tag + 40_000, 3, 1))
        assert text in said(tmp_path / "a.tif", other)


@pytest.mark.parametrize("kind", [b"avif", b"heic", b"isom"])
def test_files_of_boxes_are_named(kind: bytes, tmp_path: Path) -> None:
    assert "an AVIF, HEIC or video file" in said(tmp_path / "a.png", b"\0\0\0\x1cftyp" + kind + bytes(40))


def test_the_last_pixel_of_each_strip_and_tile() -> None:
    """Where the last of them hang over the picture, its own last row and column."""
    none = np.zeros(3, np.int64)
    row, column, plane = Pieces(none, none, none, 7, 2, 1, 1, (5, 7)).last_pixels()
    assert (row.tolist(), column.tolist(), plane.tolist()) == ([1, 3, 4], [6, 6, 6], [0, 0, 0])
    none = np.zeros(8, np.int64)
    row, column, plane = Pieces(none, none, none, 4, 4, 2, 2, (5, 7)).last_pixels()
    assert row.tolist() == [3, 3, 4, 4] * 2 and column.tolist() == [3, 6] * 4 and plane.tolist() == [0] * 4 + [1] * 4


def test_a_lossy_webp_cut_in_its_first_bytes() -> None:
    data = pillow(Image.fromarray(texture(3, 5, 9)), "WEBP", quality=80)
    start = data.index(b"VP8 ") + 8
    header = webp.read_header(data[: start + 10], "plate.webp")
    assert (header.width, header.height) == (9, 5)
    for end in range(start, start + 10):
        with pytest.raises(ImageError):
            webp.read_header(data[:end], "plate.webp")
    with pytest.raises(ImageError, match="no header"):
        webp.read_header(data[: start + 3] + b"\0" + data[start + 4 :], "plate.webp")


def test_chunks_that_nobody_knows_are_told_by_their_first_letter(tmp_path: Path) -> None:
    """PNG, section 5.4: a capital is critical, whatever the other letters."""
    for kind in (b"aBCd", b"zzZz", b"oTHR"):
        assert not said(tmp_path / "a.png", png(texture(), 8, 0, before=chunk(kind, b"x")))
    for kind in (b"ABcd", b"PZzz", b"OTHR", b"Abcd"):
        assert "unknown critical PNG chunk" in said(tmp_path / "a.png", png(texture(), 8, 0, before=chunk(kind, b"x")))


def test_lzw_codes_that_name_nothing_yet(tmp_path: Path) -> None:
    """After a clear code the first is a byte; a later one may be the string that is just made, not the next."""
    tags = {256: (2,), 257: (2,), 258: (8,), 259: (5,), 262: (1,), 277: (1,), 278: (2,)}
    for codes, whole in (((7, 258, 7), True), ((258, 7, 7), False), ((7, 259, 7), False), ((7, 7, 260, 7), False)):
        bits = "".join(f"{code:09b}" for code in (256, *codes, 257))
        data = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
        assert (said(tmp_path / "a.tif", one_strip(tags, data)) == "") == whole, codes
    assert said(tmp_path / "a.tif", one_strip(tags, b"\x80")) != ""


@pytest.mark.parametrize("grey", [True, False])
def test_a_tiff_with_a_palette_of_greys_is_grey(grey: bool, tmp_path: Path) -> None:
    level = np.arange(256) * 257
    palette = np.concatenate([level, level, level if grey else level[::-1]])
    tags = {256: (2,), 257: (2,), 258: (8,), 262: (3,), 277: (1,), 278: (2,), 320: tuple(palette.tolist())}
    (tmp_path / "a.tif").write_bytes(one_strip(tags, bytes((0, 5, 200, 255))))
    assert read(tmp_path / "a.tif").pixels.ndim == (2 if grey else 3)


def test_sizes_on_their_borders() -> None:
    """Bytes for each pixel of the limit, pixels of a side."""
    side = 1 << 20
    check_size(Header("TIFF", 4, 4, 3, "uint8", 16), 16, "a.tif")
    check_size(Header("TIFF", side, 1, 1, "uint8", 1), side, "a.tif")
    for header, limit, message in (
        (Header("TIFF", 4, 4, 3, "uint8", 17), 16, "272 bytes decoded"),
        (Header("TIFF", 4, 4, 1, "uint8", 1), 15, "at most 15 px"),
        (Header("TIFF", side + 1, 1, 1, "uint8", 1), side + 1, "sides of at most"),
        (Header("TIFF", 1, side + 1, 1, "uint8", 1), side + 1, "sides of at most"),
        (Header("TIFF", 0, 4, 1, "uint8", 1), 16, "at least 1 x 1 px"),
    ):
        with pytest.raises(ImageError, match=message):
            check_size(header, limit, "a.tif")

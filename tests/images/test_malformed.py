"""Damaged, foreign and hostile files: each is read whole or refused with a reason, and quickly."""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from conftest import Budget
from images.pictures import all_pictures, bmp, chunk, packed_tiff, pillow, png, texture, tiff
from surfedge.errors import ArgumentError, ImageError
from surfedge.image_headers.tiff_pages import read_page
from surfedge.images import Frame, check, read

SEED = 20240611
HUNG_S = 120
PICTURES = all_pictures()
NAMES = sorted(PICTURES)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """Ends a test whose reader waits for ever, where the system has timers; `read_or_refuse` winds it up again."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError(f"an image held the reader for more than {HUNG_S} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, HUNG_S)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def read_or_refuse(path: Path, data: bytes) -> Frame | ImageError:
    """The frame or the refusal; any other exception, or more than 5 s, fails the test."""
    path.write_bytes(data)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, HUNG_S)
    start = time.perf_counter()
    outcome: Frame | ImageError
    try:
        outcome = read(path, pixel_limit=1 << 22)
    except ImageError as error:
        outcome = error
    assert time.perf_counter() - start < 5
    assert isinstance(outcome, Frame) or (outcome.found and "\n" not in str(outcome))
    return outcome


def same_pixels(frame: Frame | ImageError, name: str) -> bool:
    expected = PICTURES[name]
    if not isinstance(frame, Frame) or frame.pixels.shape != expected.pixels.shape:
        return False
    return bool(
        np.abs(frame.pixels.astype(float) - expected.pixels.astype(float)).max() <= expected.tolerance
    )


def test_truncated_files_are_never_read_in_part(budget: Budget, tmp_path: Path) -> None:
    rng = np.random.default_rng(SEED)
    count = budget.count(test=1_000, nightly=20_000, release=100_000)
    silent, refused = [], 0
    for index in range(count):
        name = NAMES[index % len(NAMES)]
        data = PICTURES[name].data
        cut = int(rng.integers(0, len(data)))
        outcome = read_or_refuse(tmp_path / f"plate{PICTURES[name].suffix}", data[:cut])
        refused += isinstance(outcome, ImageError)
        if isinstance(outcome, Frame) and not same_pixels(outcome, name):
            silent.append((name, cut, len(data)))
    bound = 3 / count
    print(f"seed {SEED}: {count} cut, {refused} refused, {len(silent)} partly read (95 % bound {bound:.2g})")
    assert not silent


@pytest.mark.parametrize("name", NAMES)
def test_one_missing_byte_is_missed(name: str, tmp_path: Path) -> None:
    outcome = read_or_refuse(tmp_path / f"plate{PICTURES[name].suffix}", PICTURES[name].data[:-1])
    assert isinstance(outcome, ImageError) or same_pixels(outcome, name)


def test_flipped_bits_are_read_or_refused(budget: Budget, tmp_path: Path) -> None:
    rng = np.random.default_rng(SEED + 1)
    count = budget.count(test=1_000, nightly=20_000, release=100_000)
    refused, changed_png = 0, []
    for index in range(count):
        name = NAMES[index % len(NAMES)]
        data = bytearray(PICTURES[name].data)
        region = len(data) if index % 2 else min(len(data), 400)  # half of them in the headers
        for bit in rng.integers(0, 8 * region, int(rng.integers(1, 4))):
            data[bit >> 3] ^= 1 << (bit & 7)
        outcome = read_or_refuse(tmp_path / f"plate{PICTURES[name].suffix}", bytes(data))
        refused += isinstance(outcome, ImageError)
        if name.startswith("png") and isinstance(outcome, Frame) and not same_pixels(outcome, name):
            changed_png.append(name)
    print(f"seed {SEED + 1}: {count} files with flipped bits, {refused} refused, the rest read, 0 crashes")
    assert not changed_png  # the format with checksums


def test_lost_blocks_are_read_or_refused(budget: Budget, tmp_path: Path) -> None:
    """A stretch of the file overwritten with zeros, as a broken copy leaves it."""
    rng = np.random.default_rng(SEED + 2)
    count = budget.count(test=300, nightly=6_000, release=30_000)
    for index in range(count):
        name = NAMES[index % len(NAMES)]
        data = bytearray(PICTURES[name].data)
        start, stop = sorted(rng.integers(0, len(data) + 1, 2))
        data[start:stop] = bytes(stop - start)
        outcome = read_or_refuse(tmp_path / f"plate{PICTURES[name].suffix}", bytes(data))
        checked = name.startswith("png") or (name.startswith("jpeg") and stop == len(data) and stop > start)
        assert not checked or isinstance(outcome, ImageError) or same_pixels(outcome, name)


def png_of(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def resized(data: bytes, offset: int, size: bytes) -> bytes:
    return data[:offset] + size + data[offset + len(size) :]


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
    "tiff": tiff(texture()).replace(
        struct.pack("<HHII", 256, 4, 1, 53), struct.pack("<HHII", 256, 4, 1, 2**32 - 1)
    ),
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


@pytest.mark.parametrize(
    "name", ["png-0-8", "jpeg-grey-baseline", "bmp-24", "tiff-u8-strips", "webp-lossless"]
)
def test_the_limit_is_compared_with_the_header(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"plate{PICTURES[name].suffix}"
    path.write_bytes(PICTURES[name].data)
    height, width = PICTURES[name].pixels.shape[:2]
    assert read(path, pixel_limit=height * width).shape == (height, width)
    with pytest.raises(
        ImageError, match=f"{width} x {height} px, expected at most {height * width - 1:,} px"
    ):
        read(path, pixel_limit=height * width - 1)


@pytest.mark.parametrize("limit", [0, -1, 1.5, None])
def test_a_limit_is_a_positive_whole_number(limit: object, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="pixel_limit"):
        read(tmp_path / "plate.png", pixel_limit=limit)


FOREIGN = {
    "an empty file": b"",
    "64 zero bytes": bytes(64),
    "a text file": b"lot 17, coil 4\nplate.png missing\n",
    "an HTML page": b"\n<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "a ZIP archive": b"PK\x03\x04" + bytes(range(200)),
    "a gzip archive": b"\x1f\x8b\x08\x00" + bytes(range(100)),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3",
    "no known image signature": bytes([0, 200, 3, 17] * 9),
    "a RIFF file that is not WebP": b"RIFF\x24\0\0\0WAVEfmt ",
    "a PNG without a whole IHDR": b"\x89PNG\r\n\x1a\n",
}


@pytest.mark.parametrize("kind", list(FOREIGN))
def test_foreign_content_is_named(kind: str, tmp_path: Path) -> None:
    outcome = read_or_refuse(tmp_path / "plate.png", FOREIGN[kind])
    assert isinstance(outcome, ImageError)
    assert kind in outcome.found


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files in folders")
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    os.symlink(tmp_path / "nowhere", tmp_path / "link.png")
    kinds = {"folder.png": "a folder", "pipe.png": "a named pipe", "link.png": "No such file"}
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.png")  # relative: the address of a socket is short
        kinds["s.png"] = "a socket"
        start = time.perf_counter()
        for name, found in kinds.items():
            with pytest.raises(ImageError, match=found):
                read(tmp_path / name)
        with pytest.raises(ImageError, match="a device"):
            read("/dev/zero")
    assert time.perf_counter() - start < 1


@pytest.mark.skipif(os.name == "nt", reason="Windows limits paths by its own settings")
def test_names_beyond_ascii_and_long_paths(tmp_path: Path) -> None:
    data = PICTURES["png-0-8"].data
    deep = tmp_path.joinpath(*["Walzstraße-検査-" + "x" * 60] * 8)
    deep.mkdir(parents=True)
    for name in ("плита.png", "板 1.png", "a" * 251 + ".png"):
        (deep / name).write_bytes(data)
        assert len(os.fsencode(deep / name)) > 600
        assert read(deep / name).source == str(deep / name)
    with pytest.raises(ImageError, match="File name too long"):
        read(tmp_path / ("a" * 300 + ".png"))
    with pytest.raises(ImageError, match="File name too long"):
        read(tmp_path.joinpath(*["b" * 200] * 40))
    with pytest.raises(ImageError, match="null"):
        read("plate\0.png")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_can_still_be_printed(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/plate\xff.png"
    Path(os.fsdecode(path)).write_bytes(b"")
    with pytest.raises(ImageError) as caught:
        read(os.fsdecode(path))
    assert str(caught.value).encode("utf-8")
    assert "plate\\udcff.png" in caught.value.name


def test_tiff_directories_in_a_circle(tmp_path: Path) -> None:
    data = packed_tiff(texture().astype(np.uint16) << 4, 12)
    circle = data[:-4] + data[4:8]
    outcome = read_or_refuse(tmp_path / "plate.tif", circle)
    assert isinstance(outcome, ImageError)
    assert "pages do not end" in outcome.found
    beyond = data[:-4] + struct.pack("<I", len(data) + 100)
    assert isinstance(read_or_refuse(tmp_path / "plate.tif", beyond), ImageError)


def test_png_data_shorter_than_the_picture(tmp_path: Path) -> None:
    """Whole chunks, right checksums, half of the rows."""
    half = zlib.compress(b"\0" * (54 * 20))
    outcome = read_or_refuse(tmp_path / "plate.png", png(texture(), 8, 0, packed=half))
    assert isinstance(outcome, ImageError)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
@pytest.mark.parametrize("kind", ["grey", "rgb", "u16", "f32", "dark", "bits", "palette"])
def test_tiff_strips_shorter_than_the_picture(compression: str, kind: str, tmp_path: Path) -> None:
    """The structure is whole; the second strip's size says less than its rows need."""
    grey, colour = texture(1, 400, 300), texture(3, 400, 300)
    dark = grey.copy()
    dark[-5:] = 0  # the last rows of a good file may be black
    images = {
        "grey": grey,
        "rgb": colour,
        "u16": grey.astype(np.uint16),
        "f32": np.float32(grey / 255),
        "dark": dark,
    }
    image = Image.fromarray(images.get(kind, grey > 128))
    image = Image.fromarray(colour).quantize(64) if kind == "palette" else image
    data = pillow(image, "TIFF", compression=compression, strip_size=20_000 if kind != "bits" else 2_000)
    path = tmp_path / "plate.tif"
    assert isinstance(read_or_refuse(path, data), Frame)
    page = read_page(data, "plate.tif")
    counts, place = page.fields[279]
    assert len(counts) > 2
    width = 4 if struct.pack("<HHI", 279, 4, len(counts)) in data else 2  # LONG or SHORT
    for share in (0.2, 0.6, 0.97):
        short = resized(data, place + width, int(counts[1] * share).to_bytes(width, "little"))
        assert isinstance(read_or_refuse(path, short), ImageError)


def test_a_missing_file_and_a_growing_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match="No such file or directory, expected a readable file"):
        read(tmp_path / "plate.png")
    path = tmp_path / "grown.png"
    path.write_bytes(PICTURES["png-0-8"].data)
    status = os.stat(path)
    smaller = os.stat_result([*status[:6], status.st_size - 10, *status[7:]])
    monkeypatch.setattr(os, "fstat", lambda _: smaller)
    with pytest.raises(ImageError, match="expected a file at rest"):
        read(path)


def test_an_unfinished_palette_is_refused(tmp_path: Path) -> None:
    data = PICTURES["tiff-palette"].data
    place = data.index(struct.pack("<HH", 320, 3)) + 4
    for count in (0, 3, 767):
        outcome = read_or_refuse(tmp_path / "plate.tif", resized(data, place, struct.pack("<I", count)))
        assert isinstance(outcome, ImageError)


def test_many_threads_read_alike_and_leave_the_log_level(tmp_path: Path) -> None:
    level = cv2.utils.logging.getLogLevel()
    paths = []
    for name in NAMES[::8]:
        paths.append(tmp_path / f"{len(paths)}{PICTURES[name].suffix}")
        paths[-1].write_bytes(PICTURES[name].data)
    with ThreadPoolExecutor(8) as pool:
        rounds = [list(pool.map(read, paths)) for _ in range(4)]
    for frames in rounds[1:]:
        assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(frames, rounds[0], strict=True))
    assert cv2.utils.logging.getLogLevel() == level

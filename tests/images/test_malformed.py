"""Damaged, foreign and hostile files: each is read whole or refused with a reason, and quickly."""

from __future__ import annotations

import os
import signal
import socket
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Budget
from images.pictures import all_pictures, bmp, chunk, packed_tiff, pillow, png, texture, tiff
from surfedge.errors import ArgumentError, ImageError
from surfedge.images import Frame, check, read

SEED = 20240611
PICTURES = all_pictures()
NAMES = sorted(PICTURES)


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """Ends a test that waits for ever, where the system has timers."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError("an image held the reader for more than 120 s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 120)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def read_or_refuse(path: Path, data: bytes) -> Frame | ImageError:
    """The frame or the refusal; any other exception, or more than 5 s, fails the test."""
    path.write_bytes(data)
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
    print(
        f"seed {SEED + 1}: {count} files with flipped bits, {refused} refused, the rest read; 0 other exceptions"
    )
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
def test_bombs_are_refused_before_decoding(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    os.symlink(tmp_path / "nowhere", tmp_path / "link.png")
    kinds = {"folder.png": "a folder", "pipe.png": "a named pipe", "link.png": "No such file"}
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.png"))
        kinds["s.png"] = "a socket"
        start = time.perf_counter()
        for name, found in kinds.items():
            with pytest.raises(ImageError, match=found):
                read(tmp_path / name)
        with pytest.raises(ImageError, match="a device"):
            read("/dev/zero")
    assert time.perf_counter() - start < 1


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


def test_tiff_strips_shorter_than_the_picture(tmp_path: Path) -> None:
    """A deflate strip that is whole in itself and holds half of its rows."""
    rng = np.random.default_rng(3)
    for rows in (20, 40):
        packed = zlib.compress(rng.integers(0, 256, 53 * rows, np.uint8).tobytes())
        data = tiff(texture(), compression="adobe_deflate")
        place = data.index(zlib.compress(texture().tobytes(), 6)[:2], 8)
        count = struct.pack("<HHII", 279, 4, 1, len(data) - place)
        start = data.index(struct.pack("<HH", 279, 4))
        data = data[:start] + count + data[start + 12 : place] + packed.ljust(len(data) - place, b"\0")
        assert isinstance(read_or_refuse(tmp_path / "plate.tif", data), ImageError)

"""Image files that are well-formed where it counts and cost more than their header admits to.

    python fuzz/image_bombs.py FOLDER [SIDE_PX COUNT]          time and memory of reading each

Each bomb is written into a folder, some as sparse files. `declared` is what the picture takes once decoded.
"""

from __future__ import annotations

import json
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

GIB = 1 << 30


@dataclass(frozen=True)
class Bomb:
    """write : puts it at a path. declared : bytes of the picture. sparse : bytes of zeros after what is written."""

    name: str
    write: Callable[[Path], object]
    declared: int = 192
    sparse: int = 0

    def put(self, folder: Path) -> Path:
        """The file, written into `folder`."""
        path = folder / f"{self.name}.png"
        self.write(path)
        if self.sparse:
            with path.open("r+b") as file:
                file.truncate(path.stat().st_size + self.sparse)
        return path


def bombs(side_px: int = 8192, count: int = 2_500_000) -> list[Bomb]:
    """All of them. side_px : of the pictures that are large. count : of segments, chunks, directories, bytes."""
    small = np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)
    large = np.random.default_rng(1).integers(0, 256, (side_px, side_px), np.uint8)
    large[-1, -1] = 0  # as a strip that ran out would end
    png, jpeg, bmp, webp, tiff = (_encoded(small, s) for s in (".png", ".jpg", ".bmp", ".webp", ".tiff"))
    grey = np.full((side_px // 4, side_px // 4), 128, np.uint8)
    grey[::2, ::2] = 127
    scan = jpeg[: jpeg.index(b"\xff\xda") + 10]
    return [
        Bomb("tiff-tags-over-the-file", _bytes(_tags(4 * count))),
        Bomb("jpeg-segments", _bytes(b"\xff\xd8" + b"\xff\xfe\0\2" * count + jpeg[2:])),
        Bomb("jpeg-fill-bytes", _bytes(b"\xff\xd8" + b"\xff" * 10 * count + jpeg[3:])),
        Bomb("jpeg-restarts", _bytes(scan + b"\xff\xd0" * 4 * count + b"\xff\xd9")),
        Bomb("jpeg-stuffed-fill", _bytes(scan + b"\xff" * 10 * count + b"\0" + jpeg[-2:])),
        Bomb("jpeg-exif", _bytes(b"\xff\xd8" + _exif() * (count // 5000) + jpeg[2:])),
        Bomb("jpeg-nearly-empty-units", _bytes(_encoded(grey, ".jpg", cv2.IMWRITE_JPEG_RST_INTERVAL, 1)), grey.size),
        Bomb("png-chunks", _bytes(png[:33] + _chunk(b"teXt", b"") * count + png[33:])),
        Bomb("png-palette", _bytes(png[:33] + _chunk(b"PLTE", bytes(12 * count)) + png[33:])),
        Bomb("png-text", _bytes(png[:33] + _chunk(b"zTXt", b"a\0\0" + _zeros(200 * count)) + png[33:])),
        Bomb("png-data", _bytes(png[:33] + _chunk(b"IDAT", _zeros(200 * count)) + _chunk(b"IEND", b""))),
        Bomb("webp-chunks", _bytes(_riff(webp[12:] + b"JUNK\0\0\0\0" * count))),
        Bomb("png-sparse-tail", _bytes(png), sparse=GIB),
        Bomb("jpeg-sparse-tail", _bytes(jpeg), sparse=GIB),
        Bomb("bmp-sparse-tail", _bytes(bmp), sparse=GIB),
        Bomb("tiff-sparse-tail", _bytes(tiff), sparse=GIB),
        Bomb("webp-sparse-tail", _bytes(webp), sparse=GIB),
        Bomb("tiff-pages", _bytes(_pages(tiff, min(count, 100_000)))),
        Bomb("tiff-rows-of-one-pixel", _bytes(_narrow(min(count, 1 << 20)))),
        Bomb("tiff-plain-in-one-strip", _bytes(_tiff(large, 1, side_px)), large.size),
        Bomb("tiff-lzw-of-noise", _bytes(_tiff(large, 5, side_px)), large.size),
        Bomb("tiff-packbits-of-noise", _bytes(_tiff(large, 32773, side_px)), large.size),
        Bomb("tiff-deflate-of-noise", _bytes(_tiff(large, 8, side_px)), large.size),
        Bomb("tiff-lzw-rows", _bytes(_tiff(np.zeros_like(large), 5, 1)), large.size),
        Bomb("tiff-packbits-rows", _bytes(_tiff(large, 32773, 1)), large.size),
    ]


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _encoded(pixels: np.ndarray, suffix: str, *options: int) -> bytes:
    return cv2.imencode(suffix, pixels, options)[1].tobytes()


def _tiff(pixels: np.ndarray, compression: int, rows: int) -> bytes:
    options = (cv2.IMWRITE_TIFF_COMPRESSION, compression, cv2.IMWRITE_TIFF_ROWSPERSTRIP, rows)
    return _encoded(pixels, ".tiff", *options, cv2.IMWRITE_TIFF_PREDICTOR, 1)


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def _zeros(count: int) -> bytes:
    """A deflate stream of `count` zeros, a thousandth as long."""
    packer, block = zlib.compressobj(9), bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(count >> 20)), packer.flush()])


def _riff(content: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(content)) + b"WEBP" + content


def _exif() -> bytes:
    entries = 5000
    block = b"Exif\0\0II*\0" + struct.pack("<IH", 8, entries) + struct.pack("<HHII", 1, 3, 1, 0) * entries
    return b"\xff\xe1" + struct.pack(">H", 2 + len(block)) + block


def _directory(tags: dict[int, tuple[int, int, int]], after: int = 0) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(tags.items()))
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", after)


def _tags(size: int) -> bytes:
    """8 x 8 px, `size` bytes, each tag that a reader asks for an array of bytes over the whole file."""
    tags = dict.fromkeys((254, 258, 259, 262, 273, 274, 277, 278, 279, 284, 320, 338, 339), (1, size, 8))
    tags |= {256: (4, 1, 8), 257: (4, 1, 8)}
    return b"II*\0" + struct.pack("<I", 8 + size) + b"\1" * size + _directory(tags)


def _pages(tiff: bytes, count: int) -> bytes:
    """`tiff`, and empty directories after its own."""
    place = len(tiff) + len(tiff) % 2
    chain = b"".join(struct.pack("<HI", 0, place + 6 * number) for number in range(1, count)) + bytes(6)
    first = struct.unpack_from("<I", tiff, 4)[0]
    (entries,) = struct.unpack_from("<H", tiff, first)
    end = first + 2 + 12 * entries
    return tiff[:end] + struct.pack("<I", place) + tiff[end + 4 :].ljust(place - end - 4, b"\0") + chain


def _narrow(rows: int) -> bytes:
    """1 x `rows` px, each row a strip."""
    places = 8 + np.arange(rows, dtype="<u4")
    counts = np.ones(rows, "<u4")
    arrays, start = places.tobytes() + counts.tobytes(), 8 + rows
    tags = {256: (4, 1, 1), 257: (4, 1, rows), 258: (4, 1, 8), 259: (4, 1, 1), 262: (4, 1, 1), 277: (4, 1, 1)}
    tags |= {278: (4, 1, 1), 273: (4, rows, start), 279: (4, rows, start + 4 * rows)}
    return b"II*\0" + struct.pack("<I", start + 8 * rows) + bytes(rows) + arrays + _directory(tags)


def main(folder: Path, side_px: int = 8192, count: int = 2_500_000) -> list[dict[str, Any]]:
    """Each bomb read; one record of each, printed as JSON at the end, and as a line for people before."""
    sys.path.insert(0, str(Path(__file__).parent))
    from measure import measured

    from surfedge.images import read

    found: list[dict[str, Any]] = []
    (folder / "first.png").write_bytes(_encoded(np.zeros((8, 8), np.uint8), ".png"))
    read(folder / "first.png")  # imports
    for bomb in bombs(side_px, count):
        path = bomb.put(folder)
        size, done = path.stat().st_size, measured(lambda path=path: read(path))
        path.unlink()
        found.append({"name": bomb.name, "declared": bomb.declared, "file": size, **vars(done)})
        print(
            f"{bomb.name:26} {size / 1e6:8.1f} MB, {bomb.declared / 1e6:5.1f} MB declared: {done.seconds:6.2f} s, "
            f"{done.megabytes:7.1f} MB, {done.outcome} {done.said.removeprefix(str(path))[:90]}",
            flush=True,
        )
    print(json.dumps(found))
    return found


if __name__ == "__main__":
    main(
        Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="surfedge-bombs-")), *map(int, sys.argv[2:])
    )

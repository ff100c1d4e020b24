"""PNG streams unpacked, at every level: all kinds of blocks, filters and chunks; nothing that is damaged passes."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

import cv2
import numpy as np
import pytest

import reference
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, native

U8 = np.uint8
STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED)


def file_of(packed: bytes, pieces: list[int], kinds: tuple[bytes, bytes] = (b"IHDR", b"IEND")) -> np.ndarray:
    """A file whose image data is cut at `pieces`; between chunks of other kinds, none with a real checksum."""
    chunks = [(kinds[0], bytes(13)), *_cut(packed, pieces), (kinds[1], b"")]
    parts = [struct.pack(">I4s", len(data), kind) + data + bytes(4) for kind, data in chunks]
    return np.frombuffer(b"\x89PNG\r\n\x1a\n" + b"".join(parts), U8).copy()


def _cut(packed: bytes, pieces: list[int]) -> list[tuple[bytes, bytes]]:
    edges = [0, *sorted(pieces), len(packed)]
    return [(b"IDAT", packed[first:end]) for first, end in pairwise(edges)]


def unpacked(file: np.ndarray) -> bytes:
    """What zlib makes of a file's image data: damage may leave another stream with the same checksum."""
    data, at, packed = file.tobytes(), 8, b""
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + size > len(data) or (packed and kind != b"IDAT"):
            break
        packed += data[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    unpacker = zlib.decompressobj()
    stream = unpacker.decompress(packed)
    assert unpacker.eof
    return stream


def random_rows(rng: np.random.Generator, shape: tuple[int, ...]) -> bytes:
    """An unpacked stream: each row with a filter of its own; noise, few values, or what repeats."""
    line = int(np.prod(shape[1:]))
    values = rng.integers(0, rng.choice([2, 20, 256]), (shape[0], line)).astype(U8)
    if rng.random() < 0.4:
        back = int(rng.integers(1, min(line, 300) + 1))
        values = np.resize(values.ravel()[:back], (shape[0], line))
    return np.concatenate([rng.integers(0, 5, (shape[0], 1)).astype(U8), values], axis=1).tobytes()


def packed_by(rng: np.random.Generator, stream: bytes) -> bytes:
    packer = zlib.compressobj(
        int(rng.integers(0, 10)), zlib.DEFLATED, int(rng.integers(9, 16)), 8, rng.choice(STRATEGIES)
    )
    parts, edges = [], sorted(rng.integers(0, len(stream) + 1, 2).tolist())
    for first, end in zip([0, *edges], [*edges, len(stream)], strict=True):
        parts.append(packer.compress(stream[first:end]))
        if rng.random() < 0.5:
            parts.append(packer.flush(zlib.Z_SYNC_FLUSH))  # an empty stored block
    return b"".join(parts) + packer.flush()


def random_case(rng: np.random.Generator, most: int = 40) -> tuple[np.ndarray, bytes, tuple[int, ...]]:
    shape: tuple[int, ...] = (int(rng.integers(1, most)), int(rng.integers(1, most)))
    shape += (3,) if rng.random() < 0.4 else ()
    stream = random_rows(rng, shape)
    packed = packed_by(rng, stream)
    pieces = rng.integers(0, len(packed) + 1, rng.integers(0, 6)).tolist()
    return file_of(packed, pieces), stream, shape


def test_random_files_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(0)
    for _ in range(budget.count(test=60, nightly=20_000, release=200_000)):
        file, stream, shape = random_case(rng)
        expected = reference.png_rows(stream, shape)
        for level in LEVELS:
            out = np.empty(shape, U8)
            assert native(level).png_pixels(file, out)
            assert (out == expected).all(), (level, shape)


@each_level
@pytest.mark.parametrize("kind", [cv2.IMWRITE_PNG_FILTER_NONE << shift for shift in range(5)] + [248])
def test_files_that_opencv_writes(level: str, kind: int) -> None:
    rng = np.random.default_rng(kind)
    grain = cv2.GaussianBlur(rng.integers(0, 256, (300, 1111), dtype=U8), (0, 0), 1.5)
    for image in (grain, cv2.cvtColor(grain[:, :900].copy(), cv2.COLOR_GRAY2RGB) + rng.integers(0, 4, 3).astype(U8)):
        for packing in (1, 6, 9):
            options = [cv2.IMWRITE_PNG_FILTER, kind, cv2.IMWRITE_PNG_COMPRESSION, packing]
            file = np.frombuffer(cv2.imencode(".png", image[..., ::-1] if image.ndim == 3 else image, options)[1], U8)
            out = np.empty_like(image)
            assert native(level).png_pixels(file, out)
            assert (out == image).all()


@each_level
def test_a_stream_much_longer_than_what_is_unpacked_at_once(level: str) -> None:
    rng = np.random.default_rng(3)
    image = np.tile(rng.integers(0, 256, (40, 30_000), dtype=U8), (10, 1))
    rows = np.concatenate([np.zeros((400, 1), U8), image], axis=1).tobytes()
    out = np.empty_like(image)
    assert native(level).png_pixels(file_of(zlib.compress(rows), [5, 70_000]), out)
    assert (out == image).all()


def test_nothing_damaged_passes_and_nothing_else_is_touched(budget: Budget) -> None:
    """Bytes are changed, lost or added anywhere; the file ends, and the pixels, right before memory that is barred."""
    rng, source, target = np.random.default_rng(1), Guarded(), Guarded()
    passed = 0
    for _ in range(budget.count(test=400, nightly=200_000, release=2_000_000)):
        file, _, shape = random_case(rng, most=14)
        for _ in range(rng.integers(1, 4)):
            where = int(rng.integers(33, len(file)))
            kind = rng.integers(4)
            if kind == 0:
                file[where] ^= 1 << int(rng.integers(8))
            elif kind == 1:
                file[where] = rng.integers(256)
            elif kind == 2:
                file = np.delete(file, slice(where, where + int(rng.integers(1, 9))))
            else:
                file = np.insert(file, where, rng.integers(0, 256, 3).astype(U8))
            file = file if len(file) > 40 else np.resize(file, 41)
        at_end = bool(rng.integers(2))
        inside, out = source.copy(file, at_end=at_end), target.copy(np.zeros(shape, U8), at_end=at_end)
        for level in LEVELS:
            if native(level).png_pixels(inside, out):
                passed += 1
                assert (out == reference.png_rows(unpacked(file), shape)).all()
    assert passed  # checksums of chunks were hit, or what lies behind


@each_level
@pytest.mark.parametrize("wrong", ["rows", "columns", "fewer rows", "checksum", "cut", "filter", "begin", "dictionary"])
def test_what_is_not_this_image(level: str, wrong: str) -> None:
    stream = random_rows(np.random.default_rng(2), (20, 30))
    shape = {"rows": (21, 30), "columns": (20, 29), "fewer rows": (19, 30)}.get(wrong, (20, 30))
    if wrong == "filter":
        stream = b"\x05" + stream[1:]
    packed = bytearray(zlib.compress(stream))
    if wrong == "checksum":
        packed[-1] ^= 1
    elif wrong == "cut":
        del packed[-5:]
    elif wrong == "begin":
        packed[0] ^= 1
    elif wrong == "dictionary":
        packed[:2] = b"\x78\xbb"
    function = native(level).png_pixels
    assert not function(file_of(bytes(packed), [10]), np.empty(shape, U8))
    assert function(
        file_of(zlib.compress(random_rows(np.random.default_rng(2), (20, 30))), [10]), np.empty((20, 30), U8)
    )


@each_level
def test_files_without_image_data(level: str) -> None:
    out = np.empty((4, 4), U8)
    for file in (
        b"",
        b"\x89PNG",
        bytes(8),
        bytes(100),
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT",
        bytes(8) + b"\0\0\0\0IDAT",
    ):
        assert not native(level).png_pixels(np.frombuffer(file, U8), out)


@each_level
def test_what_is_refused(level: str) -> None:
    function, file = native(level).png_pixels, np.zeros(100, U8)
    for shape in ((0, 4), (4, 0), (4, 4, 4), (4, 4, 6), (2, (1 << 20) + 1)):
        with pytest.raises(ValueError, match="out: found"):
            function(file, np.empty(shape, U8))
    with pytest.raises(TypeError, match="uint8"):
        function(file, np.empty((4, 4), np.float32))
    still = np.empty((4, 4), U8)
    still.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        function(file, still)

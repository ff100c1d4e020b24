"""Fields of headers, bit by bit and on both sides of their bounds, in files written by hand."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.encoders import bmp, texture
from surfedge.errors import ImageError
from surfedge.images import check, read
from surfedge.images.headers import webp
from surfedge.images.headers.exif import orientation_note


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def lossless(width: int, height: int, alpha: int = 0) -> bytes:
    """The first bytes of VP8L data (RFC 9649, section 3.4): 14 bits less one for each side, one bit for alpha."""
    return b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14 | alpha << 28) + bytes(9)


def canvas(width: int, height: int, flags: int = 0) -> bytes:
    return bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


@pytest.mark.parametrize(("width", "height"), [(1, 1), (16384, 1), (1, 16384), (5, 300), (8193, 4097)])
@pytest.mark.parametrize("alpha", [0, 1])
def test_sides_and_alpha_of_webp(width: int, height: int, alpha: int) -> None:
    header = webp.read_header(riff((b"VP8L", lossless(width, height, alpha))), "a.webp")
    assert (header.width, header.height, header.samples) == (width, height, 3 + alpha)
    assert header.notes == ("alpha channel dropped",) * alpha
    if max(width, height) < 16384:  # of a lossy one the two highest bits ask for a scale, which is none of the picture
        sides = struct.pack("<HH", width | 0x4000, height | 0x8000)
        lossy = webp.read_header(riff((b"VP8 ", b"\0\0\0\x9d\x01\x2a" + sides)), "a.webp")
        assert (lossy.width, lossy.height, lossy.samples) == (width, height, 3)


def test_the_canvas_of_webp_is_that_of_its_picture() -> None:
    picture = (b"VP8L", lossless(300, 5))
    for flags in range(256):
        data = riff((b"VP8X", canvas(300, 5, flags)), picture)
        if flags & 2:
            with pytest.raises(ImageError, match="an animated WebP"):
                webp.read_header(data, "a.webp")
        else:
            assert webp.read_header(data, "a.webp").width == 300
    for width, height in ((301, 5), (300, 6), (300 + 256, 5), (300, 5 + 256), (300 + 65536, 5), (300, 5 + 65536)):
        with pytest.raises(ImageError, match=rf"canvas of \({width}, {height}\) px around an image of \(300, 5\) px"):
            webp.read_header(riff((b"VP8X", canvas(width, height)), picture), "a.webp")
    short = riff((b"VP8X", canvas(9, 9)[:8]), picture)  # no canvas, two bytes of which lie in the next chunk
    assert webp.read_header(short, "a.webp").width == 300
    cut = riff(picture, (b"VP8X", canvas(300, 5)))
    assert webp.read_header(cut, "a.webp").width == 300
    with pytest.raises(ImageError, match="canvas"):
        webp.read_header(riff(picture, (b"VP8X", canvas(301, 5))), "a.webp")
    for less in (1, 3, 6):  # what is left of it says nothing
        assert webp.read_header(cut[:-less], "a.webp").width == 300


def test_the_first_picture_of_webp_and_its_first_turn_count() -> None:
    turns = [b"Exif\0\0" + block([(274, 3, 1, value)]) for value in (6, 3)]
    chunks = [(b"VP8L", lossless(4, 4)), *((b"EXIF", turn) for turn in turns), (b"VP8L", lossless(9, 9))]
    header = webp.read_header(riff(*chunks), "a.webp")
    assert (header.width, header.notes) == (4, ("EXIF orientation 6 ignored",))
    parted = [(b"VP8 ", b"\0\0\0\x9d\x01\x2a\4\0\4\0"), (b"ALPH", b"\0")]
    for order in (parted, parted[::-1]):
        assert webp.read_header(riff(*order), "a.webp").samples == 4


def test_chunks_of_webp_fill_the_file(tmp_path: Path) -> None:
    """An odd chunk is padded; the size that RIFF says is that of all chunks, and there is one picture."""
    buffer = io.BytesIO()
    Image.fromarray(texture(3, 5, 9)).save(buffer, "WEBP", lossless=True)
    body, path = buffer.getvalue()[12:], tmp_path / "a.webp"

    def said(body: bytes, more: int = 0, tail: bytes = b"") -> str:
        path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(body) + more) + b"WEBP" + body + tail)
        try:
            return " ".join(check(path).notes)
        except ImageError as error:
            return str(error)

    assert said(body) == "" == said(body + b"JUNK\1\0\0\0x\0") == said(body + b"JUNK\0\0\0\0")
    assert "a truncated WebP" in said(body, 1)
    assert said(body, tail=b"ab") == "2 bytes after the end of the image ignored"
    assert "whose chunks end at byte" in said(body + b"JUNK\1\0\0\0x")
    assert "whose chunks end at byte" in said(body, -1) and "whose chunks end at byte" in said(body + b"\0")
    assert "a WebP with 2 images" in said(body + body)


def block(entries: list[tuple[int, int, int, int]], order: str = "<") -> bytes:
    """An EXIF block of one directory: (tag, type, count, value)."""
    sign = b"II*\0" if order == "<" else b"MM\0*"
    packed = b"".join(struct.pack(order + "HHIHH", *entry, 0) for entry in entries)
    return sign + struct.pack(order + "IH", 8, len(entries)) + packed


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(11))
def test_turns_of_exif(value: int, order: str) -> None:
    """2 to 8 ask for a turn, wherever the directory and the tag in it lie."""
    wanted = (f"EXIF orientation {value} ignored",) if 2 <= value <= 8 else ()
    entries = [(256, 3, 1, 7), (271, 2, 1, 7), (274, 3, 1, value), (274, 3, 1, 5)]
    packed = b"".join(struct.pack(order + "HHIHH", *entry, 0) for entry in entries)
    sign = b"II*\0" if order == "<" else b"MM\0*"
    for start in (8, 9, 30):
        for count in range(5):
            data = (sign + struct.pack(order + "I", start)).ljust(start, b"\0")
            data += struct.pack(order + "H", count) + packed
            for prefix in (b"", b"Exif\0\0"):
                assert orientation_note(prefix + data) == (wanted if count > 2 else ())
    for tag, kind in ((273, 3), (275, 3), (274, 4), (274, 2)):
        wrong = sign + struct.pack(order + "IHHHIHH", 8, 1, tag, kind, 1, 6, 0)
        assert orientation_note(wrong) == ()
    assert orientation_note(b"IM" + data[2:]) == ()


@pytest.mark.parametrize(
    ("depth", "width"), [(1, 31), (1, 32), (1, 33), (4, 7), (4, 8), (4, 9), (8, 3), (8, 4), (8, 5)]
)
def test_rows_of_bitmaps_end_at_four_bytes(depth: int, width: int, tmp_path: Path) -> None:
    indices = np.random.default_rng(width).integers(0, 1 << depth, (3, width)).astype(np.uint8)
    grey = np.repeat(np.linspace(0, 255, 1 << depth).astype(np.uint8)[:, None], 3, 1)
    data, path = bmp(indices, depth, palette=grey), tmp_path / "a.bmp"
    path.write_bytes(data)
    assert (read(path).pixels == grey[:, 0][indices]).all()
    for cut in range(1, 5):
        path.write_bytes(data[:-cut])
        with pytest.raises(ImageError, match=f"a truncated BMP .{len(data) - cut:,} of {len(data):,} bytes."):
            check(path)


@pytest.mark.parametrize("used", [0, 1, 200, 256])
@pytest.mark.parametrize("grey", [False, True])
def test_palettes_of_bitmaps(used: int, grey: bool, tmp_path: Path) -> None:
    """As many colours as the header says, all where it says 0; the pixels may follow right behind, not sooner."""
    palette = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
    if not grey:
        palette[max(used, 1) - 1 if used else 255, 1] ^= 1
    indices = np.zeros((2, 4), np.uint8)
    data = bytearray(bmp(indices, 8, palette=palette[: used or 256]))
    struct.pack_into("<I", data, 46, used)
    path = tmp_path / "a.bmp"
    path.write_bytes(data)
    assert check(path).channels == (1 if grey else 3)
    (start,) = struct.unpack_from("<I", data, 10)
    assert start == 54 + 4 * (used or 256)
    struct.pack_into("<I", data, 10, start - 1)
    path.write_bytes(data)
    with pytest.raises(ImageError, match=f"pixels at byte {start - 1:,}, inside the header"):
        check(path)


def test_what_an_unknown_file_is_called(tmp_path: Path) -> None:
    """Eight bytes of it; text where the first 512 bytes are printable."""
    for data, found in (
        (bytes(range(200, 212)), r"no known image signature \(first bytes c8 c9 ca cb cc cd ce cf\)"),
        (b"a" * 511 + b"\1", "no known image signature"),
        (b"a" * 512 + b"\1", "a text file"),
        (b"a\xff", "no known image signature"),
        (b"\0" * 12, "12 zero bytes"),
        (b"\0\0\0\x20ftypheic", "an AVIF, HEIC or video file"),
        (b" \r\n\t<HTML>", "an HTML page"),
    ):
        (tmp_path / "a.png").write_bytes(data)
        with pytest.raises(ImageError, match=f"found {found}"):
            check(tmp_path / "a.png")

"""What a file format says of an image, and which format a file's bytes are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from surfedge.errors import ImageError
from surfedge.images.headers import FORMATS
from surfedge.images.headers.file_bytes import FileBytes
from surfedge.registry import resolve

SAVE_AS_PNG = "save it as PNG or uncompressed TIFF"
READ_AT_ONCE = 32 << 20  # a file of at most so many bytes is read before its header is looked at
HEAD_BYTES = 16 << 20  # of a larger one the header must lie within so many
ROOM_BYTES = 64 << 20  # for what is no pixels: profiles, thumbnails, comments
MAX_PER_DECODED_BYTE = 1.5  # of the file: no packer makes noise larger than that

# What people meet under an image's name; only so that the message can say what the file is.
_FOREIGN = (
    (b"GIF8", "a GIF"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"\x76\x2f\x31\x01", "an OpenEXR"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"P5", "a PGM"),
    (b"P6", "a PPM"),
)


@dataclass(frozen=True)
class Header:
    """What a file says about its image.

    width, height : pixels. channels : 1 (grey) or 3 (colour) once alpha is dropped.
    dtype : NumPy name of the stored samples: uint8, uint16, float32 or float64.
    samples : values per pixel that the decoder will hold, alpha included.
    bit_depth : significant bits where the file says fewer than its dtype holds, else 0.
    inverted : whether 0 means white and the decoder leaves it so.
    end_is_checked : whether a checksum or the data's own end would show that the end of the image is not genuine.
    last_rows_first : whether the file ends with the top row of the image.
    notes : what will be dropped or ignored.
    plain_at : the byte from which the image lies in the file as (H, W) or (H, W, 3) samples, row after row, so that
        nothing is left to decode; 0 where it does not.
    patches : (offset, bytes) to write over a copy of the file before decoding, so that the decoder neither
        turns nor premultiplies the image.
    """

    format: str
    width: int
    height: int
    channels: int
    dtype: str
    samples: int
    bit_depth: int = 0
    inverted: bool = False
    end_is_checked: bool = True
    last_rows_first: bool = False
    notes: tuple[str, ...] = ()
    plain_at: int = 0
    patches: tuple[tuple[int, bytes], ...] = ()

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height

    @property
    def decoded_bytes(self) -> int:
        """Memory that the decoded image takes."""
        return self.pixels * self.samples * np.dtype(self.dtype).itemsize


Decode = Callable[[bytes], "np.ndarray | None"]


@dataclass(frozen=True)
class Format:
    """How one format is recognised and checked.

    read_header(data, name) -> Header        from the first bytes, cheap; raises ImageError.
    is_scattered : its header may lie anywhere in the file, so that `read_header` is given the file, else its beginning.
    check_complete(data, header, name) -> notes       the whole structure; raises ImageError.
    check_pixels(data, header, pixels, decode, name)  for data loss that only the decoded image shows.
    """

    name: str
    magics: tuple[bytes, ...]
    suffixes: tuple[str, ...]
    read_header: Callable[[Any, str], Header]
    check_complete: Callable[[bytes, Header, str], tuple[str, ...]]
    check_pixels: Callable[[bytes, Header, np.ndarray, Decode, str], None] | None = None
    is_scattered: bool = False
    count_pages: Callable[[FileBytes, str], int] | None = None


def damaged(name: str, found: str, expected: str = "an intact, complete file") -> ImageError:
    """The error for a file that was cut, overwritten or written wrongly."""
    return ImageError(name, found=found, expected=expected, remedy="copy it again from its source")


def identify(data: bytes, name: str) -> Format:
    """The format of a file's bytes, by content alone. Raises ImageError for anything else, naming it."""
    for key in FORMATS:
        file_format: Format = resolve(FORMATS, key, "image format")
        if data.startswith(file_format.magics):
            return file_format
    expected = "PNG, JPEG, BMP, TIFF or WebP"
    raise ImageError(name, found=_describe(data), expected=expected, remedy="convert it or leave it out")


def check_size(header: Header, pixel_limit: int, name: str) -> None:
    """Refuse, from the header alone, an image that is empty or larger than allowed. Raises ImageError."""
    found = f"a {header.format} header of {header.width:,} x {header.height:,} px"
    if header.pixels == 0:
        raise damaged(name, found, expected="at least 1 x 1 px")
    if header.pixels > pixel_limit:
        remedy = "raise pixel_limit if the image is genuine"
        raise ImageError(name, found=found, expected=f"at most {pixel_limit:,} px", remedy=remedy)
    byte_limit = 16 * pixel_limit  # float32 with alpha
    if header.decoded_bytes > byte_limit:
        found, expected = f"{found}, {header.decoded_bytes:,} bytes decoded", f"at most {byte_limit:,} bytes"
        raise ImageError(name, found=found, expected=expected, remedy="raise pixel_limit")
    if max(header.width, header.height) > 1 << 20:
        remedy = "cut the image into shorter pieces"
        raise ImageError(name, found=found, expected="sides of at most 1,048,576 px", remedy=remedy)


def whole_file(file: FileBytes, pixel_limit: int) -> bytes:
    """All bytes of a file; one far larger than the image that its header declares is refused before it is read.

    Raises ImageError for that, and what `identify`, `check_size` and the format's own header check raise.
    """
    if len(file) <= READ_AT_ONCE:
        return file.whole()
    file_format = identify(file[:4096], file.name)
    header = file_format.read_header(file if file_format.is_scattered else file[:HEAD_BYTES], file.name)
    check_size(header, pixel_limit, file.name)
    pages = file_format.count_pages(file, file.name) if file_format.count_pages else 1
    room = ROOM_BYTES + int(MAX_PER_DECODED_BYTE * header.decoded_bytes) * pages
    if len(file) > room:
        found = f"a file of {len(file):,} bytes for {pages} x {header.width:,} x {header.height:,} px"
        raise damaged(file.name, found, expected=f"at most {room:,} bytes")
    return file.whole()


def _describe(data: bytes) -> str:
    if not data:
        return "an empty file (0 bytes)"
    if not any(data):
        return f"{len(data):,} zero bytes"
    for magic, kind in _FOREIGN:
        if data.startswith(magic):
            return kind
    if data[4:8] == b"ftyp":
        return "an AVIF, HEIC or video file"
    start = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if data[:512].isascii() and not any(byte < 9 for byte in data[:512]):
        return "a text file"
    return f"no known image signature (first bytes {data[:8].hex(' ')})"

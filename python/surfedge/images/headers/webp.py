"""WebP: RFC 9649. A RIFF container with one VP8 (lossy) or VP8L (lossless) image; no animations."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from surfedge.errors import ImageError
from surfedge.images.headers.exif import orientation_note
from surfedge.images.headers.format import Format, Header, damaged

_MAX_CHUNKS = 10_000
_MAX_EXIF = 1 << 16


def read_header(data: bytes, name: str) -> Header:
    """Size and alpha of the image; a VP8X canvas must agree with it."""
    if data[8:12] != b"WEBP":
        found = "a RIFF file that is not WebP"
        raise ImageError(name, found=found, expected="PNG, JPEG, BMP, TIFF or WebP", remedy="leave it out")
    canvas = image = None
    alpha = False
    notes: tuple[str, ...] = ()
    for kind, start, size in _chunks(data, name):
        if kind == b"VP8X" and size >= 10 and start + 10 <= len(data):
            if data[start] & 0x02:
                remedy = "save the one frame to be inspected"
                raise ImageError(name, found="an animated WebP", expected="a single image", remedy=remedy)
            canvas = tuple(1 + int.from_bytes(data[start + at : start + at + 3], "little") for at in (4, 7))
        elif kind in (b"VP8 ", b"VP8L") and image is None:
            *image, has_alpha = _image(data, kind, start, name)
            alpha = alpha or has_alpha
        elif kind == b"ALPH":
            alpha = True
        elif kind == b"EXIF" and not notes:
            notes = orientation_note(data[start : start + min(size, _MAX_EXIF)])
    if image is None:
        raise damaged(name, "a WebP without an image", expected="a VP8 or VP8L chunk")
    if canvas is not None and tuple(image) != canvas:
        found = f"a WebP canvas of {canvas} px around an image of {tuple(image)} px"
        raise damaged(name, found, expected="equal sizes")
    notes = (("alpha channel dropped",) if alpha else ()) + notes
    return Header("WebP", image[0], image[1], 3, "uint8", 4 if alpha else 3, notes=notes)


def check_complete(data: bytes, header: Header, name: str) -> tuple[str, ...]:
    """The RIFF size and every chunk lie inside the file, and the chunks fill the RIFF size exactly."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise damaged(name, f"a truncated WebP ({len(data):,} of {end:,} bytes)")
    position = images = 0
    for kind, start, size in _chunks(data[:end], name):
        position = start + size + size % 2
        images += kind in (b"VP8 ", b"VP8L")
    if position != end or images != 1:
        found = f"a WebP with {images} images whose chunks end at byte {position:,}"
        raise damaged(name, found, expected=f"one image, chunks up to byte {end:,}")
    return (f"{len(data) - end:,} bytes after the end of the image ignored",) if end < len(data) else ()


def _chunks(data: bytes, name: str) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start of the payload, payload size) as the file claims them; may point past its end."""
    position = 12
    for _ in range(_MAX_CHUNKS):
        if position + 8 > len(data):
            return
        kind, size = struct.unpack_from("<4sI", data, position)
        yield kind, position + 8, size
        position += 8 + size + size % 2
    raise damaged(name, f"a WebP of more than {_MAX_CHUNKS:,} chunks", expected="a dozen at most")


def _image(data: bytes, kind: bytes, start: int, name: str) -> tuple[int, int, bool]:
    """width, height, whether it has alpha (RFC 9649, sections 2.5 and 2.6)."""
    if kind == b"VP8 " and data[start + 3 : start + 6] == b"\x9d\x01\x2a" and start + 10 <= len(data):
        width, height = struct.unpack_from("<HH", data, start + 6)
        return width & 0x3FFF, height & 0x3FFF, False
    if kind == b"VP8L" and data[start : start + 1] == b"\x2f" and start + 5 <= len(data):
        (bits,) = struct.unpack_from("<I", data, start + 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), bool(bits >> 28 & 1)
    raise damaged(name, "a WebP whose image has no header")


FORMAT = Format("WebP", (b"RIFF",), (".webp",), read_header, check_complete)

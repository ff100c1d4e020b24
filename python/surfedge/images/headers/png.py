"""PNG: W3C Portable Network Graphics specification, third edition. Chunks with CRC from IHDR to IEND."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from surfedge.errors import ImageError
from surfedge.images.headers.exif import orientation_note
from surfedge.images.headers.format import Format, Header, damaged

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_KNOWN_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_FEW_CHUNKS, _LEAST_CHUNK = 10_000, 1024  # beyond a few, chunks have so many bytes on average
_MAX_EXIF = 1 << 16
_DEFLATE_MAX_RATIO = 1032  # no deflate stream inflates further (zlib technical notes)


def read_header(data: bytes, name: str) -> Header:
    """Size, depth and colour type from IHDR, palette and alpha from the chunks before the first IDAT."""
    if len(data) < 33 or data[8:16] != b"\0\0\0\rIHDR":
        raise damaged(name, "a PNG without a whole IHDR chunk")
    width, height, depth, colour, compression, filtering, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        found = f"PNG colour type {colour}, depth {depth}, methods {compression}/{filtering}/{interlace}"
        raise damaged(name, found, expected="values that the PNG standard lists")
    channels = 3 if colour in (2, 3, 6) else 1
    alpha = colour in (4, 6)
    notes: tuple[str, ...] = ()
    for kind, start, size in _chunks(data, name):
        if kind == b"IDAT":
            break
        if kind == b"PLTE" and colour == 3:
            palette = data[start : start + size]
            channels = 1 if palette[0::3] == palette[1::3] == palette[2::3] else 3
        alpha = alpha or kind == b"tRNS"
        if kind == b"eXIf" and not notes:
            notes = orientation_note(data[start : start + min(size, _MAX_EXIF)])
    samples = 4 if alpha else 3 if colour == 3 else _SAMPLES[colour]  # how the decoder holds them
    if alpha:
        notes = ("alpha channel dropped", *notes)
    dtype = "uint16" if depth == 16 else "uint8"
    return Header("PNG", width, height, channels, dtype, samples, notes=notes)


def check_complete(data: bytes, header: Header, name: str) -> tuple[str, ...]:
    """Every chunk whole with a matching CRC, image data present and long enough, IEND reached."""
    view, packed, end = memoryview(data), 0, 0
    for kind, start, size in _chunks(data, name):
        if start + size + 4 > len(data):
            raise damaged(
                name, f"a truncated PNG ({len(data):,} bytes, chunk {_text(kind)} ends at {start + size + 4:,})"
            )
        if zlib.crc32(view[start - 4 : start + size]) != int.from_bytes(data[start + size : start + size + 4], "big"):
            raise damaged(name, f"a damaged PNG (checksum of chunk {_text(kind)} at byte {start - 8:,} does not match)")
        _check_kind(kind, name)
        packed += size if kind == b"IDAT" else 0
        if kind == b"IEND":
            end = start + size + 4
            break
    if not end:
        raise damaged(name, "a truncated PNG (no IEND chunk)")
    needed = _raw_bytes(data)
    if packed * _DEFLATE_MAX_RATIO < needed:
        raise damaged(name, f"{packed:,} bytes of PNG image data, which cannot hold {needed:,} bytes of pixels")
    return (f"{len(data) - end:,} bytes after the end of the image ignored",) if end < len(data) else ()


def _chunks(data: bytes, name: str) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start of the payload, payload size) as the file claims them; may point past its end."""
    position, count = 8, 0
    while position + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        count += 1
        if count > _FEW_CHUNKS + position // _LEAST_CHUNK:
            raise damaged(name, f"a PNG of {count:,} chunks in its first {position:,} bytes", expected="larger ones")
        yield kind, position + 8, size
        position += 12 + size


def _check_kind(kind: bytes, name: str) -> None:
    if kind == b"acTL":
        remedy = "save the one frame to be inspected"
        raise ImageError(name, found="an animated PNG", expected="a single image", remedy=remedy)
    if kind not in _KNOWN_CRITICAL and not kind[0] & 0x20:
        raise damaged(name, f"unknown critical PNG chunk {_text(kind)}")


def _raw_bytes(data: bytes) -> int:
    """Inflated size without interlacing, a lower bound with it."""
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    return int(height * (1 + (width * depth * _SAMPLES[colour] + 7) // 8))


def _text(kind: bytes) -> str:
    return repr(kind)[2:-1]


FORMAT = Format("PNG", (_SIGNATURE,), (".png",), read_header, check_complete)

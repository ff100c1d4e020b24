"""A picture as the bytes of a file, in every format that is read; by hand, Pillow or tifffile."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image

HEIGHT, WIDTH = 41, 53


def texture(channels: int = 1, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """uint8 (H, W) or (H, W, 3): slopes with noise, so that no two rows and no two channels are equal."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:height, :width]
    planes = [2 * x + y, 3 * y + 20, 255 - x - y, 40 + x * y % 97][:channels]
    noisy = np.stack(planes, -1) + rng.integers(0, 12, (height, width, channels))
    pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    return pixels[..., 0].copy() if channels == 1 else pixels


def pillow(image: Image.Image, file_format: str, **options: object) -> bytes:
    """Bytes that Pillow writes."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    """Bytes that tifffile writes."""
    buffer = io.BytesIO()
    if pixels.ndim == 3 and "photometric" not in options:
        options["photometric"] = "rgb"
    tifffile.imwrite(buffer, pixels, **options)
    return buffer.getvalue()


def chunk(kind: bytes, payload: bytes) -> bytes:
    """A PNG chunk with its checksum."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png(samples: np.ndarray, depth: int, colour: int, *, before: bytes = b"", packed: bytes | None = None) -> bytes:
    """A PNG written by hand: any depth and colour type, chunks before the data, or other data."""
    height, width = samples.shape[:2]
    rows = pack(samples.reshape(height, -1), depth)
    stride = len(rows) // height
    raw = b"".join(b"\0" + rows[at : at + stride] for at in range(0, len(rows), stride))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(raw) if packed is None else packed)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + data + chunk(b"IEND", b"")


def pack(rows: np.ndarray, bits: int) -> bytes:
    """Rows of samples, most significant bit first, each row padded to a whole byte."""
    if bits == 16:
        return rows.astype(">u2").tobytes()
    planes = rows[..., None].astype(np.uint16) >> np.arange(bits - 1, -1, -1, dtype=np.uint16) & 1
    return np.packbits(planes.reshape(len(rows), -1).astype(np.uint8), axis=1).tobytes()


def packed_tiff(samples: np.ndarray, bits: int) -> bytes:
    """A little-endian grey TIFF of packed samples in one strip, its directory at the end."""
    data = pack(samples, bits)
    data += b"\0" * (len(data) % 2)
    height, width = samples.shape
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: len(data)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + b"\0" * 4


def bmp(pixels: np.ndarray, depth: int, *, palette: np.ndarray | None = None, top_down: bool = False) -> bytes:
    """A BMP written by hand: pixels are indices (H, W), or BGR(X) samples (H, W, 3 or 4)."""
    height, width = pixels.shape[:2]
    rows = pack(pixels.reshape(height, -1), min(depth, 8))
    stride = len(rows) // height
    lines = [rows[at : at + stride] + b"\0" * (-stride % 4) for at in range(0, len(rows), stride)]
    colours = b"" if palette is None else np.c_[palette[:, ::-1], np.zeros(len(palette), np.uint8)].tobytes()
    info = struct.pack(
        "<IiiHHIIiiII", 40, width, -height if top_down else height, 1, depth, 0, 0, 0, 0, len(colours) // 4, 0
    )
    body = b"".join(lines if top_down else lines[::-1])
    offset = 14 + len(info) + len(colours)
    return struct.pack("<2sIHHI", b"BM", offset + len(body), 0, 0, offset) + info + colours + body


def exif_turned() -> bytes:
    """An EXIF block that asks for a quarter turn."""
    exif = Image.Exif()
    exif[274] = 6
    return exif.tobytes()

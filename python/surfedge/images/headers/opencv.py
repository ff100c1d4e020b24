"""Where image bytes become pixels: OpenCV's decoder, silenced, its answer held against the header."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from surfedge.images.headers.format import Header, damaged


@dataclass
class _Silence:
    """How many decodes are under way, and the log level to restore after the last one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    level: int = field(init=False)
    users: int = 0


_SILENCE = _Silence()  # OpenCV's log level is global to the process; so must be what guards it


@contextmanager
def _silent_opencv() -> Iterator[None]:
    import cv2

    with _SILENCE.lock:
        if _SILENCE.users == 0:
            _SILENCE.level = cv2.utils.logging.setLogLevel(0)
        _SILENCE.users += 1
    try:
        yield
    finally:
        with _SILENCE.lock:
            _SILENCE.users -= 1
            if _SILENCE.users == 0:
                cv2.utils.logging.setLogLevel(_SILENCE.level)


def decode(data: bytes, header: Header, name: str) -> np.ndarray:
    """(H, W), (H, W, 1) or (H, W, 3) RGB of the header's dtype, neither turned nor scaled. Raises ImageError.

    An image that lies in the file as it is, is a read-only view of `data`.
    """
    if header.plain_at:
        samples = np.frombuffer(data, header.dtype, header.pixels * header.channels, header.plain_at)
        return samples.reshape(header.height, header.width, header.channels)
    pixels = decode_bytes(_patched(data, header))
    if pixels is None:
        raise damaged(name, f"{header.format} data that cannot be decoded")
    if pixels.shape[:2] != (header.height, header.width) or pixels.dtype != header.dtype:
        found = f"decoded {pixels.dtype} {pixels.shape[1]} x {pixels.shape[0]} px"
        expected = f"{header.dtype} {header.width} x {header.height} px as the header says"
        raise damaged(name, found, expected=expected)
    if header.channels == 1 and pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[..., 0])
    if header.channels == 3 and pixels.ndim == 2:
        found = "a decoded grey image"
        raise damaged(name, found, expected="colour as the header says")
    if header.bit_depth:
        pixels >>= 16 - header.bit_depth  # OpenCV shifts packed samples up to fill 16 bits
    return np.subtract(65535, pixels, dtype=np.uint16) if header.inverted else pixels


def _patched(data: bytes, header: Header) -> bytes | bytearray:
    if not header.patches:
        return data
    copy = bytearray(data)
    for offset, patch in header.patches:
        copy[offset : offset + len(patch)] = patch
    return copy


def decode_bytes(data: bytes | bytearray) -> np.ndarray | None:
    """(H, W) or (H, W, 3) RGB, alpha dropped; None when the decoder refuses the data."""
    import cv2

    try:
        with _silent_opencv():
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if pixels is None or pixels.ndim == 2:
        return pixels
    if pixels.dtype == np.float64:  # cvtColor knows no float64
        return np.ascontiguousarray(pixels[..., 2::-1])
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGB)

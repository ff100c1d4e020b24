"""What a file is by its first bytes, where its name does not say."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from surfedge.errors import ImageError
from surfedge.images.headers.format import identify

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
_START_BYTES = 32
# Pictures that surfedge does not read: they are named as not inspected, never passed over.
_UNREAD = (
    b"GIF8",
    b"\x00\x00\x00\x0cjP  ",
    b"\xff\x4f\xff\x51",
    b"\x00\x00\x00\x0cJXL ",
    b"\xff\x0a",
    b"\x76\x2f\x31\x01",
    b"8BPS",
    b"qoif",
    b"#?RADIANCE",
    b"SIMPLE  =",
    b"AT&TFORM",
)
_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"mif1", b"msf1")
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)


def has_image_suffix(name: str) -> bool:
    """Whether a file of this name is an image without opening it."""
    return name.lower().endswith(SUFFIXES)


def kind_of(path: str | Path) -> str:
    """What the file at `path` is by its content: "image" (also where it cannot be looked into), "empty" or "other".

    "image" stands for every picture format known here, those among them that surfedge cannot read: whoever opens such
    a file says so.
    """
    try:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        if not stat.S_ISREG(os.stat(path).st_mode):
            return "other"
        with open(os.open(path, flags), "rb", buffering=0) as file:
            start = file.read(_START_BYTES)
    except OSError:
        return "other" if not os.path.exists(path) else "image"
    if not start:
        return "empty"
    return "image" if is_image(start) else "other"


def is_image(start: bytes) -> bool:
    """Whether a file that begins with these bytes is a picture, readable here or not.

    >>> is_image(b"\\xff\\xd8\\xff\\xe0" + bytes(28)), is_image(b"P5\\n8 8\\n255\\n"), is_image(b"BMW, 3 parts\\n")
    (True, True, False)
    """
    if start.startswith(b"BM"):
        return len(start) > 17 and start[6:10] == bytes(4) and int.from_bytes(start[14:18], "little") in _BMP_HEADERS
    if start.startswith(b"RIFF"):
        return start[8:12] == b"WEBP"
    if start[:1] == b"P" and start[1:2] in b"1234567Ff" and start[2:3] in (b" ", b"\t", b"\n", b"\r"):
        return True
    if start.startswith(_UNREAD) or (start[4:8] == b"ftyp" and start[8:12] in _BRANDS):
        return True
    try:
        identify(start, "")
    except ImageError:
        return False
    return True

"""The orientation tag of an EXIF block (JEITA CP-3451, tag 0x0112): noted, never applied.

An inspected surface has the orientation the camera saw: turning some images of a series would move defects.
"""

from __future__ import annotations

import struct


def orientation_note(block: bytes) -> tuple[str, ...]:
    """("EXIF orientation 6 ignored",) when a TIFF-structured EXIF block asks for a turn, else ().

    A block that cannot be read asks for nothing: it carries no pixels.

    >>> orientation_note(b"")
    ()
    """
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return ()
    try:
        (start,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, start)
        for index in range(count):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", block, start + 2 + 12 * index)
            if tag == 274 and kind == 3:
                return (f"EXIF orientation {value} ignored",) if 2 <= value <= 8 else ()
    except struct.error:
        return ()
    return ()

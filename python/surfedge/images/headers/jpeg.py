"""JPEG: ITU-T T.81. Baseline, extended and progressive Huffman images of 8 bits, walked marker by marker.

JPEG carries no checksum: bits that flip inside the entropy-coded data change the image without a trace.
What can be shown to be missing is refused: segments, scans, restart intervals, the end marker, and data that
runs out before the image is full (`check_pixels`).
"""

from __future__ import annotations

import numpy as np

from surfedge.errors import ImageError
from surfedge.images.headers.exif import orientation_note
from surfedge.images.headers.format import SAVE_AS_PNG, Decode, Format, Header, damaged
from surfedge.images.headers.jpeg_scans import Scans, add_filler, last_units_look_empty
from surfedge.images.headers.jpeg_segments import FRAMES, frame_header, segments

_OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7)


def read_header(data: bytes, name: str) -> Header:
    """Size and colour from the frame header; EXIF turn and CMYK noted."""
    notes: tuple[str, ...] = ()
    adobe = exif_seen = False
    for segment in segments(data, name):
        payload = data[segment.start : segment.end]
        if segment.marker in FRAMES:
            frame = frame_header(segment.marker, payload, name)
            break
        if segment.marker in _OTHER_FRAMES:
            found = f"a lossless, arithmetic or hierarchical JPEG (marker FF{segment.marker:02X})"
            raise ImageError(name, found=found, expected="a baseline or progressive JPEG", remedy=SAVE_AS_PNG)
        if segment.marker == 0xE1 and not exif_seen and payload.startswith(b"Exif\0\0"):
            notes, exif_seen = orientation_note(payload), True
        adobe = adobe or (segment.marker == 0xEE and payload.startswith(b"Adobe"))
    else:
        raise damaged(name, "a JPEG without a frame header")
    count = len(frame.components)
    if count == 4:
        if not adobe:
            raise ImageError(name, found="a CMYK JPEG without Adobe marker", expected="RGB", remedy=SAVE_AS_PNG)
        notes = ("CMYK converted to RGB without colour profile", *notes)
    return Header(
        "JPEG",
        frame.width,
        frame.height,
        min(count, 3),
        "uint8",
        min(count, 3),
        end_is_checked=not frame.progressive,
        notes=notes,
    )


def check_complete(data: bytes, header: Header, name: str) -> tuple[str, ...]:
    """Every segment, scan and restart interval is there, and EOI ends the image."""
    scans: Scans | None = None
    restart_mcus = 0
    for segment in segments(data, name):
        payload = data[segment.start : segment.end]
        if segment.marker in FRAMES:
            if scans is not None:
                raise damaged(name, "a JPEG with two frame headers")
            scans = Scans(frame_header(segment.marker, payload, name), name)
        elif segment.marker == 0xDD:
            restart_mcus = int.from_bytes(payload, "big")
        elif segment.marker == 0xDA:
            if scans is None:
                raise damaged(name, "a JPEG scan before the frame header")
            scans.add(payload, data, segment.end, segment.scan_end, restart_mcus)
        elif segment.marker == 0xD9:
            if scans is None:
                break
            scans.check_all_seen()
            rest = len(data) - segment.end
            return (f"{rest:,} bytes after the end of the image ignored",) if rest else ()
    raise damaged(name, "a JPEG that ends before its image")


def check_pixels(data: bytes, header: Header, pixels: np.ndarray, decode: Decode, name: str) -> None:
    """Refuse an image whose entropy-coded data ran out: the decoder fills the rest with mid-grey.

    The last unit of each restart interval shows it. Where it is mid-grey, the image is decoded again with
    bytes added after the data: a decoder that had all it needed ignores them, one that had run out shows
    another image.
    """
    listed = list(segments(data, name))
    frame = next(frame_header(s.marker, data[s.start : s.end], name) for s in listed if s.marker in FRAMES)
    scans = [segment for segment in listed if segment.marker == 0xDA]
    intervals = [data[s.start : s.end] for s in listed if s.marker == 0xDD and s.start < scans[0].start]
    restart_mcus = int.from_bytes(intervals[-1], "big") if intervals else 0
    if frame.progressive or not last_units_look_empty(pixels, frame, restart_mcus):
        return
    other = decode(add_filler(data, [(scan.end, scan.scan_end) for scan in scans]))
    if other is None or not np.array_equal(other, pixels):
        raise damaged(name, "a JPEG whose data ends before the image is full")


FORMAT = Format(
    "JPEG", (b"\xff\xd8\xff",), (".jpg", ".jpeg", ".jpe", ".jfif"), read_header, check_complete, check_pixels
)

"""JPEG: ITU-T T.81. Baseline, extended and progressive Huffman pictures of 8 bits, walked marker by marker.

JPEG carries no checksum: bits that flip inside the entropy-coded data change the picture without a trace.
What can be shown to be missing is refused: segments, scans, restart intervals, the end marker, and data that
runs out before the picture is full (`check_pixels`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from surfedge.errors import ImageError
from surfedge.image_headers import SAVE_AS_PNG, Decode, Format, Header, damaged
from surfedge.image_headers.exif import orientation_note

_FRAMES = (0xC0, 0xC1, 0xC2)
_OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7)
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # a marker that is neither a stuffed 0xFF nor a restart


@dataclass(frozen=True)
class FrameHeader:
    """The SOF segment. components: identifier -> (horizontal, vertical) sampling factors."""

    progressive: bool
    width: int
    height: int
    components: dict[int, tuple[int, int]]

    @property
    def mcu_px(self) -> tuple[int, int]:
        """(width, height) in pixels of the unit of interleaved scans; 8 x 8 for one component."""
        if len(self.components) == 1:
            return 8, 8
        factors = self.components.values()
        return 8 * max(h for h, _ in factors), 8 * max(v for _, v in factors)


@dataclass(frozen=True)
class Segment:
    """One marker segment: payload from start to end; for SOS, entropy-coded data from end to scan_end."""

    marker: int
    start: int
    end: int
    scan_end: int = 0


def read_header(data: bytes, name: str) -> Header:
    """Size and colour from the frame header; EXIF turn and CMYK noted."""
    notes: tuple[str, ...] = ()
    adobe = False
    for segment in segments(data, name):
        payload = data[segment.start : segment.end]
        if segment.marker in _FRAMES:
            frame = _frame(segment.marker, payload, name)
            break
        if segment.marker in _OTHER_FRAMES:
            found = f"a lossless, arithmetic or hierarchical JPEG (marker FF{segment.marker:02X})"
            raise ImageError(name, found=found, expected="a baseline or progressive JPEG", remedy=SAVE_AS_PNG)
        if segment.marker == 0xE1 and payload.startswith(b"Exif\0\0"):
            notes = orientation_note(payload) or notes
        adobe = adobe or (segment.marker == 0xEE and payload.startswith(b"Adobe"))
    else:
        raise damaged(name, "a JPEG without a frame header")
    count = len(frame.components)
    if count == 4:
        if not adobe:
            raise ImageError(
                name, found="a CMYK JPEG without Adobe marker", expected="RGB", remedy=SAVE_AS_PNG
            )
        notes = ("CMYK converted to RGB without colour profile", *notes)
    return Header("JPEG", frame.width, frame.height, min(count, 3), "uint8", min(count, 3), notes=notes)


def check_complete(data: bytes, header: Header, name: str) -> tuple[str, ...]:
    """Every segment, scan and restart interval is there, and EOI ends the picture."""
    from surfedge.image_headers.jpeg_scans import Scans

    scans: Scans | None = None
    restart_mcus = 0
    for segment in segments(data, name):
        payload = data[segment.start : segment.end]
        if segment.marker in _FRAMES:
            if scans is not None:
                raise damaged(name, "a JPEG with two frame headers")
            scans = Scans(_frame(segment.marker, payload, name), name)
        elif segment.marker == 0xDD:
            restart_mcus = int.from_bytes(payload[:2], "big")
        elif segment.marker == 0xDA:
            if scans is None:
                raise damaged(name, "a JPEG scan before the frame header")
            scans.add(payload, data, segment.end, segment.scan_end, restart_mcus)
        elif segment.marker == 0xD9:
            if scans is None:
                break
            scans.check_all_seen()
            rest = len(data) - segment.end
            return (f"{rest:,} bytes after the end of the picture ignored",) if rest else ()
    raise damaged(name, "a JPEG that ends before its picture")


def check_pixels(data: bytes, header: Header, pixels: np.ndarray, decode: Decode, name: str) -> None:
    """Refuse a picture whose entropy-coded data ran out: the decoder fills the rest with mid-grey.

    The last unit of each restart interval tells. Where it is mid-grey, the picture is decoded again with
    bytes added after the data: a decoder that had all it needed ignores them, one that had run out shows
    another picture.
    """
    from surfedge.image_headers.jpeg_scans import add_filler, last_units_look_empty

    listed = list(segments(data, name))
    frame = next(_frame(s.marker, data[s.start : s.end], name) for s in listed if s.marker in _FRAMES)
    scans = [segment for segment in listed if segment.marker == 0xDA]
    intervals = [data[s.start : s.end] for s in listed if s.marker == 0xDD and s.start < scans[0].start]
    restart_mcus = int.from_bytes(intervals[-1][:2], "big") if intervals else 0
    if frame.progressive or not last_units_look_empty(pixels, frame, restart_mcus):
        return
    other = decode(add_filler(data, [(scan.end, scan.scan_end) for scan in scans]))
    if other is None or not np.array_equal(other, pixels):
        raise damaged(name, "a JPEG whose data ends before the picture is full")


def segments(data: bytes, name: str) -> Iterator[Segment]:
    """Marker segments from SOI to EOI. Raises ImageError where one is missing, foreign or cut."""
    position, size = 2, len(data)
    while True:
        if data[position : position + 1] != b"\xff" and position < size:
            raise damaged(name, f"a damaged JPEG (byte {position:,} is {data[position]:02X}, not a marker)")
        while data[position : position + 1] == b"\xff":  # any number of fill bytes
            position += 1
        if position >= size:
            break
        marker, start = data[position], position + 1
        if marker == 0xD9:
            yield Segment(marker, start, start)
            return
        end = start + int.from_bytes(data[start : start + 2], "big")
        if end < start + 2 or end > size:
            break
        if marker != 0xDA:
            yield Segment(marker, start + 2, end)
            position = end
            continue
        match = _SCAN_END.search(data, end)
        if match is None:
            break
        position = match.start()
        while data[position - 1] == 0xFF and position > end:  # fill bytes are no data
            position -= 1
        yield Segment(marker, start + 2, end, position)
    raise damaged(name, f"a truncated JPEG ({size:,} bytes without an end marker)")


def _frame(marker: int, payload: bytes, name: str) -> FrameHeader:
    if len(payload) < 6 or len(payload) != 6 + 3 * payload[5]:
        raise damaged(name, "a damaged JPEG frame header")
    precision, height, width, count = struct.unpack_from(">BHHB", payload)
    if precision != 8:
        found = f"a JPEG of {precision} bits per sample"
        raise ImageError(name, found=found, expected="8", remedy=SAVE_AS_PNG)
    parts = (payload[at : at + 2] for at in range(6, len(payload), 3))
    components = {part[0]: (part[1] >> 4, part[1] & 15) for part in parts}
    legal = all(1 <= factor <= 4 for pair in components.values() for factor in pair)
    if count not in (1, 3, 4) or len(components) != count or not legal or max(width, height) > 65500:
        found = f"a JPEG frame of {count} components, {width:,} x {height:,} px"
        raise damaged(name, found, expected="1, 3 or 4 components, sides <= 65,500")
    return FrameHeader(marker == 0xC2, width, height, components)


FORMAT = Format(
    "JPEG", (b"\xff\xd8\xff",), (".jpg", ".jpeg", ".jpe", ".jfif"), read_header, check_complete, check_pixels
)

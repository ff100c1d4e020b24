"""The marker segments of a JPEG (ITU-T T.81, annex B), walked without decoding, and what its frame header says."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from surfedge.errors import ImageError
from surfedge.images.headers.format import SAVE_AS_PNG, damaged

FRAMES = (0xC0, 0xC1, 0xC2)
MAX_SEGMENTS = 10_000  # common files have a dozen, a large profile some hundreds
_FILL = re.compile(rb"\xff+")
# From the first fill byte of a marker that is neither a stuffed 0xFF nor a restart. The look behind keeps a long row of
# 0xFF from being tried at each of its bytes.
_SCAN_END = re.compile(rb"(?<!\xff)\xff+[^\x00\xd0-\xd7\xff]")


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


def segments(data: bytes, name: str) -> Iterator[Segment]:
    """Marker segments from SOI to EOI. Raises ImageError where one is missing, foreign or cut."""
    position, size = 2, len(data)
    for _ in range(MAX_SEGMENTS):
        fill = _FILL.match(data, position)  # any number of fill bytes
        if fill is None and position < size:
            raise damaged(name, f"a damaged JPEG (byte {position:,} is {data[position]:02X}, not a marker)")
        if fill is None or fill.end() >= size:
            raise _cut(size, name)
        position = fill.end()
        marker, start = data[position], position + 1
        if marker == 0xD9:
            yield Segment(marker, start, start)
            return
        end = start + int.from_bytes(data[start : start + 2], "big")
        if end < start + 2 or end > size:
            raise _cut(size, name)
        if marker != 0xDA:
            yield Segment(marker, start + 2, end)
            position = end
            continue
        match = _SCAN_END.search(data, end)
        if match is None:
            raise _cut(size, name)
        position = match.start()  # fill bytes are no data
        yield Segment(marker, start + 2, end, position)
    raise damaged(name, f"a JPEG of more than {MAX_SEGMENTS:,} segments", expected="some hundred at most")


def _cut(size: int, name: str) -> ImageError:
    return damaged(name, f"a truncated JPEG ({size:,} bytes without an end marker)")


def frame_header(marker: int, payload: bytes, name: str) -> FrameHeader:
    """What an SOF segment says; raises ImageError for what no decoder here takes."""
    precision, height, width, count = struct.unpack_from(">BHHB", payload.ljust(6, b"\0"))
    if len(payload) != 6 + 3 * count:
        raise damaged(name, "a damaged JPEG frame header")
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

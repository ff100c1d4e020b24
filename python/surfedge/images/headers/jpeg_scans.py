"""What the scans of a JPEG must add up to (ITU-T T.81, sections G.1.1 and F.1), without decoding them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from surfedge.images.headers.format import damaged
from surfedge.images.headers.jpeg_segments import FrameHeader

_RESTART_WITH_FILL = re.compile(rb"(?<!\xff)\xff+[\xd0-\xd7]")
_SCAN_LIMIT = 100  # common encoders write 1 to 20; thousands are a decompression bomb
_BLOCK = 1 << 20  # bytes of a scan that are looked at together
_MAX_LOOKED_AT = 4096  # last units of restart intervals
_UNSEEN = 99
_LEANING = 30  # of 255: how far inks of an empty unit lean to its neighbours at most, where they are interpolated
_FILLER = bytes.fromhex("fe705a13c8a94e27b16d3f92e85c04d7fa61399ec27518adf04b86d32fe9147b")


class Scans:
    """Collects the scans of one frame and says what is missing.

    precision : per component, for each of the 64 coefficients, how many low bits are still to come; _UNSEEN
        before the first scan that carries it.
    """

    def __init__(self, frame: FrameHeader, name: str) -> None:
        self.frame = frame
        self.name = name
        self.precision = {component: [_UNSEEN] * 64 for component in frame.components}
        self.count = 0

    def add(self, parameters: bytes, data: bytes, start: int, end: int, restart_mcus: int) -> None:
        """One scan: its SOS payload, its data[start:end], units per restart interval or 0."""
        chosen = list(parameters[1:-3:2])
        is_whole = bool(chosen) and len(parameters) == 4 + 2 * len(chosen) and parameters[0] == len(chosen)
        self.count += 1
        if not is_whole or any(component not in self.precision for component in chosen):
            self._refuse("a damaged JPEG scan header")
        if self.count > _SCAN_LIMIT:
            self._refuse(f"a JPEG of more than {_SCAN_LIMIT} scans")
        first, last, low = parameters[-3], parameters[-2], parameters[-1] & 15
        high = parameters[-1] >> 4
        if not self.frame.progressive:
            first, last, low, high = 0, 63, 0, 0
        if last > 63 or first > last:
            self._refuse("a damaged JPEG scan header")
        self._advance(chosen, first, last, low, high)
        self._check_length(chosen, first, end - start)
        if restart_mcus:
            self._check_restarts(data, start, end, (self._mcus(chosen) - 1) // restart_mcus)

    def check_all_seen(self) -> None:
        """Raise ImageError unless every coefficient of every component arrived with all its bits."""
        for bits in self.precision.values():
            if any(bits):
                self._refuse("a JPEG whose last scans are missing")

    def _advance(self, chosen: Sequence[int], first: int, last: int, low: int, high: int) -> None:
        for component in chosen:
            bits = self.precision[component]
            expected = high if high else _UNSEEN
            if any(bit != expected for bit in bits[first : last + 1]) or (high and low != high - 1):
                self._refuse("a JPEG whose scans do not follow each other")
            bits[first : last + 1] = [low] * (last + 1 - first)

    def _check_length(self, chosen: Sequence[int], first: int, size: int) -> None:
        """No code table needs fewer bits: one per DC symbol and, in sequential scans, one per AC symbol."""
        if first:
            return  # progressive AC scans may cover thousands of blocks with one end-of-band run
        blocks = self._mcus(chosen) * (1 if len(chosen) == 1 else self._blocks_per_mcu(chosen))
        needed = blocks * (1 if self.frame.progressive else 2) / 8
        if size < needed:
            self._refuse(f"{size:,} bytes of JPEG data for a scan that needs {needed:,.0f} at the very least")

    def _check_restarts(self, data: bytes, start: int, end: int, expected: int) -> None:
        found, refusal = 0, f"a JPEG without its {expected:,} restart markers, or in a wrong order"
        for first in range(start, end, _BLOCK):
            block = np.frombuffer(data, np.uint8, min(_BLOCK + 1, end - first), first)
            numbers = block[1:][(block[:-1] == 0xFF) & (block[1:] & 0xF8 == 0xD0)] & 7
            if (numbers != np.arange(found, found + len(numbers)) % 8).any():
                self._refuse(refusal)
            found += len(numbers)
        if found != expected:
            self._refuse(refusal)

    def _mcus(self, chosen: Sequence[int]) -> int:
        """Minimum coded units in a scan: blocks of the component when it is alone, else whole units (A.2)."""
        factors = self.frame.components
        wide, high = max(h for h, _ in factors.values()), max(v for _, v in factors.values())
        if len(chosen) > 1:
            return _ceil(self.frame.width, 8 * wide) * _ceil(self.frame.height, 8 * high)
        across, down = factors[chosen[0]]
        columns = _ceil(_ceil(self.frame.width * across, wide), 8)
        return columns * _ceil(_ceil(self.frame.height * down, high), 8)

    def _blocks_per_mcu(self, chosen: Sequence[int]) -> int:
        return sum(self.frame.components[c][0] * self.frame.components[c][1] for c in chosen)

    def _refuse(self, found: str) -> None:
        raise damaged(self.name, found)


def _ceil(size: int, step: int) -> int:
    return -(-size // step)


def last_units_look_empty(pixels: np.ndarray, frame: FrameHeader, restart_mcus: int) -> bool:
    """Whether the last unit of any restart interval is flat mid-grey: what a decoder leaves without data.

    pixels : uint8 (H, W) or (H, W, 3).
    """
    wide, high = frame.mcu_px
    columns, rows = _ceil(frame.width, wide), _ceil(frame.height, high)
    step = restart_mcus or columns * rows
    last = np.arange(step, columns * rows + step, step).clip(max=columns * rows) - 1
    row, column = np.divmod(last, columns)
    corners = pixels[np.minimum((row + 1) * high, frame.height) - 1, np.minimum((column + 1) * wide, frame.width) - 1]
    if len(frame.components) < 4:
        near = abs(_luma(corners) - 128) <= 1
        row, column = row[near], column[near]
    if len(row) > _MAX_LOOKED_AT:
        return True  # decoding once more is faster than checking each
    for y, x in zip(row * high, column * wide, strict=True):
        if _looks_empty(pixels[y : y + high, x : x + wide], cmyk=len(frame.components) == 4):
            return True
    return False


def _looks_empty(unit: np.ndarray, *, cmyk: bool) -> bool:
    """Flat mid-grey; near the edges the colour may lean to the neighbours', as chroma is interpolated."""
    if cmyk:  # 128 of each ink are 65 once converted
        away = abs(unit.astype(np.int16) - 65)
        return bool((away <= _LEANING).all() and (away[1:-1, 1:-1] <= 1).all())
    if unit.ndim == 2:
        return bool((unit == 128).all())
    inner = unit[2:-2, 2:-2]
    return bool((inner == 128).all() and (abs(_luma(unit) - 128) <= 1).all())


def _luma(colours: np.ndarray) -> np.ndarray:
    """float32 luma of RGB in the last axis; grey as it is. One column of corners, or a unit."""
    grey = colours.ndim == 1 or colours.shape[-1] != 3
    return colours.astype(np.float32) if grey else colours @ np.array((0.299, 0.587, 0.114), np.float32)


def add_filler(data: bytes, scans: Sequence[tuple[int, int]]) -> bytes:
    """The file with 32 bytes more after the data of every scan (start, end) and restart interval."""
    pieces, position = [], 0
    for start, end in scans:
        pieces += [
            data[position:start],
            _RESTART_WITH_FILL.sub(lambda found: _FILLER + found[0], data[start:end]),
            _FILLER,
        ]
        position = end
    return b"".join([*pieces, data[position:]])

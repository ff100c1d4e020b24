"""An endless strip, tile after tile: each seen with some of its neighbours, so that no seam shows.

A line-scan camera never ends, and a coil is longer than memory. Of the strip two tiles and their overlap are held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from surfedge.errors import ArgumentError
from surfedge.images import from_array, to_grey_f32
from surfedge.pattern import Reading, Search, compare, find_lattice

OVERLAP_PITCHES = 3.0  # so far reach the light's Gaussian and the windows that follow the pattern


@dataclass(frozen=True)
class StripTile:
    """A piece of a strip.

    top : its first row in the strip. rows : how many. search : the lattice that was found in it.
    rest : float32 (rows, W), what remains without the pattern, in usual deviations; None without a lattice.
    anomaly_map : float32 (ceil(rows / 4), ceil(W / 4)), see Reading; None without a lattice.
    """

    top: int
    rows: int
    search: Search
    rest: np.ndarray | None
    anomaly_map: np.ndarray | None


def strip_tiles(
    chunks: Iterable[np.ndarray], *, tile_px: int = 2048, overlap_px: int = 256, reading: Reading | None = None
) -> Iterator[StripTile]:
    """The pieces of a strip, in order and without gaps, each as soon as the rows after it are there.

    chunks : the rows as they come, arrays (any number of rows, W) or (.., W, 3) of what `surfedge.images` takes; for a
    strip that runs along the image's rows give its transpose. tile_px : rows of a piece. overlap_px : rows before and
    after it that are seen with it, at least three pitches. Both are multiples of 4. Lattices are looked for in each
    piece. Raises ArgumentError for wrong sizes.

    >>> y, x = np.mgrid[:1000, :256]
    >>> rows = (90 + 60 * ((x % 32 < 12) & (y % 32 < 12))).astype(np.uint8)
    >>> pieces = strip_tiles((rows[k:k + 50] for k in range(0, 1000, 50)), tile_px=256, overlap_px=128)
    >>> [(piece.top, piece.rows) for piece in pieces]
    [(0, 256), (256, 256), (512, 256), (768, 232)]
    """
    reading = reading or Reading()
    for name, value in (("tile_px", tile_px), ("overlap_px", overlap_px)):
        if value <= 0 or value % reading.cell_px:
            raise ArgumentError(name, found=value, expected=f"a multiple of {reading.cell_px}, above 0")
    window, top = _Window(tile_px + 2 * overlap_px), 0
    for chunk in chunks:
        window.add(chunk)
        while window.end >= top + tile_px + overlap_px:
            yield _piece(window, top, top + tile_px, overlap_px, reading)
            top += tile_px
            window.forget(top)
    if window.end > top:
        yield _piece(window, top, window.end, overlap_px, reading)


class _Window:
    """The last rows of the strip, float32."""

    def __init__(self, length: int) -> None:
        self.length, self.start, self.end = length, 0, 0
        self._parts: list[np.ndarray] = []

    def add(self, chunk: np.ndarray) -> None:
        grey = to_grey_f32(from_array(chunk))
        if self._parts and grey.shape[1] != self._parts[0].shape[1]:
            raise ArgumentError(
                "chunks", found=f"{grey.shape[1]} pixels wide", expected=f"{self._parts[0].shape[1]}, as before"
            )
        self._parts.append(grey)
        self.end += grey.shape[0]

    def forget(self, top: int) -> None:
        """Rows that no window from `top` on needs: the last one reaches back over its whole length."""
        gone = top - self.length - self.start
        if gone > 0:
            self._parts = [self.rows(self.start + gone, self.end).copy()]
            self.start += gone

    def rows(self, first: int, last: int) -> np.ndarray:
        self._parts = [np.concatenate(self._parts)] if len(self._parts) > 1 else self._parts
        return self._parts[0][first - self.start : last - self.start]


def _piece(window: _Window, top: int, below: int, overlap_px: int, reading: Reading) -> StripTile:
    """Rows `top` to `below`, seen with what is around them; near the strip's end more of what came before."""
    last = min(below + overlap_px, window.end)
    cell = reading.cell_px
    first = max(min(top - overlap_px, (last - window.length) // cell * cell), 0)
    grey = window.rows(first, last)
    search = find_lattice(grey)
    rest = None if search.lattice is None else compare(grey, search.lattice)
    if search.lattice is None or rest is None:
        return StripTile(top, below - top, search, None, None)
    longest = max(search.lattice.pitch_px)
    if overlap_px < OVERLAP_PITCHES * longest:
        raise ArgumentError(
            "overlap_px", found=overlap_px, expected=f"{OVERLAP_PITCHES:g} pitches of {longest:.0f} px or more"
        )
    seen = reading.map(rest)[(top - first) // cell : -(-(below - first) // cell)]
    return StripTile(top, below - top, search, rest[top - first : below - first], seen)

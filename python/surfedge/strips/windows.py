"""From blocks of any size to windows of a fixed one: each tile with some lines before and after it.

Where a window begins and ends depends on the number of its lines alone, never on the blocks that brought them; so no
result can depend on the blocks either. Lines are numbered from the head as the camera took them, lost ones included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from surfedge.errors import ArgumentError, ImageError, require
from surfedge.strips.blocks import Block, checked_pixels
from surfedge.strips.window import Losses, Window

MAX_LOST_LINES = 20_000_000  # in one piece: above, the line counter is wrong rather than the camera


class Windows:
    """Cuts windows from blocks; `losses` counts as they come.

    tile_lines : of a tile. overlap_lines : seen before and after it. align_lines : every window begins at a multiple
    of this. line_mm : length of a line along the strip, for blocks without an encoder. skip_tiles : tiles that are
    passed over, because they were inspected before. columns : expected width; None takes the first block's.
    """

    def __init__(
        self,
        tile_lines: int,
        overlap_lines: int,
        align_lines: int,
        line_mm: float,
        skip_tiles: int = 0,
        columns: int | None = None,
    ) -> None:
        require("tile_lines", tile_lines, 16 <= tile_lines <= 65536, "16 to 65,536")
        require("overlap_lines", overlap_lines, 0 <= overlap_lines <= 65536, "0 to 65,536")
        require("line_mm", line_mm, 0 < line_mm < 1e6, "above 0")
        multiple = tile_lines % align_lines == 0 and overlap_lines % align_lines == 0
        require("tile_lines and overlap_lines", (tile_lines, overlap_lines), multiple, f"multiples of {align_lines}")
        self._tile, self._overlap, self._align = tile_lines, overlap_lines, align_lines
        self._line_m, self._columns = 1e-3 * line_mm, columns
        self._top = skip_tiles * tile_lines
        self._reach = tile_lines + 2 * overlap_lines + align_lines  # the last window may begin so far before its tile
        self._length = self._reach + tile_lines + overlap_lines
        self._start = max(0, self._top - self._reach)  # line number of the ring's first row
        self._end = self._dropped = 0  # lines so far; lines taken while the strip ran back
        self._shape: tuple[int, ...] = ()
        self._kind: np.dtype | None = None
        self._waiting: list[tuple[int, str]] = []  # lost blocks before any line came
        self._usual = 0
        self._known_line, self._known_m = 0, 0.0  # the latest line whose place is told rather than reckoned
        self._last_m = -np.inf  # where the encoder stood last
        self._pixels = np.zeros((0, 1), np.uint8)
        self._present = np.zeros(self._length, bool)
        self._places = np.zeros(self._length, np.float64)
        self._lost: list[tuple[int, int, str]] = []  # stretches that no window has told of yet
        self.losses = Losses()

    @property
    def lines(self) -> int:
        """Lines of the strip so far, lost ones included."""
        return self._end

    def cut(self, blocks: Iterable[Block]) -> Iterator[Window]:
        """Every window, each as soon as its last line is there; raises ImageError for a strip without a line."""
        for block in blocks:
            yield from self._take(block)
        if self._kind is None:
            raise ImageError(
                "strip", found="no lines", expected="at least one", remedy="check the camera and the source"
            )
        end, length = self._end, self._tile + 2 * self._overlap
        while self._top < end:
            below = min(self._top + self._tile, end)
            first = max(0, min(self._top - self._overlap, (end - length) // self._align * self._align))
            last = min(end, below + self._overlap)
            yield self._window(first, self._top, below, last, last == end)
            self._top = below

    def _take(self, block: Block) -> Iterator[Window]:
        pixels, reason = None, block.reason
        if block.pixels is not None:
            try:
                pixels = checked_pixels(block)
                self._check_like_before(block, pixels)
            except ImageError as error:
                pixels, reason = None, error.reason
        if pixels is not None and not len(pixels):
            return
        if self._kind is None and pixels is None:
            self._waiting.append((len(block) if block.pixels is None else 0, reason))
            return
        if self._kind is None and pixels is not None:
            yield from self._begin(pixels)
        yield from self._catch_up(block)
        if pixels is None:
            yield from self._lose(block.lines or len(block) or self._usual, reason)
            return
        self._usual = len(pixels)
        places = None
        if block.position_m is not None:
            places = _checked_places(block.position_m, len(pixels), block.source)
        taken = self._new_lines(block, places, len(pixels))
        yield from self._append(pixels[taken], None if places is None else places[taken])

    def _new_lines(self, block: Block, places: np.ndarray | None, lines: int) -> np.ndarray:
        """bool (lines,): neither late nor taken while the strip ran back."""
        taken = np.ones(lines, bool)
        if block.first_line is not None and block.first_line - self._dropped < self._end:
            late = min(self._end + self._dropped - block.first_line, lines)
            taken[:late] = False
            self.losses.late_lines += late
        if places is not None:
            furthest = np.maximum.accumulate(np.concatenate([[self._last_m], places]))
            backward = taken & (places < furthest[:-1])
            taken &= ~backward
            self._last_m = float(furthest[-1])
            self._dropped += int(np.count_nonzero(backward))
            self.losses.backward_lines += int(np.count_nonzero(backward))
        return taken

    def _check_like_before(self, block: Block, pixels: np.ndarray) -> None:
        if self._columns is not None and pixels.shape[1] != self._columns:
            found, expected = f"{pixels.shape[1]:,} columns", f"{self._columns:,}, as before"
            raise ImageError(block.source, found=found, expected=expected)
        if self._kind is not None and (pixels.dtype != self._kind or pixels.shape[2:] != self._shape[1:]):
            found = f"{pixels.dtype} of shape {pixels.shape}"
            raise ImageError(block.source, found=found, expected=f"{self._kind} (lines, {self._shape}), as before")

    def _begin(self, pixels: np.ndarray) -> Iterator[Window]:
        """The first lines say what all are like, and how many lines a lost block before them had."""
        self._kind, self._shape, self._columns = pixels.dtype, pixels.shape[1:], pixels.shape[1]
        self._pixels = np.zeros((self._length, *self._shape), self._kind)
        for lines, reason in self._waiting:
            yield from self._lose(lines or len(pixels), reason)

    def _catch_up(self, block: Block) -> Iterator[Window]:
        """The lines that the camera counted and nobody brought, spread evenly up to where the encoder stands now."""
        if block.first_line is None or block.first_line - self._dropped <= self._end:
            return
        lines = block.first_line - self._dropped - self._end
        until = None
        if block.position_m is not None and np.size(block.position_m):
            until = float(np.asarray(block.position_m, np.float64)[0])
        yield from self._lose(lines, "dropped lines", until)

    def _lose(self, lines: int, reason: str, until_m: float | None = None) -> Iterator[Window]:
        if lines > MAX_LOST_LINES:
            raise ImageError(
                "line number",
                found=f"{lines:,} lines missing at line {self._end:,}",
                expected=f"at most {MAX_LOST_LINES:,}",
                remedy="check the camera's line counter",
            )
        if lines:
            self._note(self._end, self._end + lines, reason)
            places = None
            due_m = float(self._reckoned(self._end, 1)[0])
            if until_m is not None and until_m > due_m:
                places = due_m + (until_m - due_m) / lines * np.arange(lines)
            yield from self._append(None, places, lines)

    def _note(self, first: int, below: int, reason: str) -> None:
        held = self._lost
        if held and held[-1][1] == first and held[-1][2] == reason:
            first = held.pop()[0]
        held.append((first, below, reason))

    def _append(
        self, pixels: np.ndarray | None, places: np.ndarray | None, lines: int | None = None
    ) -> Iterator[Window]:
        """Puts lines into the ring, lost ones where `pixels` is None; windows that became whole come out."""
        count = len(pixels) if pixels is not None else int(lines or 0)
        done = 0
        while done < count:
            due = self._top + self._tile + self._overlap  # the line after the last that the next window holds
            step = min(count - done, due - self._end)
            self._put(
                None if pixels is None else pixels[done : done + step],
                None if places is None else places[done : done + step],
                step,
            )
            done += step
            if self._end == due:
                first = max(0, self._top - self._overlap)
                yield self._window(first, self._top, self._top + self._tile, due)
                self._top += self._tile
                self._forget()

    def _put(self, pixels: np.ndarray | None, places: np.ndarray | None, lines: int) -> None:
        if places is None:
            places = self._reckoned(self._end, lines)
        else:
            self._known_line, self._known_m = self._end + lines - 1, float(places[-1])
        below, skipped = self._end + lines, max(0, self._start - self._end)
        if below > self._start:
            rows = slice(max(self._end, self._start) - self._start, below - self._start)
            if self._kind is not None:
                self._pixels[rows] = 0 if pixels is None else pixels[skipped:]
            self._present[rows] = pixels is not None
            self._places[rows] = places[skipped:]
        self._end = below

    def _reckoned(self, first: int, lines: int) -> np.ndarray:
        """Where lines without an encoder lie: so many lines after the latest that is known."""
        return self._known_m + self._line_m * (np.arange(first, first + lines) - self._known_line)

    def _forget(self) -> None:
        """Moves what later windows may need to the ring's beginning; the last one reaches back over its length."""
        start = max(self._start, self._top - self._reach)
        gone, held = start - self._start, self._end - start
        if gone > 0 and held > 0:
            for array in (self._pixels, self._present, self._places):
                if len(array) >= gone + held:
                    array[:held] = array[gone : gone + held].copy()
            self._start = start

    def _window(self, first: int, top: int, below: int, last: int, is_at_end: bool = False) -> Window:
        rows = slice(first - self._start, last - self._start)
        places = np.append(self._places[rows], self._places[rows][-1] + self._line_m)
        lost = tuple(
            (max(begin, top), min(end, below), reason)
            for begin, end, reason in self._lost
            if begin < below and end > top
        )
        self._lost = [each for each in self._lost if each[1] > below]
        pixels, present = self._pixels[rows].copy(), self._present[rows].copy()
        return Window(first, top, below, pixels, present, places, lost, is_at_end)


def _checked_places(places: np.ndarray, lines: int, source: str) -> np.ndarray:
    places = np.asarray(places, np.float64)
    if places.shape != (lines,) or not np.isfinite(places).all():
        found = f"shape {places.shape}, or values that are not finite"
        raise ArgumentError(f"{source}.position_m", found=found, expected=f"{lines} finite positions in metres")
    return places

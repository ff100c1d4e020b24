"""The edges of a strip, line by line: what lies outside is not judged, and looks like the strip to the method."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surfedge.errors import require

RUN_PX = 9  # so many columns in a row have to be strip where it begins
MIN_STRIP_SHARE = 0.05  # a line with less strip than this shows none


@dataclass(frozen=True)
class StripEdges:
    """How edges are found.

    level : grey level between background and strip, 0 to 1 of white; None takes the middle of the two in each tile.
    contrast : least distance between the two, as a share of the strip's level, for there to be a background at all.
    smooth_lines : lines of the running median that edges go through, odd: shorter notches, such as edge cracks, are
        part of the strip. margin_px : columns inside the edge that are not judged.

    The background may be darker or brighter than the strip.
    """

    level: float | None = None
    contrast: float = 0.25
    smooth_lines: int = 31
    margin_px: int = 3

    def __post_init__(self) -> None:
        require("edges.level", self.level, self.level is None or 0 < self.level < 1, "between 0 and 1")
        require("edges.contrast", self.contrast, 0 < self.contrast < 1, "between 0 and 1")
        odd = self.smooth_lines % 2 == 1 and 1 <= self.smooth_lines <= 255
        require("edges.smooth_lines", self.smooth_lines, odd, "odd, 1 to 255")
        require("edges.margin_px", self.margin_px, 0 <= self.margin_px <= 1024, "0 to 1024")

    def find(self, grey: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First column of the strip and the one after its last, int32 (lines,) each; both 0 where there is no strip.

        grey : float32 (lines, columns) in [0, 1]. present : bool (lines,), lines that were taken.

        >>> view = np.zeros((40, 100), np.float32); view[:, 20:90] = 0.5
        >>> left, right = StripEdges().find(view, np.ones(40, bool))
        >>> int(left[7]), int(right[7])
        (20, 90)
        """
        lines, columns = grey.shape
        whole = np.zeros(lines, np.int32), np.full(lines, columns, np.int32)
        is_strip = self._strip_mask(grey, present)
        if is_strip is None:
            return whole
        run = min(RUN_PX, columns)
        counted = cv2.boxFilter(is_strip, cv2.CV_32F, (run, 1), normalize=False, borderType=cv2.BORDER_CONSTANT)
        solid = counted > 0.7 * run
        found = present & (is_strip.mean(axis=1) >= MIN_STRIP_SHARE) & solid.any(axis=1)
        middle = solid.argmax(axis=1), columns - 1 - solid[:, ::-1].argmax(axis=1)
        left = _outermost(is_strip, middle[0], -1, run)
        right = _outermost(is_strip, middle[1], 1, run) + 1
        left, right = (_running_median(edge, found, self.smooth_lines) for edge in (left, right))
        left[~found] = right[~found] = 0
        return left, right

    def _strip_mask(self, grey: np.ndarray, present: np.ndarray) -> np.ndarray | None:
        """uint8 (lines, columns), 1 on the strip; None where no background is seen."""
        seen = grey[present][:, :: max(1, grey.shape[1] // 512)]
        if not seen.size:
            return None
        columns = seen.mean(axis=0)
        strip = float(np.median(columns))
        ground = min((float(columns[0]), float(columns[-1])), key=lambda side: -abs(side - strip))
        if self.level is None and abs(strip - ground) < self.contrast * max(strip, ground):
            return None
        level = 0.5 * (strip + ground) if self.level is None else self.level
        smooth = cv2.blur(grey, (3, 1))
        return ((smooth > level) if strip > ground else (smooth < level)).astype(np.uint8)


def _outermost(is_strip: np.ndarray, start: np.ndarray, step: int, run: int) -> np.ndarray:
    """The strip's column that lies furthest out, within half a run of `start`, per line."""
    columns = is_strip.shape[1]
    reach = np.arange(run // 2 + 1)
    places = (start[:, None] + step * reach).clip(0, columns - 1)
    on_strip = np.take_along_axis(is_strip, places, axis=1).astype(bool)
    furthest = np.where(on_strip.any(axis=1), run // 2 - on_strip[:, ::-1].argmax(axis=1), 0)
    return (start + step * furthest).clip(0, columns - 1).astype(np.int32)


def _running_median(values: np.ndarray, known: np.ndarray, lines: int) -> np.ndarray:
    """Median over `lines` lines around each, unknown ones taken from the nearest known; int32."""
    if not known.any():
        return np.zeros(len(values), np.int32)
    places = np.flatnonzero(known)
    filled = values[places[np.abs(np.searchsorted(places, np.arange(len(values))).clip(0, len(places) - 1))]]
    filled = np.where(known, values, filled)
    padded = np.pad(filled, lines // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, lines), axis=1).astype(np.int32)


def outside(left: np.ndarray, right: np.ndarray, columns: int, margin_px: int) -> np.ndarray:
    """bool (lines, columns): True outside the strip and within `margin_px` of its edges that the view shows.

    An edge of the strip that is the edge of the view has no margin.
    """
    column = np.arange(columns, dtype=np.int32)[None]
    first, below = inner_edges(left, right, columns, margin_px)
    return (column < first[:, None]) | (column >= below[:, None])


def inner_edges(left: np.ndarray, right: np.ndarray, columns: int, margin_px: int) -> tuple[np.ndarray, np.ndarray]:
    """The edges moved inward by the margin where the view shows them, int32 (lines,) each; equal for no strip."""
    first = np.where(left > 0, left + margin_px, 0)
    below = np.where(right < columns, right - margin_px, columns)
    is_there = (right > left) & (below > first)
    return np.where(is_there, first, 0).astype(np.int32), np.where(is_there, below, 0).astype(np.int32)


def fill_outside(pixels: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """A copy of (lines, columns) in which the strip is mirrored at its edges, so that no method sees a background."""
    lines, columns = pixels.shape[:2]
    filled, row = pixels.copy(), np.arange(lines)[:, None]
    left, right = left[:, None], right[:, None]
    has_strip = right > left
    for begin, end in ((0, int(left.max(initial=0))), (int(right[has_strip].min(initial=columns)), columns)):
        if end <= begin:
            continue
        column = np.arange(begin, end)[None]
        mirrored = np.where(
            column < left, 2 * left - 1 - column, np.where(column >= right, 2 * right - 1 - column, column)
        )
        source = np.where(has_strip, mirrored.clip(left, np.maximum(right - 1, left)), column)
        filled[:, begin:end] = pixels[row, source]
    return filled

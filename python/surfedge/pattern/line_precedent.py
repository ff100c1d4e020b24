"""Straight thin lines that no other lug of a plate shows at the same place in the same direction: scratches.

Edges of lugs are as long and as thin as a scratch, and brighter. But each lug has them: the sum along a line is
compared with the strongest one at its counterparts, the places a pitch away, direction by direction. A scratch crosses
the lugs and the ground between them at a place of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from surfedge.pattern.line_response import ABOVE, LENGTH, PAD, SHIFTS, STEP, eight_cells

SIDE = 189  # cells along the shorter side of the image: lugs have a few dozen, scratches one or two
MOST_SIDE = 4 * SIDE
FLOOR = 12 / 255  # of white, added before the logarithm: below is noise
APART = 2  # columns from a line to what it is compared with on both sides
MORE = PAD + APART + 2
REACH, TURNS = 4, 2  # columns and directions that a counterpart may be off by
FORGIVEN, DAMPED = 2.0, 1.0  # times the strongest counterpart: what is taken off, and what the rest is divided by
BORDER = 2  # cells: a line there has one side only
BLUR = 1.5  # cells, std


def strange_lines(grey: np.ndarray, shifts: Sequence[tuple[float, float]]) -> np.ndarray:
    """How much stronger the lines through each cell are than at their counterparts, float32 (rows, columns).

    grey : float32 (H, W) in [0, 1]. shifts : (down, right) from a place to its counterparts, as fractions of height and
    width; their opposites count as well. Returns cells of the shorter side over SIDE, 0 where nothing is strange;
    the unit is a factor of e in brightness along a line one cell wide.
    """
    scale = min(SIDE / min(grey.shape), MOST_SIDE / max(grey.shape))
    size = tuple(max(LENGTH, round(n * scale)) for n in grey.shape[::-1])
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    cells = np.log(np.maximum(small, 0) + np.float32(FLOOR))
    rows, columns = cells.shape
    both = [(sign * down * rows, sign * right * columns) for down, right in shifts for sign in (1, -1)]
    steep = _strange_steep_lines(cells, both)
    flat = _strange_steep_lines(np.ascontiguousarray(cells.T), [(right, down) for down, right in both])
    strange = np.maximum(np.maximum(steep, flat.T), 0)
    for edge in (strange, strange.T):
        edge[:BORDER] = edge[-BORDER:] = 0
    return cv2.GaussianBlur(strange, (0, 0), BLUR, borderType=cv2.BORDER_REFLECT)


def _strange_steep_lines(cells: np.ndarray, shifts: Sequence[tuple[float, float]]) -> np.ndarray:
    """The same for lines within 45 degrees of a column, float32 of the shape of `cells`; below 0 for usual ones."""
    rows, columns = cells.shape
    lines = _steep_lines(cells)
    known = np.maximum(_strongest_counterparts(lines, shifts), 0)
    strange = ((lines - np.float32(FORGIVEN) * known) / (1 + np.float32(DAMPED) * known)).max(axis=0)
    return cv2.resize(strange, (columns, STEP * len(strange)), interpolation=cv2.INTER_LINEAR)[:rows]


def _steep_lines(cells: np.ndarray) -> np.ndarray:
    """How far lines one or two columns wide, bright or dark, differ from what lies on either side along both of their
    halves, times their width: float32 (directions, steps, columns)."""
    rows, columns = cells.shape
    steps = -(-rows // STEP)
    below = STEP * steps - rows + LENGTH - STEP - ABOVE
    canvas = cv2.copyMakeBorder(cells, ABOVE, below, MORE, MORE, cv2.BORDER_REFLECT)
    halves = eight_cells(canvas.reshape(steps + 3, STEP, columns + 2 * MORE))
    lines = np.empty((len(SHIFTS), steps, columns), np.float32)
    for line, shift in zip(lines, SHIFTS, strict=True):
        first = int(shift / 2)
        upper, lower = halves[first][:steps], np.roll(halves[first][2:], first - shift, axis=1)
        left = MORE - shift // 2
        both = [_ridges(half, width)[..., left : left + columns] for width in (1, 2) for half in (upper, lower)]
        np.maximum(np.minimum(*both[:2]).max(axis=0), np.minimum(*both[2:]).max(axis=0), out=line)
    lines /= np.float32(LENGTH // 2)
    return lines


def _ridges(sums: np.ndarray, width: int) -> np.ndarray:
    """By how much `sums` over `width` columns are above, and below, those on both sides, float32 (2, ...)."""
    if width == 2:
        sums = sums + np.roll(sums, 1, axis=1)
    away = APART + width - 1
    sides = np.roll(sums, -away, axis=1), np.roll(sums, away, axis=1)
    return np.stack([sums - np.maximum(*sides), np.minimum(*sides) - sums])


def _strongest_counterparts(lines: np.ndarray, shifts: Sequence[tuple[float, float]]) -> np.ndarray:
    """The strongest line near each counterpart of about the same direction, 0 where all lie outside."""
    near = lines.copy()
    for turn in range(1, TURNS + 1):
        np.maximum(near[turn:], lines[:-turn], out=near[turn:])
        np.maximum(near[:-turn], lines[turn:], out=near[:-turn])
    about = np.ones((3, 2 * REACH + 1), np.uint8)
    near = np.stack([cv2.dilate(plane, about) for plane in near])
    _, steps, columns = lines.shape
    found = np.zeros_like(lines)
    for down, right in {(round(down / STEP), round(right)) for down, right in shifts}:
        if abs(down) >= steps or abs(right) >= columns:
            continue
        to = slice(max(0, -down), min(steps, steps - down)), slice(max(0, -right), min(columns, columns - right))
        of = slice(to[0].start + down, to[0].stop + down), slice(to[1].start + right, to[1].stop + right)
        best = found[:, to[0], to[1]]
        np.maximum(best, near[:, of[0], of[1]], out=best)
    return found

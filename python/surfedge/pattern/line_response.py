"""Mean along straight lines in all directions: what finds a scratch that is too faint to be seen point by point.

Sums over 2, 4, 8 and 16 cells are built from each other, so that a direction costs a few additions (W. Götz,
H. Druckmüller, "A fast digital Radon transform - an efficient means for evaluating the Hough transform", 1996), and
lines start at every fourth cell along them only (A. Brandt, J. Dym, "Fast calculation of multiple line integrals",
1999).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from surfedge.robust import median

LENGTH = 16  # cells of a line
WIDTH = 0.5  # cells, std across a line
STEP = 4  # cells from one line to the next, along them
SHIFTS = range(-14, 15, 2)  # columns from a line's first cell to its last
PAD = 12  # cells around the image: half a line and a little more
ABOVE = 6  # so that the middle of a line is the middle of its step
SAMPLE = 1024  # values from which a direction's spread is estimated
SIXTH = 0.1587  # of the values lie one std below the mean


def line_response(energy: np.ndarray, least: float) -> np.ndarray:
    """How far the mean along the most anomalous line through each cell stands out, in std of its direction.

    energy : float32 (rows, columns), higher is more anomalous. least : smallest std used, in its unit.
    Returns float32 (rows, columns). What lies outside the image counts as usual.

    >>> grain = np.random.default_rng(0).random((64, 64), np.float32)
    >>> grain[20:44, 31] += 0.6
    >>> row, column = np.unravel_index(int(line_response(grain, 1e-3).argmax()), grain.shape)
    >>> bool(24 <= row < 40 and 29 <= column <= 33)
    True
    """
    centred = cv2.GaussianBlur(energy, (3, 3), WIDTH, borderType=cv2.BORDER_REFLECT)
    centred -= np.float32(median(energy))
    steep = _steep_lines(centred, least)
    flat = _steep_lines(np.ascontiguousarray(centred.T), least)
    return np.maximum(steep, flat.T)


def _steep_lines(centred: np.ndarray, least: float) -> np.ndarray:
    """The same for lines within 45 degrees of a column."""
    rows, columns = centred.shape
    steps = -(-rows // STEP)
    below = STEP * steps - rows + LENGTH - STEP - ABOVE
    canvas = cv2.copyMakeBorder(centred, ABOVE, below, PAD, PAD, cv2.BORDER_CONSTANT, value=0.0)
    halves = eight_cells(canvas.reshape(steps + 3, STEP, columns + 2 * PAD))
    both = [_both_halves(halves, shift, steps, columns) for shift in SHIFTS]
    highest, middles = np.full((steps, columns), -np.inf, np.float32), np.empty((steps, columns), np.float32)
    for (one, other), gain, offset in zip(both, *_scales(both, LENGTH * least), strict=True):
        np.add(one, other, out=middles)
        middles *= gain
        middles -= offset
        np.maximum(highest, middles, out=highest)
    return cv2.resize(highest, (columns, STEP * steps), interpolation=cv2.INTER_LINEAR)[:rows]


def _both_halves(halves: dict[int, np.ndarray], shift: int, steps: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """The upper and the lower half of the lines with this shift, by their middles: float32 (steps, columns) each."""
    first, left = int(shift / 2), PAD - shift // 2
    right = left + shift - first
    return halves[first][:steps, left : left + columns], halves[first][2:, right : right + columns]


def eight_cells(quads: np.ndarray) -> dict[int, np.ndarray]:
    """Sums over eight cells by their shift, float32 (steps + 2, columns); quads : (steps + 3, 4, columns)."""
    cells = [np.ascontiguousarray(quads[:, k]) for k in range(STEP)]
    upper = {shift: joined(cells[0], cells[1], shift) for shift in (-1, 0, 1)}
    lower = {shift: joined(cells[2], cells[3], shift) for shift in (-1, 0, 1)}
    fours = {s: joined(upper[int(s / 2)], lower[int(s / 2)], s - int(s / 2)) for s in range(-3, 4)}
    return {s: joined(fours[int(s / 2)][:-1], fours[int(s / 2)][1:], s - int(s / 2)) for s in range(-7, 8)}


def joined(one: np.ndarray, other: np.ndarray, shift: int) -> np.ndarray:
    """one(y, x) + other(y, x + shift); rows run into each other where that is outside: in the padding."""
    out = np.empty_like(one)
    first, second, both = one.reshape(-1), other.reshape(-1), out.reshape(-1)
    if shift >= 0:
        end = both.size - shift
        np.add(first[:end], second[shift:], out=both[:end])
        both[end:] = first[end:]
    else:
        np.add(first[-shift:], second[:shift], out=both[-shift:])
        both[:-shift] = first[:-shift]
    return out


def _scales(both: Sequence[tuple[np.ndarray, np.ndarray]], least: float) -> tuple[np.ndarray, np.ndarray]:
    """For each direction (gain, offset) that make its median 0 and what lies one std below it -1, float32; defects lie
    above. both : the two halves of each direction's sums."""
    stride = max(1, round((both[0][0].size / SAMPLE) ** 0.5))
    every = slice(None, None, stride)
    samples = np.array([one[every, every] + other[every, every] for one, other in both]).reshape(len(both), -1)
    middle, low = samples.shape[1] // 2, int(SIXTH * samples.shape[1])
    samples.sort(axis=1)  # thousands of values: quicker than a partition, whose branches are guessed wrong
    gains = 1.0 / np.maximum((samples[:, middle] - samples[:, low]).astype(np.float64), least)
    return gains.astype(np.float32), (gains * samples[:, middle]).astype(np.float32)

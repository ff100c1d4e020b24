"""What the map shows in each lane of a strip, bin by bin along it: for marks that stay under the limit.

The map's highest value in each cell of 20 mm along and 16 mm across, as a share of the limit. A cell is 1 byte; a strip
1.5 m wide takes 5 kB a metre.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

import numpy as np

BIN_M, LANE_MM = 0.02, 16.0
FULL = 200  # of the limit; 0 is a cell that was not judged


@dataclass(frozen=True)
class LaneSignal:
    """first : number of its first bin from the head. cells : uint8 (bins, lanes), 1 to 200 for 0 to the limit and more,
    0 for what was not judged; the first lane lies at the edge that positions are counted from."""

    first: int
    cells: np.ndarray = field(repr=False)


def lane_signal(
    scores: np.ndarray, limit: float, position_m: np.ndarray, edge_px: np.ndarray, sign: int, pixel_mm: float
) -> LaneSignal:
    """Of a tile. scores : float32 (lines, columns), below 0 where nothing is judged. limit : above 0.

    position_m : float64 (lines + 1,). edge_px : (lines,), the column from which positions across are counted, upward
    for sign 1, downward for -1.
    """
    lines, columns = scores.shape
    bins = np.floor(0.5 * (position_m[:-1] + position_m[1:]) / BIN_M).astype(np.int64)
    starts = np.flatnonzero(np.diff(bins, prepend=bins[0] - 1))
    highest = np.maximum.reduceat(scores, starts, axis=0)
    step = LANE_MM / pixel_mm
    lanes = max(1, ceil(columns / step))
    cells = np.zeros((int(bins.max() - bins.min()) + 1, lanes), np.uint8)
    for row, start in enumerate(starts):
        edge = int(edge_px[min(start + lines // (2 * len(starts)), lines - 1)])
        across = highest[row, edge:] if sign > 0 else highest[row, :edge][::-1]
        if across.size:
            begin = np.round(np.arange(ceil(across.size / step)) * step).astype(int)
            found = np.maximum.reduceat(across, begin[begin < across.size])
            level = np.where(found < 0, 0, np.clip(1 + (FULL - 1) * found / limit, 1, FULL))
            at = int(bins[start] - bins.min())
            cells[at, : len(level)] = np.maximum(cells[at, : len(level)], level.astype(np.uint8))
    return LaneSignal(int(bins.min()), cells)


def joined(parts: Iterable[LaneSignal]) -> LaneSignal:
    """The signals of a strip's tiles as one; a bin that two tiles share has the higher values.

    >>> joined([LaneSignal(0, np.uint8([[1], [2]])), LaneSignal(1, np.uint8([[5], [3]]))]).cells[:, 0].tolist()
    [1, 5, 3]
    """
    held = list(parts)
    if not held:
        return LaneSignal(0, np.zeros((0, 0), np.uint8))
    first = min(part.first for part in held)
    bins = max(part.first + len(part.cells) for part in held) - first
    cells = np.zeros((bins, max(part.cells.shape[1] for part in held)), np.uint8)
    for part in held:
        view = cells[part.first - first : part.first - first + len(part.cells), : part.cells.shape[1]]
        np.maximum(view, part.cells, out=view)
    return LaneSignal(first, cells)

"""Hits of a strip sorted into lanes, so that those near a place are found at once."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property

import numpy as np

MOST_AHEAD = 32  # hits of one lane that a hit is paired with: a dense lane is no periodic one


class Lanes:
    """x_m : metres from the head, y_mm : millimetres across, float64 (N,) each, in the order of x_m.

    lane_mm : width of a lane; a hit at `y` has those within half of that on either side as its own.
    """

    def __init__(self, x_m: np.ndarray, y_mm: np.ndarray, lane_mm: float) -> None:
        self.x, self.y, self.half = x_m, y_mm, 0.5 * lane_mm
        self._low = float(y_mm.min()) - lane_mm if len(y_mm) else 0.0
        self._bin_mm = lane_mm
        self._long = float(x_m[-1] - x_m[0]) + 1e3 if len(x_m) else 1e3
        self._origin = float(x_m[0]) - 5e2 if len(x_m) else 0.0
        bins = self._bin(y_mm)
        self._order = np.lexsort((x_m, bins))
        self._keys = (bins * self._long + (x_m - self._origin))[self._order]

    def _bin(self, y: np.ndarray) -> np.ndarray:
        return np.floor((np.asarray(y, np.float64) - self._low) / self._bin_mm)

    def _key(self, bins: np.ndarray, x: np.ndarray) -> np.ndarray:
        return bins * self._long + np.clip(x - self._origin, 0.0, self._long - 1e-6)

    def pairs(self, from_m: float, to_m: float) -> tuple[np.ndarray, np.ndarray]:
        """(i, j) of hits in one lane whose distance along the strip is from_m to to_m, j the later one."""
        first, second = [], []
        for shift in (-1, 0, 1):
            bins = self._bin(self.y) + shift
            begin = np.searchsorted(self._keys, self._key(bins, self.x + from_m), "left")
            end = np.searchsorted(self._keys, self._key(bins, self.x + to_m), "right")
            counts = np.minimum(np.maximum(end - begin, 0), MOST_AHEAD)
            i = np.repeat(np.arange(len(self.x)), counts)
            step = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
            j = self._order[begin[i] + step]
            near = np.abs(self.y[j] - self.y[i]) <= self.half
            first.append(i[near])
            second.append(j[near])
        return np.concatenate(first), np.concatenate(second)

    def nearest(self, x: np.ndarray, y: np.ndarray, tolerance_m: np.ndarray) -> np.ndarray:
        """The hit nearest to each place within its tolerance and lane; int64, -1 for none."""
        best = np.full(len(x), -1, np.int64)
        cost = np.full(len(x), np.inf)
        for shift in (-1, 0, 1):
            middle = np.searchsorted(self._keys, self._key(self._bin(y) + shift, x))
            for step in (-2, -1, 0, 1):
                place = np.clip(middle + step, 0, len(self._keys) - 1)
                hit = self._order[place]
                along, across = np.abs(self.x[hit] - x), np.abs(self.y[hit] - y)
                this = along / tolerance_m + across / self.half
                better = (along <= tolerance_m) & (across <= self.half) & (this < cost)
                best[better], cost[better] = hit[better], this[better]
        return best

    def nearest_one(self, x: float, y: float, tolerance_m: float) -> int:
        """`nearest` of a single place, without arrays."""
        best, cost = -1, np.inf
        for lane in (-1, 0, 1):
            number = int((y - self._low) // self._bin_mm) + lane
            places, hits = self._by_lane.get(number, ([], []))
            for k in range(bisect_left(places, x - tolerance_m), len(places)):
                if places[k] > x + tolerance_m:
                    break
                across = abs(float(self.y[hits[k]]) - y)
                this = abs(places[k] - x) / tolerance_m + across / self.half
                if across <= self.half and this < cost:
                    best, cost = hits[k], this
        return best

    @cached_property
    def _by_lane(self) -> dict[int, tuple[list[float], list[int]]]:
        """Positions and hits of each lane, in the order of the positions."""
        bins = self._bin(self.y)[self._order].astype(np.int64)
        cuts = np.flatnonzero(np.diff(bins)) + 1
        lanes = np.split(self._order, cuts)
        return {
            int(bins[first]): (self.x[lane].tolist(), lane.tolist())
            for first, lane in zip([0, *cuts], lanes, strict=True)
        }

    def count(self, from_m: float, to_m: float, from_mm: float, to_mm: float) -> int:
        """Hits in a rectangle."""
        first, below = np.searchsorted(self.x, [from_m, to_m])
        y = self.y[first:below]
        return int(np.count_nonzero((y >= from_mm) & (y <= to_mm)))

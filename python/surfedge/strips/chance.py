"""How likely a series of hits is where nothing leaves marks at equal distances."""

from __future__ import annotations

from math import log

import numpy as np

from surfedge.strips.chains import log_tail
from surfedge.strips.lanes import Lanes
from surfedge.strips.series import PeriodicSearch

NEIGHBOURHOOD_M, NEIGHBOURHOOD_MM = 20.0, 50.0  # around a chain, where the density of other hits is counted
CLUMPED_SHARE = 2e-3  # of lanes, in which hits are no chance: pieces of a scratch; the least that is taken


class Chance:
    """Of a list sorted along the strip.

    x, y : (N,), metres and millimetres. density : hits per metre and millimetre. pairs : hits that propose a pitch.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, width_mm: float, search: PeriodicSearch) -> None:
        self.x, self.y, self.search = x, y, search
        length = max(float(np.ptp(x)), search.max_pitch_m) if len(x) else 1.0
        self.density = len(x) / (length * max(width_mm, search.lane_mm))
        self.lanes = Lanes(x, y, search.lane_mm)
        self.pairs = self.lanes.pairs(search.min_pitch_m, search.max_pitch_m)
        self._pairs_of_hit = np.bincount(self.pairs[0], minlength=len(x))
        reach = search.max_pitch_m - search.min_pitch_m
        self._pairs_by_chance = len(x) * self.density * reach * search.lane_mm

    def log_p(
        self, first: int, span: tuple[float, float], turns: int, hits: int, window_m: float, members: int
    ) -> float:
        """Natural logarithm of the chance, after Bonferroni, by the densest neighbourhood of the chain; or, where
        hits of a lane come together for another reason (a scratch in pieces), by the distances in such a lane."""
        area = window_m * self.search.lane_mm
        chance = -np.expm1(-self._density_near(first, span, members) * area)
        others = len(self.pairs[0]) - int(self._pairs_of_hit[self._in_lane(first, span)].sum())
        tests = log((others + 1) * turns * (turns + 1))  # pairs of the chain itself are one proposal
        at_random = float(log_tail(turns, np.array([hits]), np.array([chance]))[0]) + tests
        excess = others - self._pairs_by_chance - 2 * self._pairs_by_chance**0.5
        share = min(1.0, max(CLUMPED_SHARE, excess / max(1, len(self.x) - members)))
        pitch = (span[1] - span[0]) / (turns + 1)
        even = np.array([min(1.0, window_m / pitch)])
        in_a_lane = log(share) + float(log_tail(turns, np.array([hits]), even)[0])
        return float(np.logaddexp(at_random, in_a_lane))

    def _in_lane(self, first: int, span: tuple[float, float]) -> np.ndarray:
        """Places of the hits of a chain's lane along it."""
        begin, end = np.searchsorted(self.x, [span[0], span[1] + 1e-9])
        near = np.abs(self.y[begin:end] - self.y[first]) <= self.search.lane_mm
        return begin + np.flatnonzero(near)

    def _density_near(self, first: int, span: tuple[float, float], members: int) -> float:
        """Hits per metre and millimetre other than the chain's: the highest of the strip's, of two neighbourhoods' and
        of its own lane's."""
        y, lane = float(self.y[first]), self.search.lane_mm
        length = max(span[1] - span[0], 1e-3)
        in_lane = self._in_lane(first, span)
        others = max(0, len(in_lane) - members)
        densities = [self.density * (len(self.x) - members + 1) / len(self.x), others / (length * 2 * lane)]
        for margin in (0.5, NEIGHBOURHOOD_M):
            count = self.lanes.count(span[0] - margin, span[1] + margin, y - NEIGHBOURHOOD_MM, y + NEIGHBOURHOOD_MM)
            count -= members
            if count >= 2 or (margin > 1 and count > 0):
                densities.append(count / ((length + 2 * margin) * 2 * NEIGHBOURHOOD_MM))
        return max(densities)

"""The whole series of a chain: its marks followed both ways along the strip, at the smallest pitch that fits."""

from __future__ import annotations

from math import exp, pi

import numpy as np

from surfedge.strips.chains import Tolerance
from surfedge.strips.chance import Chance
from surfedge.strips.series import PeriodicDefect

LOST_TURNS = 10  # turns without a hit after which a series has ended
LOCAL_HITS = 12  # hits that tell the pitch where the series is followed
LANE_HITS = 5  # and its lane
MAX_DIVISOR = 6
MIN_HIT_SHARE = 0.4


class Following:
    """chance : of the list. tolerance : how far marks may be from where they are due. `used` : bool (N,), hits that
    belong to a series already."""

    def __init__(self, chance: Chance, tolerance: Tolerance) -> None:
        self.x, self.y, self.lanes, self.search = chance.x, chance.y, chance.lanes, chance.search
        self.used = np.zeros(len(chance.x), bool)
        self._chance, self._tolerance = chance, tolerance

    def series(self, i: int, j: int) -> PeriodicDefect:
        """The whole series of a chain: followed both ways, then with the smallest divisor of its pitch that fits."""
        pitch, tolerance = float(self.x[j] - self.x[i]), self._tolerance
        numbers = self._followed(i, j, pitch, 1, tolerance)
        best = self.summary(numbers)
        for divisor in range(2, MAX_DIVISOR + 1):
            if pitch / divisor < self.search.min_pitch_m:
                break
            if not self._is_between(numbers, pitch, divisor, tolerance):
                continue
            finer = self.summary(self._followed(i, j, pitch / divisor, divisor, tolerance))
            if finer.hits > 1.25 * best.hits and finer.hit_share >= MIN_HIT_SHARE and finer.p <= best.p:
                best = finer
        return best

    def _is_between(self, numbers: dict[int, int], pitch: float, divisor: int, tolerance: Tolerance) -> bool:
        """Whether marks lie between those of a series as often as the divisor would have it."""
        members = np.array(list(numbers.values()))
        steps = np.arange(1, divisor)[:, None] / divisor * pitch
        due = (self.x[members] + steps).ravel()
        reach = np.full(len(due), min(tolerance.metres(pitch / divisor, 1.0), 0.1 * pitch / divisor))
        hit = self.lanes.nearest(due, np.tile(self.y[members], divisor - 1), reach)
        return int(np.count_nonzero((hit >= 0) & ~self.used[hit])) > MIN_HIT_SHARE / 2 * len(due)

    def _followed(self, i: int, j: int, pitch: float, turns: int, tolerance: Tolerance) -> dict[int, int]:
        """Marks by their turn, counted from hit i, found onward and backward until they stop."""
        ahead = self._one_way([0, turns], [i, j], pitch, tolerance)
        back = self._one_way([0, turns], [j, i], -pitch, tolerance)
        return {**{turns - turn: hit for turn, hit in back.items()}, **ahead}

    def _one_way(self, turns: list[int], hits: list[int], step: float, tolerance: Tolerance) -> dict[int, int]:
        """From two hits and their turns onward, `step` metres (below 0: toward the head) a turn."""
        sign, last = (1 if step > 0 else -1), turns[-1]
        turn, local = last, abs(step)
        while turn - last < LOST_TURNS:
            turn += 1
            since = turn - last
            reach = min(tolerance.metres(local, min(since, 4)), 0.1 * local)
            due = float(self.x[hits[-1]]) + sign * since * local
            lane = float(np.mean(self.y[hits[-LANE_HITS:]]))
            hit = self.lanes.nearest_one(due, lane, reach)
            if hit < 0 or self.used[hit] or hit in hits[-2:]:
                continue
            turns.append(turn)
            hits.append(hit)
            last = turn
            first = max(0, len(hits) - LOCAL_HITS)
            local = abs(float(self.x[hit] - self.x[hits[first]])) / (turn - turns[first])
        return dict(zip(turns, hits, strict=True))

    def summary(self, numbers: dict[int, int]) -> PeriodicDefect:
        turns = np.array(sorted(numbers))
        members = np.array([numbers[turn] for turn in turns])
        x, y = self.x[members], self.y[members]
        pitch = float(np.polyfit(turns, x, 1)[0])
        drift = float(np.polyfit(x - x[0], y, 1)[0]) * 100 if np.ptp(x) > 0 else 0.0
        steps = np.diff(x) / np.diff(turns) / pitch
        coherence = float(np.abs(np.exp(2j * pi * (steps - 1) * np.diff(turns)).mean()))
        expected = int(turns[-1] - turns[0]) + 1
        window = 2 * float(self._tolerance.metres(np.array(pitch), 1.0))
        span = float(x[0]), float(x[-1])
        log_p = self._chance.log_p(int(members[0]), span, max(1, expected - 2), len(members) - 2, window, len(members))
        return PeriodicDefect(
            pitch_m=pitch,
            y_mm=float(np.median(y)),
            drift_mm_per_100_m=drift,
            from_m=span[0],
            to_m=span[1],
            hits=len(members),
            expected=expected,
            p=exp(max(log_p, -690.0)),
            coherence=coherence,
            diameter_mm=1e3 * pitch / pi,
            members=members,
        )

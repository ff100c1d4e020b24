"""Defects that come back at equal distances: marks of a roll, told from those that lie at random.

>>> rng = np.random.default_rng(0)
>>> x = np.concatenate([np.arange(3, 40, 1.9), rng.uniform(0, 50, 20)])
>>> y = np.concatenate([rng.normal(420, 1, 20), rng.uniform(0, 1500, 20)])
>>> [(round(found.pitch_m, 2), round(found.y_mm), found.hits) for found in find_periodic(x, y, 1500.0)]
[(1.9, 420, 20)]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from math import exp, log, pi
from typing import Any

import numpy as np

from surfedge.errors import ArgumentError, require
from surfedge.strips.chains import PROMISING, Chains, Tolerance, follow, log_tail
from surfedge.strips.lanes import Lanes
from surfedge.strips.rolls import Roll, Suspect, suspects

TOLERANCES = (Tolerance(3.0, 0.0015), Tolerance(6.0, 0.007))  # encoder and strip at their best, and slipping
# (tolerance, way along the strip, share of the error that this look may make); the shares add up to 1.
LOOKS = ((TOLERANCES[0], 1, 0.5), (TOLERANCES[0], -1, 0.25), (TOLERANCES[1], 1, 0.125), (TOLERANCES[1], -1, 0.125))
NEIGHBOURHOOD_M, NEIGHBOURHOOD_MM = 20.0, 50.0  # around a chain, where the density of other hits is counted
CLUMPED_SHARE = 2e-3  # of lanes, in which hits are no chance: pieces of a scratch; the least that is taken
LOST_TURNS = 10  # turns without a hit after which a series has ended
LOCAL_HITS = 12  # hits that tell the pitch where the series is followed
LANE_HITS = 5  # and its lane
SAME_PITCH = 0.02  # share by which parts of one series may differ
OFF_TURN = 0.08  # of a turn, how far marks of one series are from whole ones
MAX_DIVISOR = 6
MIN_HIT_SHARE = 0.4


@dataclass(frozen=True)
class PeriodicSearch:
    """min_pitch_m, max_pitch_m : distances looked at. lane_mm : width of a lane that a mark stays in from turn to turn.
    max_misses : turns in a row that may lack a mark while a series begins. alarm_p : chance of a false alarm per coil
    that is accepted (after Bonferroni). min_hits : marks that a series needs at least."""

    min_pitch_m: float = 0.15
    max_pitch_m: float = 8.0
    lane_mm: float = 8.0
    max_misses: int = 3
    alarm_p: float = 3e-4
    min_hits: int = 3

    def __post_init__(self) -> None:
        fits = 0 < self.min_pitch_m < self.max_pitch_m < 1e4
        require("periodic.pitch_m", (self.min_pitch_m, self.max_pitch_m), fits, "0 < min_pitch_m < max_pitch_m")
        require("periodic.lane_mm", self.lane_mm, 0 < self.lane_mm < 1e4, "above 0")
        require("periodic.max_misses", self.max_misses, 0 <= self.max_misses <= 12, "0 to 12")
        require("periodic.alarm_p", self.alarm_p, 0 < self.alarm_p < 1, "between 0 and 1")
        require("periodic.min_hits", self.min_hits, self.min_hits >= 3, "3 or more")


@dataclass(frozen=True)
class PeriodicDefect:
    """A series of marks.

    pitch_m : their distance. y_mm : middle of their lane across. drift_mm_per_100_m : how the lane wanders.
    from_m, to_m : first and last mark. hits, expected : marks found, and turns between the two. p : chance for such a
    series on a strip without a roll's mark (after Bonferroni). coherence : length of the mean phase vector of the marks
    about their running pitch, 0 to 1 (Lord Rayleigh, 1880). diameter_mm : pitch / pi. suspects : rolls that fit.
    members : places of the marks in the list that was searched.
    """

    pitch_m: float
    y_mm: float
    drift_mm_per_100_m: float
    from_m: float
    to_m: float
    hits: int
    expected: int
    p: float
    coherence: float
    diameter_mm: float
    suspects: tuple[Suspect, ...] = ()
    members: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64), repr=False, compare=False)

    @property
    def hit_share(self) -> float:
        """Marks per turn."""
        return self.hits / self.expected

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without the members."""
        values = asdict(replace(self, members=np.empty(0, np.int64)))
        del values["members"]
        return values


def find_periodic(
    x_m: np.ndarray, y_mm: np.ndarray, width_mm: float, rolls: Sequence[Roll] = (), search: PeriodicSearch | None = None
) -> list[PeriodicDefect]:
    """The series among defects, least likely by chance first.

    x_m, y_mm : (N,), metres from the head and millimetres across, in any order. width_mm : of the strip.
    rolls : to name suspects among. Raises ArgumentError for lists of other lengths or values that are not finite.
    """
    search = search or PeriodicSearch()
    x, y = np.asarray(x_m, np.float64), np.asarray(y_mm, np.float64)
    if x.ndim != 1 or x.shape != y.shape or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ArgumentError("x_m, y_mm", found=f"shapes {x.shape}, {y.shape}", expected="(N,) each, finite")
    require("width_mm", width_mm, width_mm > 0, "above 0")
    order = np.argsort(x, kind="stable")
    hunt = _Hunt(x[order], y[order], width_mm, search)
    found = hunt.run() if len(x) >= search.min_hits else []
    return [
        replace(each, suspects=suspects(rolls, each.pitch_m), members=np.sort(order[each.members])) for each in found
    ]


class _Hunt:
    """The search in one list, sorted along the strip."""

    def __init__(self, x: np.ndarray, y: np.ndarray, width_mm: float, search: PeriodicSearch) -> None:
        self.x, self.y, self.search = x, y, search
        length = max(float(np.ptp(x)), search.max_pitch_m) if len(x) else 1.0
        self.density = len(x) / (length * max(width_mm, search.lane_mm))
        self.lanes = Lanes(x, y, search.lane_mm)
        self.pairs = self.lanes.pairs(search.min_pitch_m, search.max_pitch_m)
        self.pairs_of_hit = np.bincount(self.pairs[0], minlength=len(x))
        self.used = np.zeros(len(x), bool)
        reach = search.max_pitch_m - search.min_pitch_m
        self.pairs_by_chance = len(x) * self.density * reach * search.lane_mm

    def run(self) -> list[PeriodicDefect]:
        """Accepts the least likely chain, takes its marks away, and goes on while one is unlikely enough."""
        found: list[PeriodicDefect] = []
        for chains, place, weight in self._promising():
            i, j = int(chains.first[place]), int(chains.second[place])
            if self.used[i] or self.used[j]:
                continue
            span = float(chains.from_m[place]), float(chains.to_m[place])
            turns, hits = int(chains.turns[place]), int(chains.hits[place])
            doubt = self._log_p(i, span, turns, hits, float(chains.window_m[place]), hits + 2) - log(weight)
            if hits + 2 < self.search.min_hits or doubt > log(self.search.alarm_p):
                continue
            series = self._series(i, j)
            self.used[series.members] = True
            found.append(replace(series, p=min(series.p, exp(doubt))))
        return sorted(self._distinct(found), key=lambda each: (each.p, each.from_m))

    def _promising(self) -> list[tuple[Chains, int, float]]:
        """Chains that chance alone would hardly make, the least likely first, and their places."""
        held: list[tuple[float, int, int, int, Chains, float]] = []
        pairs = log(max(1, len(self.pairs[0])))
        for number, (tolerance, way, weight) in enumerate(LOOKS):
            chains = follow(self.lanes, self.pairs, tolerance, self.density, self.search.max_misses, way)
            for place in np.flatnonzero(chains.log_p + pairs - log(weight) < PROMISING):
                held.append(
                    (
                        float(chains.log_p[place]) - log(weight),
                        int(chains.first[place]),
                        number,
                        int(place),
                        chains,
                        weight,
                    )
                )
        return [(each[4], each[3], each[5]) for each in sorted(held, key=lambda each: each[:4])]

    def _log_p(
        self, first: int, span: tuple[float, float], turns: int, hits: int, window_m: float, members: int
    ) -> float:
        """Natural logarithm of the chance, after Bonferroni, by the densest neighbourhood of the chain; or, where
        hits of a lane come together for another reason (a scratch in pieces), by the distances in such a lane."""
        area = window_m * self.search.lane_mm
        chance = -np.expm1(-self._density_near(first, span, members) * area)
        others = len(self.pairs[0]) - int(self.pairs_of_hit[self._in_lane(first, span)].sum())
        tests = log((others + 1) * turns * (turns + 1))  # pairs of the chain itself are one proposal
        at_random = float(log_tail(turns, np.array([hits]), np.array([chance]))[0]) + tests
        excess = others - self.pairs_by_chance - 2 * self.pairs_by_chance**0.5
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

    def _series(self, i: int, j: int) -> PeriodicDefect:
        """The whole series of a chain: followed both ways, then with the smallest divisor of its pitch that fits."""
        pitch, tolerance = float(self.x[j] - self.x[i]), TOLERANCES[-1]
        numbers = self._followed(i, j, pitch, 1, tolerance)
        best = self._summary(numbers)
        for divisor in range(2, MAX_DIVISOR + 1):
            if pitch / divisor < self.search.min_pitch_m:
                break
            if not self._is_between(numbers, pitch, divisor, tolerance):
                continue
            finer = self._summary(self._followed(i, j, pitch / divisor, divisor, tolerance))
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

    def _summary(self, numbers: dict[int, int]) -> PeriodicDefect:
        turns = np.array(sorted(numbers))
        members = np.array([numbers[turn] for turn in turns])
        x, y = self.x[members], self.y[members]
        pitch = float(np.polyfit(turns, x, 1)[0])
        drift = float(np.polyfit(x - x[0], y, 1)[0]) * 100 if np.ptp(x) > 0 else 0.0
        steps = np.diff(x) / np.diff(turns) / pitch
        coherence = float(np.abs(np.exp(2j * pi * (steps - 1) * np.diff(turns)).mean()))
        expected = int(turns[-1] - turns[0]) + 1
        window = 2 * float(TOLERANCES[-1].metres(np.array(pitch), 1.0))
        span = float(x[0]), float(x[-1])
        log_p = self._log_p(int(members[0]), span, max(1, expected - 2), len(members) - 2, window, len(members))
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

    def _distinct(self, found: list[PeriodicDefect]) -> list[PeriodicDefect]:
        """Parts of one series put together, and harmonics of a stronger series taken for it: marks of one lane whose
        pitches are the same, or one a multiple of the other."""
        kept: list[PeriodicDefect] = []
        for each in sorted(found, key=lambda one: (-one.hits, one.p, one.from_m)):
            same = next((other for other in kept if self._is_of(each, other)), None)
            if same is None:
                kept.append(each)
            else:
                kept[kept.index(same)] = self._together(same, each)
        return kept

    def _is_of(self, one: PeriodicDefect, other: PeriodicDefect) -> bool:
        middle = 0.5 * (one.from_m + one.to_m)
        lane = other.y_mm + other.drift_mm_per_100_m * (middle - 0.5 * (other.from_m + other.to_m)) / 100
        return _ratio(one, other) > 0 and abs(one.y_mm - lane) <= 1.5 * self.search.lane_mm

    def _together(self, one: PeriodicDefect, other: PeriodicDefect) -> PeriodicDefect:
        """Both as one series, at the longest pitch that has all marks on whole turns; the stronger where none has."""
        members = np.unique(np.concatenate([one.members, other.members]))
        distances = np.diff(self.x[members])
        for divisor in range(1, MAX_DIVISOR + 1):
            turns = distances * divisor / one.pitch_m
            steps = np.rint(turns).astype(np.int64)
            if one.pitch_m / divisor < self.search.min_pitch_m or not steps.all():
                continue
            if float(np.quantile(np.abs(turns - steps) / np.sqrt(steps), 0.9)) < OFF_TURN:
                numbers = dict(zip([0, *np.cumsum(steps).tolist()], members.tolist(), strict=True))
                joined = self._summary(numbers)
                return replace(joined, p=min(one.p, other.p, joined.p))
        return one


def _ratio(one: PeriodicDefect, other: PeriodicDefect) -> int:
    """How many pitches of `other` one of `one` is, 1 to 8; 0 when it is no whole number."""
    ratio = one.pitch_m / other.pitch_m
    whole = round(ratio)
    return whole if 1 <= whole <= 8 and abs(ratio / whole - 1) < SAME_PITCH else 0

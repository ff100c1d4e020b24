"""Chains of hits at equal distances in one lane, and how unlikely each is among hits that lie at random.

Every pair of hits in a lane proposes a pitch and a phase; the places where the next hits are due then vote. How many
hits chance would give is told as in A. Desolneux, L. Moisan, J.-M. Morel, "Meaningful Alignments" (2000): the binomial
tail, times the number of proposals (C. E. Bonferroni, 1936).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import lgamma, log
from typing import Any

import numpy as np

from surfedge.strips.lanes import Lanes

STEPS = 14  # turns that a proposal is followed before it is judged
PROMISING = log(1e-3)  # natural logarithm; what is less unlikely is not looked at again


@dataclass(frozen=True)
class Tolerance:
    """How far a hit may be from where it is due: fixed_mm + share of the pitch, per turn since the last hit."""

    fixed_mm: float
    share: float

    def metres(self, pitch_m: Any, turns: Any) -> Any:
        """Of a place so many turns after the last hit."""
        return 1e-3 * self.fixed_mm + self.share * pitch_m * turns


@dataclass(frozen=True)
class Chains:
    """Proposals after they were followed, one value each.

    first, second : the pair. turns, hits : places that voted after the pair, and those that were hit, at the moment
    when the chain was least likely. window_m : mean length of such a place. from_m, to_m : where the chain lay then.
    log_p : natural logarithm of the chance for as many hits or more, before Bonferroni, by the density of all hits.
    """

    first: np.ndarray = field(repr=False)
    second: np.ndarray = field(repr=False)
    turns: np.ndarray = field(repr=False)
    hits: np.ndarray = field(repr=False)
    window_m: np.ndarray = field(repr=False)
    from_m: np.ndarray = field(repr=False)
    to_m: np.ndarray = field(repr=False)
    log_p: np.ndarray = field(repr=False)


def follow(
    lanes: Lanes, pairs: tuple[np.ndarray, np.ndarray], tolerance: Tolerance, density: float, max_misses: int, way: int
) -> Chains:
    """Follows every pair for some turns, onward for way 1, toward the head for -1. density : hits per metre and
    millimetre."""
    i, j = pairs if way > 0 else pairs[::-1]
    count = len(i)
    pitch, last_x, last_y = np.abs(lanes.x[j] - lanes.x[i]), lanes.x[j].copy(), lanes.y[j].copy()
    origin, done = lanes.x[i], np.ones(count, np.int64)  # turns from the first hit to the last one found
    missed, hits = np.zeros(count, np.int64), np.zeros(count, np.int64)
    summed = np.zeros(count)
    best = {name: np.zeros(count) for name in ("turns", "hits", "window_m")}
    end = last_x.copy()
    best_log = np.zeros(count)
    alive = np.ones(count, bool)
    for turn in range(1, STEPS + 1):
        on = np.flatnonzero(alive)
        if not on.size:
            break
        since = missed[on] + 1
        reach = tolerance.metres(pitch[on], since)
        summed[on] += 2 * reach
        hit = lanes.nearest(last_x[on] + way * since * pitch[on], last_y[on], reach)
        found = hit >= 0
        missed[on] = np.where(found, 0, since)
        got, where = on[found], hit[found]
        done[got] += since[found]
        hits[got] += 1
        last_x[got], last_y[got] = lanes.x[where], lanes.y[where]
        pitch[got] = np.abs(last_x[got] - origin[got]) / done[got]
        window = summed[got] / turn
        chance = log_tail(turn, hits[got], -np.expm1(-density * window * 2 * lanes.half)) + log(turn * (turn + 1))
        better = chance < best_log[got]
        chosen = got[better]
        best_log[chosen] = chance[better]
        for name, value in (("turns", turn), ("hits", hits[chosen]), ("window_m", window[better])):
            best[name][chosen] = value
        end[chosen] = last_x[chosen]
        alive[on] = missed[on] <= max_misses
    lowest, highest = np.minimum(origin, end), np.maximum(origin, end)
    return Chains(*pairs, **best, from_m=lowest, to_m=highest, log_p=best_log)


def log_tail(trials: int | np.ndarray, hits: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Natural logarithm of the chance for `hits` or more of so many trials; an upper bound, float64.

    The first term of the tail over one minus the ratio of the next to it, where that is below 1.

    >>> from math import exp
    >>> round(exp(log_tail(3, np.array([2]), np.array([0.1]))[0]), 4)  # exactly 0.028
    0.028
    """
    chance = np.clip(np.asarray(chance, np.float64), 1e-300, 1 - 1e-12)
    n, k = np.broadcast_arrays(np.asarray(trials, np.float64), np.asarray(hits, np.float64))
    logs = _log_factorial(n) - _log_factorial(k) - _log_factorial(n - k)
    logs = logs + k * np.log(chance) + (n - k) * np.log1p(-chance)
    ratio = (n - k) / (k + 1) * chance / (1 - chance)
    sure = (ratio >= 1) | (k <= 0)
    return np.minimum(0.0, np.where(sure, 0.0, logs - np.log1p(-np.where(sure, 0.0, ratio))))


_LOG_FACTORIALS = np.array([lgamma(number + 1.0) for number in range(4096)])


def _log_factorial(number: np.ndarray) -> np.ndarray:
    whole = np.asarray(number, np.int64)
    if whole.size and int(whole.max()) >= len(_LOG_FACTORIALS):
        return np.vectorize(lambda value: lgamma(value + 1.0))(whole)
    return _LOG_FACTORIALS[whole]

"""Defects that come back at equal distances: marks of a roll, told from those that lie at random.

>>> rng = np.random.default_rng(0)
>>> x = np.concatenate([np.arange(3, 40, 1.9), rng.uniform(0, 50, 20)])
>>> y = np.concatenate([rng.normal(420, 1, 20), rng.uniform(0, 1500, 20)])
>>> [(round(found.pitch_m, 2), round(found.y_mm), found.hits) for found in find_periodic(x, y, 1500.0)]
[(1.9, 420, 20)]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log

import numpy as np

from surfedge.errors import ArgumentError, require
from surfedge.strips.chains import PROMISING, Chains, Tolerance, follow
from surfedge.strips.chance import Chance
from surfedge.strips.following import Following
from surfedge.strips.rolls import Roll, suspects
from surfedge.strips.same_series import distinct
from surfedge.strips.series import PeriodicDefect, PeriodicSearch

TOLERANCES = (Tolerance(3.0, 0.0015), Tolerance(6.0, 0.007))  # encoder and strip at their best, and slipping
# (tolerance, way along the strip, share of the error that this look may make); the shares add up to 1.
LOOKS = ((TOLERANCES[0], 1, 0.5), (TOLERANCES[0], -1, 0.25), (TOLERANCES[1], 1, 0.125), (TOLERANCES[1], -1, 0.125))
MOST_COVERED = 0.5  # of the pitch, by the marks themselves


def find_periodic(
    x_m: np.ndarray,
    y_mm: np.ndarray,
    width_mm: float,
    rolls: Sequence[Roll] = (),
    search: PeriodicSearch | None = None,
    length_m: np.ndarray | None = None,
) -> list[PeriodicDefect]:
    """The series among defects, least likely by chance first.

    x_m, y_mm : (N,), metres from the head and millimetres across, in any order. width_mm : of the strip.
    rolls : to name suspects among. length_m : (N,), of each defect along the strip, where it is known: a scratch whose
    pieces cover more than half of their distance is no series of marks.
    Raises ArgumentError for lists of other lengths or values that are not finite.
    """
    search = search or PeriodicSearch()
    x, y = np.asarray(x_m, np.float64), np.asarray(y_mm, np.float64)
    if x.ndim != 1 or x.shape != y.shape or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ArgumentError("x_m, y_mm", found=f"shapes {x.shape}, {y.shape}", expected="(N,) each, finite")
    require("width_mm", width_mm, width_mm > 0, "above 0")
    order = np.argsort(x, kind="stable")
    chance = Chance(x[order], y[order], width_mm, search)
    hunted = _hunt(chance) if len(x) >= search.min_hits else []
    found = [
        replace(each, suspects=suspects(rolls, each.pitch_m), members=np.sort(order[each.members])) for each in hunted
    ]
    if length_m is None:
        return found
    lengths = np.asarray(length_m, np.float64)
    if lengths.shape != x.shape:
        raise ArgumentError("length_m", found=f"shape {lengths.shape}", expected=f"{x.shape}")
    return [each for each in found if float(np.median(lengths[each.members])) <= MOST_COVERED * each.pitch_m]


def _hunt(chance: Chance) -> list[PeriodicDefect]:
    """Accepts the least likely chain, takes its marks away, and goes on while one is unlikely enough."""
    search, following = chance.search, Following(chance, TOLERANCES[-1])
    found: list[PeriodicDefect] = []
    for chains, place, weight in _promising(chance):
        i, j = int(chains.first[place]), int(chains.second[place])
        if following.used[i] or following.used[j]:
            continue
        span = float(chains.from_m[place]), float(chains.to_m[place])
        turns, hits = int(chains.turns[place]), int(chains.hits[place])
        doubt = chance.log_p(i, span, turns, hits, float(chains.window_m[place]), hits + 2) - log(weight)
        if hits + 2 < search.min_hits or doubt > log(search.alarm_p):
            continue
        series = following.series(i, j)
        following.used[series.members] = True
        found.append(replace(series, p=min(series.p, exp(doubt))))
    return sorted(distinct(found, following), key=lambda each: (each.p, each.from_m))


def _promising(chance: Chance) -> list[tuple[Chains, int, float]]:
    """Chains that chance alone would hardly make, the least likely first, and their places."""
    held: list[tuple[float, int, int, int, Chains, float]] = []
    pairs = log(max(1, len(chance.pairs[0])))
    for number, (tolerance, way, weight) in enumerate(LOOKS):
        chains = follow(chance.lanes, chance.pairs, tolerance, chance.density, chance.search.max_misses, way)
        for place in np.flatnonzero(chains.log_p + pairs - log(weight) < PROMISING):
            unlikely = float(chains.log_p[place]) - log(weight)
            held.append((unlikely, int(chains.first[place]), number, int(place), chains, weight))
    return [(each[4], each[3], each[5]) for each in sorted(held, key=lambda each: each[:4])]

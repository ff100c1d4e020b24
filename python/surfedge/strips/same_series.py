"""Parts of one series put together, and harmonics of a stronger series taken for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surfedge.strips.following import MAX_DIVISOR, Following
from surfedge.strips.series import PeriodicDefect

SAME_PITCH = 0.02  # share by which parts of one series may differ
OFF_TURN = 0.08  # of a turn, how far marks of one series are from whole ones


def distinct(found: list[PeriodicDefect], following: Following) -> list[PeriodicDefect]:
    """Parts of one series put together, and harmonics of a stronger series taken for it: marks of one lane whose
    pitches are the same, or one a multiple of the other."""
    kept: list[PeriodicDefect] = []
    for each in sorted(found, key=lambda one: (-one.hits, one.p, one.from_m)):
        same = next((other for other in kept if is_same(each, other, following.search.lane_mm)), None)
        if same is None:
            kept.append(each)
        else:
            kept[kept.index(same)] = _together(same, each, following)
    return kept


def is_same(one: PeriodicDefect, other: PeriodicDefect, lane_mm: float) -> bool:
    """Whether two are of one roll: in one lane, the pitch of the first that of the other, or a multiple of it."""
    middle = 0.5 * (one.from_m + one.to_m)
    lane = other.y_mm + other.drift_mm_per_100_m * (middle - 0.5 * (other.from_m + other.to_m)) / 100
    return _ratio(one, other) > 0 and abs(one.y_mm - lane) <= 1.5 * lane_mm


def _together(one: PeriodicDefect, other: PeriodicDefect, following: Following) -> PeriodicDefect:
    """Both as one series, at the longest pitch that has all marks on whole turns; the stronger where none has."""
    members = np.unique(np.concatenate([one.members, other.members]))
    distances = np.diff(following.x[members])
    for divisor in range(1, MAX_DIVISOR + 1):
        turns = distances * divisor / one.pitch_m
        steps = np.rint(turns).astype(np.int64)
        if one.pitch_m / divisor < following.search.min_pitch_m or not steps.all():
            continue
        if float(np.quantile(np.abs(turns - steps) / np.sqrt(steps), 0.9)) < OFF_TURN:
            numbers = dict(zip([0, *np.cumsum(steps).tolist()], members.tolist(), strict=True))
            joined = following.summary(numbers)
            return replace(joined, p=min(one.p, other.p, joined.p))
    return one


def _ratio(one: PeriodicDefect, other: PeriodicDefect) -> int:
    """How many pitches of `other` one of `one` is, 1 to 8; 0 when it is no whole number."""
    ratio = one.pitch_m / other.pitch_m
    whole = round(ratio)
    return whole if 1 <= whole <= 8 and abs(ratio / whole - 1) < SAME_PITCH else 0

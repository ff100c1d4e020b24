"""Alarms while a coil runs: a new series of marks, a rule that holds; looked for every few metres in what passed last.

Where looks lie depends on the tiles alone, so a run that was ended and goes on raises the same alarms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from surfedge.strips.findings import StripDefect
from surfedge.strips.grading import VERDICTS, Graded, Rule, grade
from surfedge.strips.periodic import find_periodic
from surfedge.strips.rolls import Roll
from surfedge.strips.same_series import is_same
from surfedge.strips.series import PeriodicDefect, PeriodicSearch

LOOK_EVERY_M = 1.0
WINDOW_M, WINDOW_DEFECTS = 100.0, 2000  # what a look sees: so much of the strip, so many defects at most


@dataclass(frozen=True)
class Alarm:
    """at_m : how much of the strip had passed. about : "periodic" or "grade". text : for people. values : of the series
    or the reason."""

    at_m: float
    about: str
    text: str
    values: dict[str, Any] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


class Alarms:
    """rules : those that speak of a share of the coil wait for its end; the others see the last 100 m only.

    state : of another one, to go on from; recent : the defects of its window, as plain values.
    """

    def __init__(
        self,
        rolls: Sequence[Roll] = (),
        rules: Sequence[Rule] = (),
        search: PeriodicSearch | None = None,
        state: Mapping[str, Any] | None = None,
        recent: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._rolls, self._search = rolls, search or PeriodicSearch()
        self._rules = [rule for rule in rules if rule.share is None]
        self._recent: list[tuple[float, ...]] = [_row(each) for each in recent]
        self._labels: list[str] = [each["label"] for each in recent]
        held = dict(state or {})
        self._known = [PeriodicDefect(**{**each, "suspects": ()}) for each in held.get("known", ())]
        self._told = {str(each) for each in held.get("rules", ())}
        self._next_m, self._fresh = float(held.get("next_m", LOOK_EVERY_M)), int(held.get("fresh", 0))

    def state(self) -> dict[str, Any]:
        """What is known, as plain values for JSON."""
        known = [{**each.to_dict(), "suspects": ()} for each in self._known]
        return {"known": known, "rules": sorted(self._told), "next_m": self._next_m, "fresh": self._fresh}

    @property
    def from_m(self) -> float:
        """Where the window of the next look begins at the earliest."""
        return self._next_m - LOOK_EVERY_M - WINDOW_M

    def add(self, defect: StripDefect) -> None:
        """A defect is whole."""
        self._recent.append(_row(defect.to_dict()))
        self._labels.append(defect.label)
        self._fresh += 1

    def look(self, to_m: float, width_mm: float) -> list[Alarm]:
        """The alarms that the strip up to `to_m` raises, if it is time to look."""
        if to_m < self._next_m:
            return []
        self._next_m = to_m + LOOK_EVERY_M
        keep = [k for k, row in enumerate(self._recent) if row[0] >= to_m - WINDOW_M][-WINDOW_DEFECTS:]
        self._recent, self._labels = [self._recent[k] for k in keep], [self._labels[k] for k in keep]
        if not self._fresh or not keep:
            return []
        self._fresh = 0
        rows = np.array(self._recent)
        lengths = rows[:, 3] - rows[:, 2]
        found = find_periodic(rows[:, 0], rows[:, 1], width_mm, self._rolls, self._search, lengths)
        return [*self._new_series(found, to_m), *self._new_reasons(rows, found, to_m, width_mm)]

    def _new_series(self, found: Sequence[PeriodicDefect], to_m: float) -> list[Alarm]:
        alarms = []
        for each in found:
            lane = self._search.lane_mm
            same = (k for k, one in enumerate(self._known) if is_same(each, one, lane) or is_same(one, each, lane))
            place = next(same, None)
            if place is None:
                self._known.append(each)
                alarms.append(Alarm(to_m, "periodic", _words(each), each.to_dict()))
            else:
                self._known[place] = each  # the lane may wander on
        return alarms

    def _new_reasons(
        self, rows: np.ndarray, found: Sequence[PeriodicDefect], to_m: float, width_mm: float
    ) -> list[Alarm]:
        if not self._rules:
            return []
        series = np.zeros(len(rows), np.int64)
        for number, each in enumerate(found, 1):
            series[each.members] = number
        _, y, begin, end, low, high, area, severe = rows.T
        graded = Graded(begin, end, y, 1e3 * (end - begin), high - low, area, severe, self._labels, series, width_mm)
        fresh = [reason for reason in grade(graded, self._rules).reasons if reason.rule not in self._told]
        self._told |= {reason.rule for reason in fresh}
        worst = sorted(fresh, key=lambda reason: -VERDICTS.index(reason.verdict))
        return [
            Alarm(to_m, "grade", f"{reason.verdict}: {reason.rule}, {reason.text}", asdict(reason)) for reason in worst
        ]


def _row(defect: Mapping[str, Any]) -> tuple[float, ...]:
    names = ("x_m", "y_mm", "from_m", "to_m", "from_mm", "to_mm", "area_mm2", "severity")
    return tuple(float(defect[name]) for name in names)


def _words(each: PeriodicDefect) -> str:
    suspects = ", ".join(f"{one.name} ({one.diameter_mm:.0f} mm)" for one in each.suspects)
    text = f"marks every {each.pitch_m:.3f} m at {each.y_mm:.0f} mm across, {each.hits} of {each.expected} turns"
    return text + (f": {suspects}" if suspects else "")

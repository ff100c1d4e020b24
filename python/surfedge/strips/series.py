"""A series of marks of a roll, and the settings of the search for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from surfedge.errors import require
from surfedge.strips.rolls import Suspect


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
    about their running pitch, 0 to 1 (Lord Rayleigh, 1880); 0 for faint ones. is_faint : found on the map, under the
    limit. diameter_mm : pitch / pi. suspects : rolls that fit.
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
    is_faint: bool = False
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

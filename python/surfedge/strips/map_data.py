"""What the map of a coil shows, taken from its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surfedge.strips.findings import NotInspected

MOST_LONG = 2000  # defects that are drawn with their length


@dataclass(frozen=True)
class MapData:
    """What a map shows. x_m, y_mm, severity : (N,). labels : classes, label : (N,) their number. series : (N,), 0 for
    none. length_m, width_mm : of the strip. gaps : not inspected. periodic : as `PeriodicDefect.to_dict` gives them.
    from_m, to_m : (N,) where each defect begins and ends, None where it is drawn at its middle alone."""

    x_m: np.ndarray
    y_mm: np.ndarray
    severity: np.ndarray
    label: np.ndarray
    labels: Sequence[str]
    series: np.ndarray
    length_m: float
    width_mm: float
    gaps: Sequence[NotInspected] = ()
    periodic: Sequence[dict[str, Any]] = ()
    name: str = "coil"
    from_m: np.ndarray | None = None
    to_m: np.ndarray | None = None

    def longest(self, least_m: float) -> list[int]:
        """The defects of at least this length, up to `MOST_LONG`, the longest first."""
        if self.from_m is None or self.to_m is None or not len(self.from_m):
            return []
        length = self.to_m - self.from_m
        order = np.argsort(-length, kind="stable")[:MOST_LONG]
        return [int(place) for place in order if length[place] >= least_m]

    def stretch(self, place: int) -> tuple[float, float]:
        """Where a defect begins and ends, in metres."""
        if self.from_m is None or self.to_m is None:
            return float(self.x_m[place]), float(self.x_m[place])
        return float(self.from_m[place]), float(self.to_m[place])

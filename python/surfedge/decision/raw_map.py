"""The raw map: what a method saw in one image, before anything is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from surfedge.errors import ArgumentError


@dataclass(frozen=True)
class RawMap:
    """What a method hands to the decision; the fields that a method has nothing for keep their defaults.

    values : float32 (h, w), higher is more anomalous; None for a method that only classifies.
    cell_px : side of the square of pixels that one value stands for, the last row and column may hang over;
        None where the map covers the image as a whole, whatever the ratio.
    seen_fraction : of the image's pixels, what the network looked at, 0 to 1; below 1 behind a screen.
    notes : what the method found in the image, for the result.
    score : image score that the network itself gives, higher is more anomalous; None to take it from the values.
    classes : probability of each class, 0 to 1, by name; None for a method that does not classify.
    name_region : gives the kind of a region for the fraction of each cell that it covers, float32 (h, w); None where
        the method tells no kinds apart.
    enlarged : how many times larger the method judged the image; what the decision smooths over is as much smaller.

    >>> RawMap(np.zeros((16, 20), np.float32), cell_px=4).cell_px
    4
    """

    values: np.ndarray | None
    cell_px: int | None = 1
    seen_fraction: float = 1.0
    notes: tuple[str, ...] = ()
    score: float | None = None
    classes: Mapping[str, float] | None = None
    name_region: Callable[[np.ndarray], str] | None = None
    enlarged: int = 1

    @property
    def map(self) -> np.ndarray:
        """The values; raises ArgumentError for a method that only classifies."""
        if self.values is None:
            raise ArgumentError(
                "anomaly map",
                found="none: the method only classifies",
                expected="a method that makes one",
                remedy="leave out what needs a map",
            )
        return self.values

    def of(self, values: np.ndarray) -> RawMap:
        """The same with other values, for example smoothed ones."""
        if values is self.values:
            return self
        return replace(self, values=values)

"""What the inspection of a strip gives: defects, stretches that were not inspected or are in doubt, tiles."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from surfedge.strips.joining import TileDefects
from surfedge.strips.lane_signal import LaneSignal
from surfedge.strips.window import Window


@dataclass(frozen=True)
class StripDefect:
    """A defect of a strip, whole: joined where tiles cut it.

    number : from 1, in the order in which defects end. x_m : metres from the head to its centre, y_mm : millimetres
    from the stated edge to its centre. from_m, to_m, from_mm, to_mm : its box. area_mm2 : of its pixels.
    score : largest value of the map inside, of tiles with a limit of their own scaled to the one that the list states.
    mean_score : the mean. severity : score over the threshold, where that is
    above 0, else their difference plus 1, so that 1 is the limit. label : its class, "" where the method has none.
    pieces : tiles that held a part of it.
    """

    number: int
    x_m: float
    y_mm: float
    from_m: float
    to_m: float
    from_mm: float
    to_mm: float
    area_mm2: float
    score: float
    mean_score: float
    severity: float
    label: str = ""
    pieces: int = 1
    picture: bytes = field(default=b"", repr=False, compare=False)

    @property
    def length_mm(self) -> float:
        """Along the strip."""
        return 1e3 * (self.to_m - self.from_m)

    @property
    def width_mm(self) -> float:
        """Across the strip."""
        return self.to_mm - self.from_mm

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without the picture."""
        values = asdict(self)
        del values["picture"]
        return values | {"length_mm": self.length_mm, "width_mm": self.width_mm}


@dataclass(frozen=True)
class NotInspected:
    """A stretch of the strip that was not inspected, with the reason; area_m2 over the strip's width there."""

    from_m: float
    to_m: float
    area_m2: float
    reason: str


@dataclass(frozen=True)
class InDoubt:
    """A stretch that was judged and holds defects, though it is not like the good images: the camera or the light may
    be what was found; area_m2 as judged."""

    from_m: float
    to_m: float
    area_m2: float
    reason: str


@dataclass(frozen=True)
class Tile:
    """What became of one tile.

    number : from 0. window : what was seen (its pixels as they came). defects : the pieces in it.
    not_inspected : stretches of it. in_doubt : all of it, where it was implausible. inspected_m2 : the area that was
    judged. edges_mm : mean distance of the strip's left and right edge from the view's left one. score : the largest.
    signal : of its lanes, where marks under the limit are looked for.
    """

    number: int
    window: Window = field(repr=False)
    defects: TileDefects = field(repr=False)
    not_inspected: tuple[NotInspected, ...] = ()
    in_doubt: tuple[InDoubt, ...] = ()
    inspected_m2: float = 0.0
    edges_mm: tuple[float, float] = (0.0, 0.0)
    score: float = float("nan")
    signal: LaneSignal | None = field(default=None, repr=False)

    @property
    def to_m(self) -> float:
        """Where the tile ends."""
        return float(self.window.position_m[self.window.core.stop])

    def without_pixels(self) -> Tile:
        """The same without what was seen, for keeping."""
        return replace(self, window=replace(self.window, pixels=self.window.pixels[:0]))

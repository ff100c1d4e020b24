"""The rolls that a strip has passed, and which of them can have left marks at a pitch.

A mark comes back after each turn of the roll: pitch = pi D (1 + f) h_stand / h_exit, with the roll's diameter D, the
forward slip f, by which the strip leaves the gap faster than the roll turns, and the thickness at the stand over the
one at the exit, because later stands stretch what was printed (W. L. Roberts, "Cold Rolling of Steel", 1978).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surfedge.errors import ArgumentError, require
from surfedge.strips.settings import read_toml

PITCH_SHARE = 0.01  # how far a pitch may be from a roll's: encoder and slip


@dataclass(frozen=True)
class Roll:
    """name : as the mill calls it. min_mm, max_mm : diameter, new and worn down. thickness_ratio : thickness of the
    strip at the roll over the one where it is inspected, 1 without a stand in between. forward_slip : share."""

    name: str
    min_mm: float
    max_mm: float
    thickness_ratio: float = 1.0
    forward_slip: float = 0.0

    def __post_init__(self) -> None:
        require(
            "roll.diameter_mm", (self.min_mm, self.max_mm), 0 < self.min_mm <= self.max_mm < 1e5, "(least, largest)"
        )
        require("roll.thickness_ratio", self.thickness_ratio, 0 < self.thickness_ratio < 1e3, "above 0")
        require("roll.forward_slip", self.forward_slip, -0.5 < self.forward_slip < 0.5, "-0.5 to 0.5")

    def pitch_m(self, diameter_mm: float) -> float:
        """Distance of the marks of a roll of this diameter.

        >>> round(Roll("F7 work roll", 640, 700, forward_slip=0.02).pitch_m(700), 3)
        2.243
        """
        return 1e-3 * math.pi * diameter_mm * (1 + self.forward_slip) * self.thickness_ratio

    def diameter_mm(self, pitch_m: float) -> float:
        """Diameter that a pitch tells of, were it this roll's."""
        return 1e3 * pitch_m / (math.pi * (1 + self.forward_slip) * self.thickness_ratio)

    def fits(self, pitch_m: float) -> bool:
        """Whether the roll can have left marks at this pitch."""
        low, high = self.min_mm * (1 - PITCH_SHARE), self.max_mm * (1 + PITCH_SHARE)
        return low <= self.diameter_mm(pitch_m) <= high


@dataclass(frozen=True)
class Suspect:
    """A roll that fits a pitch, and the diameter that it then has."""

    name: str
    diameter_mm: float


def suspects(rolls: Sequence[Roll], pitch_m: float) -> tuple[Suspect, ...]:
    """The rolls that fit, those first whose range of diameters has the pitch nearest to its middle."""
    fitting = [roll for roll in rolls if roll.fits(pitch_m)]

    def off(roll: Roll) -> float:
        return abs(roll.diameter_mm(pitch_m) / (0.5 * (roll.min_mm + roll.max_mm)) - 1)

    return tuple(Suspect(roll.name, roll.diameter_mm(pitch_m)) for roll in sorted(fitting, key=off))


def read_rolls(path: str | Path) -> tuple[Roll, ...]:
    """The table of rolls in a TOML file, one ``[[roll]]`` each.

    name = "F7 work roll", diameter_mm = [640, 700], and where they differ from 1 and 0 thickness_ratio, forward_slip.
    Raises ArgumentError for anything else.
    """
    return rolls_of(read_toml(path), str(path))


def rolls_of(values: Mapping[str, Any], source: str = "rolls") -> tuple[Roll, ...]:
    """The same from values that were read already."""
    rows = values.get("roll")
    if not isinstance(rows, list) or set(values) != {"roll"} or not all(isinstance(row, dict) for row in rows):
        raise ArgumentError(source, found=", ".join(values) or "nothing", expected="tables [[roll]]")
    return tuple(_roll(dict(row), f"{source}, roll {number}") for number, row in enumerate(rows, 1))


def _roll(row: dict[str, Any], where: str) -> Roll:
    name, diameter = row.pop("name", None), row.pop("diameter_mm", None)
    ends = [diameter, diameter] if isinstance(diameter, (int, float)) else diameter
    unknown = sorted(set(row) - {"thickness_ratio", "forward_slip"})
    numbers = [*(ends if isinstance(ends, list) else [None]), *row.values()]
    is_right = all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in numbers)
    if not isinstance(name, str) or not is_right or len(numbers) - len(row) != 2 or unknown:
        expected = "name, diameter_mm = [least, largest], thickness_ratio, forward_slip"
        raise ArgumentError(
            where, found=", ".join(unknown) or repr({"name": name, "diameter_mm": diameter}), expected=expected
        )
    assert ends is not None
    return Roll(name, float(ends[0]), float(ends[1]), **{key: float(value) for key, value in row.items()})

"""What a person says about an image: good, or defective with a class and shapes; checked before it is believed."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surfedge.datasets import GOOD, Meaning, is_role, meaning_of
from surfedge.errors import ArgumentError, require

DEFECT = "defect"
VERDICTS = (GOOD, DEFECT)
SHAPES = ("box", "polygon", "stroke")
MAX_SHAPES, MAX_POINTS = 1_000, 50_000  # of one mark
MAX_CLASS_LETTERS = 40
_CLASS = re.compile(r"\w[\w .-]*\w|\w")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)  # no folder's name on Windows


@dataclass(frozen=True)
class Shape:
    """A piece of a mask, in pixels of the image; a pixel's centre lies at half.

    kind : "box" (two opposite corners), "polygon" (its corners), or "stroke" (a line of round dots).
    points : (x, y) each. radius_px : of a stroke's dots. erases : takes away what earlier shapes marked.
    """

    kind: str
    points: tuple[tuple[float, float], ...] = field(repr=False)
    radius_px: float = 0.0
    erases: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as `shape_from` takes them."""
        points = [[round(x, 2), round(y, 2)] for x, y in self.points]
        return {"kind": self.kind, "points": points, "radius_px": round(self.radius_px, 2), "erases": self.erases}


@dataclass(frozen=True)
class Mark:
    """What holds for one image.

    version : of the journal's entry that says so; 0 for an image that nobody spoke of. verdict : "good", "defect", or
    "" where nothing holds (any more). label : the class of a defect. shapes : what is marked; none for a defect whose
    place nobody drew. size : (H, W) of the image in pixels. file : its name in the marked set.
    was_called : what the detector said before, "good" or "defect", "" where nothing. score, threshold : its own.
    """

    version: int = 0
    verdict: str = ""
    label: str = ""
    shapes: tuple[Shape, ...] = ()
    size: tuple[int, int] = (0, 0)
    file: str = ""
    was_called: str = ""
    score: float | None = None
    threshold: float | None = None
    time: str = ""

    @property
    def is_false_call(self) -> bool:
        """A good image that the detector called defective."""
        return self.verdict == GOOD and self.was_called == DEFECT

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as `mark_from` takes them."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**values, "shapes": [shape.to_dict() for shape in self.shapes], "size": list(self.size)}


def mark_from(values: Mapping[str, Any]) -> Mark:
    """The mark that `Mark.to_dict` made plain; raises ArgumentError for anything else."""
    try:
        given = {name: values[name] for name in Mark.__dataclass_fields__}
        height, width = (int(side) for side in given["size"])
    except (KeyError, TypeError, ValueError) as error:
        raise ArgumentError("mark", found=f"no {error}", expected="a mark as the page writes it") from error
    given |= {"size": (height, width), "shapes": shapes_from(given["shapes"])}
    return Mark(**given)


def checked_class(text: object) -> str:
    """The class of a defect as it becomes a folder's name; raises ArgumentError for one that cannot.

    >>> checked_class("  rolled-in scale ")
    'rolled-in scale'
    """
    name = unicodedata.normalize("NFC", text).strip() if isinstance(text, str) else ""
    is_name = bool(_CLASS.fullmatch(name)) and len(name) <= MAX_CLASS_LETTERS and not _RESERVED.fullmatch(name)
    if not is_name:
        raise ArgumentError(
            "class",
            found=repr(text)[:80],
            expected=f"1 to {MAX_CLASS_LETTERS} letters, digits, spaces, - or _",
            remedy="give the defect a short name",
        )
    if meaning_of(name) is Meaning.GOOD or is_role(name):
        raise ArgumentError(
            "class",
            found=f"{name!r}, which data sets use for good images, masks or splits",
            expected="the name of a defect",
            remedy="give another name, or call the image good",
        )
    return name


def shapes_from(values: object) -> tuple[Shape, ...]:
    """Shapes from plain values; raises ArgumentError for what is none, or too much."""
    is_list = isinstance(values, Sequence) and not isinstance(values, str)
    require("shapes", type(values).__name__, is_list, "a list")
    assert isinstance(values, Sequence)
    require("shapes", f"{len(values):,}", len(values) <= MAX_SHAPES, f"at most {MAX_SHAPES:,}")
    shapes = tuple(map(_shape, values))
    total = sum(len(shape.points) for shape in shapes)
    require("shapes", f"{total:,} points", total <= MAX_POINTS, f"at most {MAX_POINTS:,} points")
    return shapes


def _shape(values: object) -> Shape:
    try:
        assert isinstance(values, Mapping)
        kind, erases = values["kind"], values.get("erases", False)
        radius_px = float(values.get("radius_px", 0.0))
        points = tuple((float(x), float(y)) for x, y in values["points"])
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise ArgumentError("shape", found=repr(values)[:80], expected="kind, points, radius_px, erases") from error
    require("shape.kind", kind, kind in SHAPES, ", ".join(SHAPES))
    require("shape.erases", erases, isinstance(erases, bool), "true or false")
    numbers = (radius_px, *(each for point in points for each in point))
    are_places = all(math.isfinite(each) and abs(each) <= 1e6 for each in numbers) and radius_px >= 0
    require("shape", "places", are_places, "finite numbers up to 1,000,000")
    least = {"box": len(points) == 2, "polygon": len(points) >= 3, "stroke": len(points) >= 1}
    require(f"shape.points of a {kind}", len(points), least[kind], "2 of a box, 3 or more of a polygon, 1 of a stroke")
    return Shape(kind, points, radius_px, erases)

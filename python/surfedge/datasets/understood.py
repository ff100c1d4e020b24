"""What was found and not taken, and what was understood of a folder: the lines that every verb prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_NAMED = 12


@dataclass(frozen=True)
class LeftOut:
    """Files of one kind that were not taken: how many, of what (singular), and where or why. is_unjudged : images that
    should have been judged, and that nothing says the class of.

    >>> str(LeftOut(18, "mask", "in ground_truth")), str(LeftOut(1, "file", "ending in .csv, no image"))
    ('18 masks in ground_truth', '1 file ending in .csv, no image')
    """

    count: int
    what: str
    where: str = ""
    is_unjudged: bool = False

    def __str__(self) -> str:
        return f"{self.count:,} {self.what}{'s' * (self.count != 1)} {self.where}".rstrip()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"count": self.count, "what": self.what, "where": self.where}


@dataclass(frozen=True)
class Understood:
    """How a data set on disk was understood.

    source : what was given. layout : in words. counts : images by class or folder.
    left_out : what was found and not taken. remarks : what the reader must know, a sentence each.

    >>> seen = Understood("plates", "one set of good images", {"camA": 20, "camB": 22}, (LeftOut(3, "mask", "in gt"),))
    >>> seen.lines()
    ['plates: one set of good images, 42 images: camA 20, camB 22', 'left out: 3 masks in gt']
    """

    source: str
    layout: str
    counts: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def images(self) -> int:
        """All images taken."""
        return sum(self.counts.values())

    @property
    def unjudged(self) -> int:
        """Images that should have been judged and could not be, for want of a class."""
        return sum(each.count for each in self.left_out if each.is_unjudged)

    def lines(self) -> list[str]:
        """The lines to print; control characters of file names are shown as escapes."""
        head = f"{self.source}: {self.layout}, {self.images:,} image{'s' * (self.images != 1)}"
        if len(self.counts) > 1:
            head += f": {_listed([f'{name} {count:,}' for name, count in self.counts.items()])}"
        said = [head]
        if self.left_out:
            said.append(f"left out: {_listed([str(each) for each in self.left_out], '; ')}")
        return [printable(line) for line in (*said, *self.remarks)]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "source": self.source,
            "layout": self.layout,
            "images": dict(self.counts),
            "left_out": [each.to_dict() for each in self.left_out],
            "remarks": list(self.remarks),
        }


def printable(text: str) -> str:
    """Text that any terminal and table takes: bytes that are no text, and control characters, as escapes."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _listed(parts: list[str], between: str = ", ") -> str:
    more = len(parts) - MAX_NAMED
    return between.join(parts[:MAX_NAMED]) + (f" and {more:,} more" if more > 0 else "")

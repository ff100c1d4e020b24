"""What became of one input: small records without arrays, made by a worker and kept in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from surfedge.images import pages_left
from surfedge.report import Pictures
from surfedge.result import Region, Result


@dataclass(frozen=True)
class Item:
    """One input file.

    position : its place in the order found. name : its path below the inspected root, with "/" between parts.
    page : which page of the file, counted from 1, where each is inspected; then the name ends in ``#2``. Else 0.
    """

    position: int
    path: Path
    name: str
    page: int = 0

    @property
    def shown(self) -> str:
        """The path as tables and lines show it, the page behind it."""
        return f"{self.path}#{self.page}" if self.page else str(self.path)


@dataclass(frozen=True)
class Verdict:
    """What the ledger keeps of a Result, its regions apart; sizes in pixels, areas in pixels.

    label, probability : the class shown and how probable it is, 0 to 1; "" and None for a method without classes.
    """

    width: int
    height: int
    score: float
    threshold: float
    defective: bool
    regions: int
    defect_area_px: int
    milliseconds: float
    notes: str = ""
    label: str = ""
    probability: float | None = None

    @property
    def pages_left(self) -> str:
        """The note "first of 4 pages" where the file holds more than was inspected, else nothing."""
        return pages_left(self.notes.split("; "))

    @classmethod
    def of(cls, result: Result) -> Verdict:
        """The verdict of `result`."""
        return cls(
            width=result.shape[1],
            height=result.shape[0],
            score=float(result.score),
            threshold=float(result.threshold),
            defective=bool(result.is_defective),
            regions=len(result.regions),
            defect_area_px=result.defect_area_px,
            milliseconds=result.milliseconds,
            notes="; ".join(result.notes),
            label=result.label,
            probability=result.probabilities.get(result.label),
        )


@dataclass(frozen=True)
class SavedFile:
    """A map, mask or overlay on disk.

    file : relative to the output folder. size, mtime_ns : distinguish it from another file put in its place.
    """

    file: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Outcome:
    """What became of an item.

    content : SHA-256 of the file's bytes, b"" when it could not be read.
    verdict : None when skipped or refused, then `reason` says why.
    is_implausible : refused as an image that cannot be what the bundle was calibrated for.
    is_fresh : inspected just now, rather than found in the ledger.
    is_foreign_fault : skipped for a failure that does not lie in the image, such as the engine's.
    """

    item: Item
    content: bytes = b""
    verdict: Verdict | None = None
    reason: str = ""
    regions: tuple[Region, ...] = ()
    pictures: Pictures | None = None
    saved: tuple[SavedFile, ...] = ()
    is_fresh: bool = False
    is_foreign_fault: bool = False
    is_implausible: bool = False

    @property
    def status(self) -> str:
        """One of STATUSES."""
        return status_of(self.verdict, self.is_implausible)


@dataclass(frozen=True)
class Row:
    """One line of the tables: an input of the run with its verdict, or the reason for having none."""

    item: Item
    content: bytes
    verdict: Verdict | None
    reason: str
    is_implausible: bool

    @property
    def pages_left(self) -> str:
        """As of the verdict."""
        return self.verdict.pages_left if self.verdict else ""

    @property
    def status(self) -> str:
        """One of STATUSES."""
        return status_of(self.verdict, self.is_implausible)


def status_of(verdict: Verdict | None, is_implausible: bool) -> str:
    """defective, good, implausible (refused, never good) or skipped: what surfedge.report calls STATUSES."""
    if verdict is None:
        return "implausible" if is_implausible else "skipped"
    return "defective" if verdict.defective else "good"

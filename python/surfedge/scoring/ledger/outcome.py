"""What became of one input: small records without arrays, made by a worker and kept in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from surfedge.report import Pictures
from surfedge.result import Region, Result


@dataclass(frozen=True)
class Item:
    """One input file.

    position : its place in the order found. name : its path below the inspected root, with "/" between parts.
    """

    position: int
    path: Path
    name: str


@dataclass(frozen=True)
class Verdict:
    """What the ledger keeps of a Result, its regions apart; sizes in pixels, areas in pixels."""

    width: int
    height: int
    score: float
    threshold: float
    defective: bool
    regions: int
    defect_area_px: int
    milliseconds: float
    notes: str = ""

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
        )


@dataclass(frozen=True)
class SavedFile:
    """A map, mask or overlay on disk.

    file : relative to the output folder. size, mtime_ns : tell it from another file put in its place.
    """

    file: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Outcome:
    """What became of an item.

    content : SHA-256 of the file's bytes, b"" when it could not be read.
    verdict : None when skipped, then `reason` says why.
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


@dataclass(frozen=True)
class Row:
    """One line of the tables: an input of the run with its verdict, or the reason for having none."""

    item: Item
    content: bytes
    verdict: Verdict | None
    reason: str

    @property
    def status(self) -> str:
        """defective, good or skipped."""
        if self.verdict is None:
            return "skipped"
        return "defective" if self.verdict.defective else "good"

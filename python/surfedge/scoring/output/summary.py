"""What a folder run came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surfedge.datasets import LeftOut
from surfedge.detector import RAISED_NOTE
from surfedge.images import DEPTH_NOTE
from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Row

SHOWN = 30


@dataclass(frozen=True)
class Summary:
    """Counts of a run and what to show of it.

    defective, good, implausible, skipped : inputs by outcome; an implausible one was refused, not judged.
    inspected : those inspected in this run; the others were in the ledger. seconds : wall time of the run.
    threshold : None for a callable without one, and where each image has its own.
    worst : up to 30 rows of highest score. problems, refused : up to 30 skipped and implausible rows.
    partly : inputs of which the first page alone was inspected. partial : up to 30 of them.
    left_out : what lay in the folders and is no image, or a mask. undeclared_depth : judged inputs of 16 bits that use
    fewer, without anybody having said how many. by_raised_limit : of the good ones, those that are their own reference
    and hardly fit for it. classes : how many inputs were given each class, of a classifier.
    """

    out_dir: Path
    defective: int
    good: int
    skipped: int
    inspected: int
    seconds: float
    method: str
    threshold: float | None
    worst: tuple[Row, ...] = field(repr=False)
    problems: tuple[Row, ...] = field(repr=False)
    partly: int = 0
    partial: tuple[Row, ...] = field(repr=False, default=())
    left_out: tuple[LeftOut, ...] = ()
    implausible: int = 0
    refused: tuple[Row, ...] = field(repr=False, default=())
    undeclared_depth: int = 0
    by_raised_limit: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)

    @property
    def images(self) -> int:
        """Inputs of the run."""
        return self.defective + self.good + self.implausible + self.skipped

    @property
    def is_complete(self) -> bool:
        """Whether every image was judged, and all of it."""
        return not self.skipped and not self.implausible and not self.partly

    @property
    def report(self) -> Path:
        """The report's place."""
        return self.out_dir / "report.html"

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {
            "images": self.images,
            "defective": self.defective,
            "good": self.good,
            "implausible": self.implausible,
            "skipped": self.skipped,
            "inspected_now": self.inspected,
            "seconds": round(self.seconds, 3),
            "method": self.method,
            "threshold": self.threshold,
            "results": str(self.out_dir / "results.csv"),
            "regions": str(self.out_dir / "regions.csv"),
            "lines": str(self.out_dir / "results.jsonl"),
            "ledger": str(self.out_dir / "ledger.sqlite"),
            "report": str(self.report),
            "implausible_images": [{"path": row.item.shown, "reason": row.reason} for row in self.refused],
            "skipped_images": [{"path": row.item.shown, "reason": row.reason} for row in self.problems],
            "partly_inspected": self.partly,
            "partly_inspected_images": [{"path": row.item.shown, "reason": row.pages_left} for row in self.partial],
            "undeclared_depth": self.undeclared_depth,
            "good_by_raised_limit": self.by_raised_limit,
            "classes": dict(self.classes),
            "left_out": [each.to_dict() for each in self.left_out],
        }


def summarise(
    out_dir: Path,
    ledger: Ledger,
    record: Mapping[str, Any],
    inspected: int,
    seconds: float,
    left_out: Sequence[LeftOut] = (),
) -> Summary:
    """The summary of the run that the ledger holds."""
    partly, partial = ledger.partial(SHOWN)
    return Summary(
        out_dir=out_dir,
        **ledger.counts(),
        inspected=inspected,
        seconds=seconds,
        method=record.get("method", ""),
        threshold=record.get("threshold"),
        worst=tuple(ledger.worst(SHOWN)),
        problems=tuple(ledger.skipped(SHOWN)),
        partly=partly,
        partial=tuple(partial),
        left_out=tuple(left_out),
        refused=tuple(ledger.implausible(SHOWN)),
        undeclared_depth=ledger.noted(DEPTH_NOTE),
        by_raised_limit=ledger.noted(RAISED_NOTE),
        classes=ledger.classes(),
    )

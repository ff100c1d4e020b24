"""What a folder run came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surfedge.scoring.ledger.ledger import Ledger
from surfedge.scoring.ledger.outcome import Row

SHOWN = 30


@dataclass(frozen=True)
class Summary:
    """Counts of a run and what to show of it.

    defective, good, skipped : inputs by outcome.
    inspected : those inspected in this run; the others were in the ledger. seconds : wall time of the run.
    threshold : None for a callable without one.
    worst : up to 30 rows of highest score. problems : up to 30 skipped rows.
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

    @property
    def images(self) -> int:
        """Inputs of the run."""
        return self.defective + self.good + self.skipped

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
            "skipped_images": [{"path": str(row.item.path), "reason": row.reason} for row in self.problems],
        }


def summarise(out_dir: Path, ledger: Ledger, record: Mapping[str, Any], inspected: int, seconds: float) -> Summary:
    """The summary of the run that the ledger holds."""
    defective, good, skipped = ledger.counts()
    return Summary(
        out_dir=out_dir,
        defective=defective,
        good=good,
        skipped=skipped,
        inspected=inspected,
        seconds=seconds,
        method=record.get("method", ""),
        threshold=record.get("threshold"),
        worst=tuple(ledger.worst(SHOWN)),
        problems=tuple(ledger.skipped(SHOWN)),
    )

"""One cell of an experiment's grid: what was run and what came out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from surfedge.files import replace_text

FIGURES = (
    "nmse",
    "image_auroc",
    "image_f1_split",
    "pixel_auroc",
    "au_pro_0.30",
    "au_pro_0.05",
    "in_image_auroc",
    "outside_control",
    "false_call_rate",
    "image_recall",
)


@dataclass(frozen=True)
class Cell:
    """subject : recipe or method. varied : settings that differ between cells, as texts. figures : FIGURES, where
    defined. minutes : of training (0 where a checkpoint was there). milliseconds : median per image. run : folder of
    its training.
    """

    subject: str
    data: str
    seed: int
    varied: dict[str, str] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    minutes: float = 0.0
    milliseconds: float = 0.0
    run: str = ""

    @property
    def name(self) -> str:
        """For file names: letters, digits and dashes, unique within an experiment."""
        words = [self.data, self.subject, *self.varied.values(), f"seed{self.seed}"]
        text = "-".join("".join(c if c.isalnum() or c in "._" else "_" for c in word) for word in words)
        return text if len(text) < 120 else f"{text[:100]}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    @property
    def group(self) -> tuple[str, ...]:
        """What the cells of all seeds have in common."""
        return self.data, self.subject, *self.varied.values()

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return asdict(self)


def read_cell(path: Path, identity: str) -> Cell | None:
    """The cell kept at `path`; None when there is none of this identity."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Cell(**kept["cell"]) if isinstance(kept, dict) and kept.get("identity") == identity else None


def write_cell(path: Path, cell: Cell, identity: str) -> None:
    """Keep `cell`, so that running the experiment again does not."""
    replace_text(path, json.dumps({"identity": identity, "cell": cell.to_dict()}, indent=1))

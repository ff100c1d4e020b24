"""One cell of an experiment's grid: what was run and what came out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from surfedge.experiments.labelled_limits import FIGURES
from surfedge.files import replace_text
from surfedge.metrics import figures_of

SPLIT_F1 = "image_f1_split"
"""Image F1 at a limit found on part of the images, on the others: of experiments only."""


def figure_names(*, quoted: bool = False) -> tuple[str, ...]:
    """Names of the figures of METRICS, of SPLIT_F1 and of labelled limits; or of those to quote.

    >>> figure_names(quoted=True)[:3]
    ('image_auroc', 'image_ap', 'image_f1_best')
    """
    return (*(figure.name for figure in figures_of() if figure.is_quoted or not quoted), SPLIT_F1, *FIGURES)


@dataclass(frozen=True)
class Cell:
    """subject : recipe or method. varied : settings that differ between cells, as texts. figures : those of
    `figure_names`, where defined. minutes : of training (0 where a checkpoint was there). milliseconds : median per
    image. run : folder of its training. skipped : test images that could not be judged.
    """

    subject: str
    data: str
    seed: int
    varied: dict[str, str] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    minutes: float = 0.0
    milliseconds: float = 0.0
    run: str = ""
    skipped: int = 0

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

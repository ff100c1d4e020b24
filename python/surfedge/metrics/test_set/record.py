"""What an evaluation returns: small frozen records, ready for tables, plots and JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.metrics.counting.confusion import Confusion
from surfedge.metrics.counting.share import Share


@dataclass(frozen=True)
class Curve:
    """Points of a curve, thinned for drawing: x and y are float64 (K,), x never falling.

    name : "image_roc", "image_pr", "image_f1", the same of pixels, or "pro". ROC and PRO run over the false-positive
    rate, PR over recall, both in [0, 1]; F1 over the limit, in the unit of the scores.
    """

    name: str
    x: npt.NDArray[np.float64] = field(compare=False, repr=False)
    y: npt.NDArray[np.float64] = field(compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {"name": self.name, "x": self.x.round(6).tolist(), "y": self.y.round(6).tolist()}


@dataclass(frozen=True)
class ImageRow:
    """How one test image was judged.

    score, threshold : in the map's unit (NaN: no limit given). is_called : the verdict. in_image_auroc, iou :
    NaN where the image has no defect mask. hit_px, false_px, missed_px : true and false positive and missed
    pixels at the limit. normal_px : pixels outside the mask. regions : true regions; overlap : sum of their
    called shares. has_truth : whether its pixels count. given_class : that of a classifier, "" without one;
    true_probability : how probable it held the true class.
    """

    path: str
    label: str
    is_defect: bool
    score: float
    threshold: float
    is_called: bool
    in_image_auroc: float = math.nan
    iou: float = math.nan
    hit_px: int = 0
    false_px: int = 0
    missed_px: int = 0
    normal_px: int = 0
    regions: int = 0
    overlap: float = 0.0
    has_truth: bool = False
    given_class: str = ""
    true_probability: float = math.nan

    @property
    def is_right(self) -> bool:
        """Whether the verdict agrees with the label, and so does the class where one was given."""
        return self.is_called == self.is_defect and self.given_class in ("", self.label)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; None for NaN."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


@dataclass(frozen=True)
class EvaluationRecord:
    """All metrics of one test set.

    figures : name -> value in the order of a table, NaN where undefined. intervals : name -> bootstrap
    interval. slack : name -> largest possible error from binning, for pixel metrics (0 when `exact`).
    thresholds : name -> limit that makes that metric best. classes : label -> its own metrics, each defect
    class beside all good images. threshold : the limit used, NaN when there was none or not one for all.
    refused : how many good and how many defective images were refused as implausible: not judged, so neither found nor
    missed, neither called nor passed; in no metric. notes : what was left out. support : name -> how many good and how
    many defective images a metric comes from. confusion : of a classifier, which class was given how often; else None.
    """

    figures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    slack: Mapping[str, float]
    thresholds: Mapping[str, float]
    classes: Mapping[str, Mapping[str, float]]
    curves: Mapping[str, Curve] = field(repr=False)
    rows: tuple[ImageRow, ...] = field(repr=False)
    threshold: float
    exact: bool
    confidence: float
    notes: tuple[str, ...] = ()
    support: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    refused: tuple[int, int] = (0, 0)
    confusion: Confusion | None = None

    @property
    def called(self) -> dict[str, Share]:
        """How many images of each label were called, label -> count of total; nothing without a limit."""
        if any(math.isnan(row.threshold) for row in self.rows):
            return {}
        calls = {label: [row.is_called for row in self.rows if row.label == label] for label in self.classes}
        return {label: Share(sum(each), len(each), self.confidence) for label, each in calls.items()}

    @property
    def is_of_kinds(self) -> bool:
        """Whether a classifier was judged on kinds of defects alone: what compares with good images says nothing."""
        return self.confusion is not None and all(row.is_defect for row in self.rows)

    def verdict(self, *, is_defect: bool) -> Share:
        """How many of the defective images were found, or of the good ones falsely called."""
        calls = [row.is_called for row in self.rows if row.is_defect == is_defect and not math.isnan(row.threshold)]
        return Share(sum(calls), len(calls), self.confidence)

    def worst(self, count: int = 10) -> tuple[ImageRow, ...]:
        """The images to check first: wrong verdicts, furthest off first; then the defects least found."""

        def rank(row: ImageRow) -> tuple[bool, float]:
            if row.is_right or math.isnan(row.threshold):
                found = row.true_probability if row.given_class else row.in_image_auroc
                return True, found if math.isfinite(found) else 1.0
            return False, row.true_probability if row.given_class else -abs(row.score - row.threshold)

        return tuple(sorted(self.rows, key=rank)[:count])

    def to_dict(self, *, curves: bool = True, images: bool = True) -> dict[str, Any]:
        """Plain Python values, ready for JSON: NaN becomes None. `curves` and `images`: include them."""
        result = {
            "images": len(self.rows),
            "defect_images": sum(row.is_defect for row in self.rows),
            "regions": sum(row.regions for row in self.rows),
            "threshold": self.threshold,
            "exact": self.exact,
            "confidence": self.confidence,
            "figures": dict(self.figures),
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
            "slack": dict(self.slack),
            "thresholds": dict(self.thresholds),
            "classes": {label: dict(values) for label, values in self.classes.items()},
            "notes": list(self.notes),
            "support": {name: {"good": n, "defective": m} for name, (n, m) in self.support.items()},
            "verdict": {
                "found": self.verdict(is_defect=True).to_dict(),
                "false_calls": self.verdict(is_defect=False).to_dict(),
                "refused": dict(zip(("good", "defective"), self.refused, strict=True)),
                "called": {label: share.to_dict() for label, share in self.called.items()},
            },
        }
        if self.confusion is not None:
            result["confusion"] = self.confusion.to_dict()
        if curves:
            result["curves"] = [curve.to_dict() for curve in self.curves.values()]
        if images:
            result["rows"] = [row.to_dict() for row in self.rows]
        plain: dict[str, Any] = _plain(result)
        return plain


def _plain(value: Any) -> Any:
    """The same with None for numbers that are not finite, which JSON cannot hold."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

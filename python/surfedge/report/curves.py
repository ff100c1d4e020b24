"""Curves of an evaluation as pictures: ROC, precision-recall, PRO, and the scores with the limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.drawing import AMBER, BLUE, DEFECT, FRAME, GOOD, SOFT, Chart, nice_ticks
from surfedge.errors import ArgumentError
from surfedge.metrics import EvaluationRecord
from surfedge.report.confusion import confusion_svg

_UNIT = (0.0, 1.0)
SIZE_PX = (560, 380)
"""Width and height of a chart's frame."""
_MANY_OCTAVES = 100.0  # scores that span more than this factor are drawn on a logarithmic axis


def roc_svg(record: EvaluationRecord, title: str = "ROC", size: tuple[int, int] = SIZE_PX) -> str:
    """ROC curves of images and pixels with their areas, and the limit's place on them, as an SVG document.

    >>> from surfedge.metrics import evaluate_maps
    >>> good, hole = ("a", "good", 0.2, None, None, 0.5), ("b", "hole", 0.9, None, None, 0.5)
    >>> "image AUROC 1.000" in roc_svg(evaluate_maps([good, hole], bootstrap=0))
    True
    """
    width, height = size
    chart = Chart(title, "false-positive rate", "true-positive rate", _UNIT, _UNIT, width=width, height=height)
    chart.line(_UNIT, _UNIT, SOFT, dashed=True)
    for name, colour, figure in (("image_roc", BLUE, "image_auroc"), ("pixel_roc", AMBER, "pixel_auroc")):
        if name in record.curves:
            curve = record.curves[name]
            chart.line(curve.x, curve.y, colour, _with_interval(record, figure, figure.replace("_auroc", " AUROC")))
    _limit_point(chart, record, "false_call_rate", "image_recall", BLUE, "images at the limit")
    return chart.svg()


def pr_svg(record: EvaluationRecord, title: str = "Precision and recall", size: tuple[int, int] = SIZE_PX) -> str:
    """Precision-recall curves of images and pixels with their average precision, as an SVG document."""
    chart = Chart(title, "recall", "precision", _UNIT, _UNIT, width=size[0], height=size[1])
    for name, colour, figure, text in (
        ("image_pr", BLUE, "image_ap", "image average precision"),
        ("pixel_pr", AMBER, "pixel_ap", "pixel average precision"),
    ):
        if name in record.curves:
            curve = record.curves[name]
            chart.line(curve.x, curve.y, colour, _with_interval(record, figure, text))
    _limit_point(chart, record, "image_recall", "image_precision", BLUE, "images at the limit")
    _limit_point(chart, record, "pixel_recall", "pixel_precision", AMBER, "pixels at the limit")
    return chart.svg()


def pro_svg(record: EvaluationRecord, title: str = "Per-region overlap", size: tuple[int, int] = SIZE_PX) -> str:
    """The PRO curve up to the largest false-positive limit, and the area up to each, as an SVG document."""
    areas = {float(name.removeprefix("au_pro_")): name for name in record.figures if name.startswith("au_pro_")}
    end = max(areas, default=1.0)
    width, height = size
    labels = "false-positive rate of pixels", "per-region overlap"
    chart = Chart(title, *labels, (0.0, end), _UNIT, width=width, height=height)
    curve = record.curves["pro"]
    for shade, limit in enumerate(sorted(areas, reverse=True), start=1):
        x = np.r_[curve.x[curve.x < limit], limit]
        label = _with_interval(record, areas[limit], f"AU-PRO up to {limit:.0%}:")
        chart.area(x, np.interp(x, curve.x, curve.y), BLUE, 0.12 * shade, label)
        if limit < end:
            chart.upright(limit, f"{limit:.0%}", SOFT)
    chart.line(curve.x, curve.y, BLUE)
    normal_px = sum(row.normal_px for row in record.rows)
    fpr = sum(row.false_px for row in record.rows) / normal_px if normal_px else math.nan
    overlap = record.figures["pro"]
    if fpr <= end and math.isfinite(overlap):
        chart.point(fpr, overlap, BLUE, f"at the limit: {overlap:.3f} of each region, {fpr:.2%} false calls")
    return chart.svg()


def f1_svg(record: EvaluationRecord, title: str = "F1 over the limit", size: tuple[int, int] = SIZE_PX) -> str:
    """F1 of image verdicts and of pixels over the limit, their best, and the limit in use, as an SVG document."""
    curves = {name: record.curves[name] for name in ("image_f1", "pixel_f1") if name in record.curves}
    limits = [row.score for row in record.rows]
    shown = _ScoreAxis.of(np.array([limit for limit in limits if math.isfinite(limit)]), record.threshold)
    chart = Chart(title, "limit", "F1", shown.ends, _UNIT, x_ticks=shown.ticks, width=size[0], height=size[1])
    for name, colour, what in (("image_f1", BLUE, "images"), ("pixel_f1", AMBER, "pixels")):
        if name not in curves:
            continue
        best, limit = record.figures[f"{name}_best"], record.thresholds[f"{name}_best"]
        x, y = shown.clipped(curves[name].x, curves[name].y)
        if x.size:
            chart.line(x, y, colour, f"{what}: best {best:.3f} at {limit:.4g}")
    if math.isfinite(record.threshold):
        chart.upright(float(shown.at(record.threshold)), f"limit {record.threshold:.4g}")
    return chart.svg()


@dataclass(frozen=True)
class _ScoreAxis:
    """An axis for scores, logarithmic when they are positive and span more than a factor of 100."""

    is_logarithmic: bool
    ends: tuple[float, float]

    @classmethod
    def of(cls, scores: npt.NDArray[np.float64], threshold: float) -> _ScoreAxis:
        positive = bool(scores.min() > 0 and not threshold <= 0)
        is_logarithmic = positive and bool(scores.max() / scores.min() > _MANY_OCTAVES)
        axis = cls(is_logarithmic, (0.0, 1.0))
        shown = axis.at([*scores, threshold] if math.isfinite(threshold) else scores)
        low, high = float(np.min(shown)), float(np.max(shown))
        margin = 0.02 * (high - low) or max(abs(high), 1.0) * 0.05
        return cls(is_logarithmic, (low - margin, high + margin))

    def at(self, scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Where scores lie on the axis."""
        values = np.asarray(scores, np.float64)
        return np.asarray(np.log10(values) if self.is_logarithmic else values)

    def clipped(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Any, Any]:
        """The part of a curve over scores that lies on the axis."""
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        usable = x > 0 if self.is_logarithmic else np.ones(x.shape, bool)
        at, y = self.at(x[usable]), y[usable]
        on_it = (at >= self.ends[0]) & (at <= self.ends[1])
        return at[on_it], y[on_it]

    @property
    def ticks(self) -> Sequence[tuple[float, str]]:
        """Round scores and their texts."""
        if not self.is_logarithmic:
            return nice_ticks(*self.ends, about=7)
        powers = range(math.ceil(self.ends[0]), math.floor(self.ends[1]) + 1)
        return [(float(power), f"{10.0**power:g}") for power in powers]


def score_histogram_svg(
    scores: npt.ArrayLike,
    is_defect: npt.ArrayLike,
    threshold: float = math.nan,
    title: str = "Image scores",
    bins: int = 40,
) -> str:
    """Histogram of image scores (M,), good upward, defective downward, and the limit, as an SVG document.

    The axis is logarithmic when the scores are positive and span more than a factor of 100. Raises
    ArgumentError for no scores, scores that are not finite, or another number of labels.

    >>> "2 good images, 0 above the limit" in score_histogram_svg([1.0, 2.0, 9.0], [False, False, True], 5.0)
    True
    """
    values, truth = np.asarray(scores, float), np.asarray(is_defect, bool)
    if values.ndim != 1 or not values.size or values.shape != truth.shape or not np.isfinite(values).all():
        raise ArgumentError("scores", found=f"{values.shape} for {truth.shape} labels", expected="finite, one each")
    axis = _ScoreAxis.of(values, threshold)
    shown, x_range = axis.at(values), axis.ends
    edges = np.linspace(*x_range, bins + 1)
    good, defect = (np.histogram(shown[chosen], edges)[0] for chosen in (~truth, truth))
    high = float(max(good.max(), defect.max(), 1))
    up, down = (1.1 * max(float(counts.max()), 0.12 * high) for counts in (good, defect))
    chart = Chart(
        title,
        "score",
        "images: good up, defective down",
        x_range,
        (-down, up),
        x_ticks=axis.ticks,
        y_ticks=_count_ticks(-down, up),
    )
    chart.bars(edges, good, GOOD, _counted(values[~truth], threshold, "good"))
    chart.bars(edges, -defect, DEFECT, _counted(values[truth], threshold, "defective"))
    chart.line(x_range, (0.0, 0.0), FRAME)
    if math.isfinite(threshold):
        chart.upright(float(axis.at(threshold)), f"limit {threshold:.4g}")
    return chart.svg()


def evaluation_charts(record: EvaluationRecord, *, size: tuple[int, int] = SIZE_PX) -> dict[str, str]:
    """Every chart that the record has points for: "roc", "pr", "pro", "f1", "confusion" and "scores", name -> SVG."""
    charts = {}
    if record.confusion is not None:
        charts["confusion"] = confusion_svg(record.confusion)
    if record.is_of_kinds:
        return charts
    if "image_roc" in record.curves or "pixel_roc" in record.curves:
        charts["roc"] = roc_svg(record, size=size)
    if "image_pr" in record.curves or "pixel_pr" in record.curves:
        charts["pr"] = pr_svg(record, size=size)
    if "pro" in record.curves:
        charts["pro"] = pro_svg(record, size=size)
    if "image_f1" in record.curves or "pixel_f1" in record.curves:
        charts["f1"] = f1_svg(record, size=size)
    scores, truth = [row.score for row in record.rows], [row.is_defect for row in record.rows]
    charts["scores"] = score_histogram_svg(scores, truth, record.threshold)
    return charts


def write_curves(record: EvaluationRecord, folder: str | Path) -> list[Path]:
    """Write each of `evaluation_charts` to folder/NAME.svg (made when missing) and return the paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, svg in evaluation_charts(record).items():
        path = folder / f"{name}.svg"
        path.write_text(svg, encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def _with_interval(record: EvaluationRecord, figure: str, text: str) -> str:
    label = f"{text} {record.figures[figure]:.3f}"
    low, high = record.intervals.get(figure, (math.nan, math.nan))
    return f"{label} ({record.confidence:.0%} interval {low:.3f} to {high:.3f})" if math.isfinite(low) else label


def _limit_point(chart: Chart, record: EvaluationRecord, x: str, y: str, colour: str, text: str) -> None:
    at = record.figures[x], record.figures[y]
    if all(map(math.isfinite, at)):
        chart.point(*at, colour, text)


def _counted(values: npt.NDArray[np.float64], threshold: float, kind: str) -> str:
    text = f"{values.size} {kind} images"
    if not math.isfinite(threshold):
        return text
    return f"{text}, {np.count_nonzero(values > threshold)} above the limit"


def _count_ticks(low: float, high: float) -> Sequence[tuple[float, str]]:
    return [(at, f"{abs(at):g}") for at, _ in nice_ticks(low, high, about=6) if at == round(at)]

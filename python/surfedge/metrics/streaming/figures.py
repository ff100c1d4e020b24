"""Every figure as a function of counts, for the test set itself and for bootstrap samples of it alike.

Counts have an axis of samples in front, (B, ...); the test set itself is one sample in which each image
counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.metrics.counting import levels
from surfedge.metrics.counting.pixel_scores import PixelLevels
from surfedge.metrics.streaming.record import Curve, ImageRow

Array = npt.NDArray[np.float64]
MAX_POINTS = 400


def image_figures(negatives: Array, positives: Array) -> dict[str, Array]:
    """Figures of image scores without a limit, (B,) each, from counts (B, L) per level, highest first."""
    total = positives.sum(-1)
    images = total + negatives.sum(-1)
    right = negatives.sum(-1) + np.maximum(np.cumsum(positives - negatives, -1).max(-1), 0.0)
    return {
        "image_auroc": levels.auroc(negatives, positives),
        "image_ap": levels.average_precision(negatives, positives),
        "image_f1_best": levels.f1_scores(negatives, positives).max(-1),
        "image_accuracy_best": levels.ratio(right, images),
    }


def pixel_figures(found: PixelLevels, fpr_limits: Sequence[float]) -> dict[str, Array]:
    """Figures of pixel scores that need no limit, one for each sample that `found.counts` has in front."""
    if not found.merged.size:
        counts = np.zeros((*found.counts.shape[:-1], 1))
        found = PixelLevels(counts, np.zeros(1, np.float32), np.zeros(1, np.bool_))
    negatives, positives, overlap = found.negatives, found.positives, found.overlap
    return {
        "pixel_auroc": levels.auroc(negatives, positives),
        "pixel_ap": levels.average_precision(negatives, positives, found.merged),
        "pixel_f1_best": levels.f1_scores(negatives, positives).max(-1),
        **{au_pro_name(limit): levels.limited_area(negatives, overlap, limit) for limit in fpr_limits},
        "outside_control": levels.auroc(found.counts[..., 0, :], found.counts[..., 2, :]),
    }


def pixel_slack(found: PixelLevels, fpr_limits: Sequence[float]) -> dict[str, float]:
    """Largest possible error of each of `pixel_figures`, for levels that merge scores."""
    negatives, positives, overlap, merged = found.negatives, found.positives, found.overlap, found.merged
    slack = {
        "pixel_auroc": levels.auroc_slack(negatives, positives, merged),
        "pixel_ap": levels.average_precision_slack(negatives, positives, merged),
        "pixel_f1_best": levels.best_f1_slack(negatives, positives, merged),
        **{au_pro_name(x): levels.limited_area_slack(negatives, overlap, x, merged) for x in fpr_limits},
        "outside_control": levels.auroc_slack(found.counts[0], found.counts[2], merged),
    }
    return {name: float(value) for name, value in slack.items()}


def judged_figures(rows: Sequence[ImageRow], weights: npt.ArrayLike, min_iou: float) -> dict[str, Array]:
    """Figures at the given limit and means over images, (B,) each.

    weights : (B, M), how often each image counts.
    """
    w = np.asarray(weights, np.float64)
    limited = all(np.isfinite(row.threshold) for row in rows)
    defect, called = (_column(rows, "is_defect"), _column(rows, "is_called") if limited else np.full(len(rows), np.nan))
    tp, fp = w @ (defect * called), w @ ((1.0 - defect) * called)
    hit, false, missed = (w @ _column(rows, name) for name in ("hit_px", "false_px", "missed_px"))
    in_image, iou = _column(rows, "in_image_auroc"), _column(rows, "iou")
    masked = _column(rows, "regions") > 0
    figures = {
        "image_f1": levels.ratio(2.0 * tp, tp + fp + w @ defect),
        "image_accuracy": levels.ratio(tp + w @ (1.0 - defect) - fp, w.sum(-1)),
        "image_precision": levels.ratio(tp, tp + fp),
        "image_recall": levels.ratio(tp, w @ defect),
        "false_call_rate": levels.ratio(fp, w @ (1.0 - defect)),
        "pixel_f1": levels.ratio(2.0 * hit, 2.0 * hit + false + missed),
        "pixel_precision": levels.ratio(hit, hit + false),
        "pixel_recall": levels.ratio(hit, hit + missed),
        "iou": levels.ratio(hit, hit + false + missed),
        "mean_iou": levels.ratio(w @ np.where(masked, iou, 0.0), w @ masked),
        "detection_accuracy": levels.ratio(w @ (masked & (iou > min_iou)), w @ masked),
        "pro": levels.ratio(w @ _column(rows, "overlap"), w @ _column(rows, "regions")),
    }
    if not limited:
        figures = {name: np.full(len(w), np.nan) for name in figures}
    known = np.isfinite(in_image)
    return {"in_image_auroc": levels.ratio(w @ np.where(known, in_image, 0.0), w @ known), **figures}


def _column(rows: Sequence[ImageRow], name: str) -> Array:
    return np.array([getattr(row, name) for row in rows], np.float64)


def au_pro_name(limit: float) -> str:
    """The name of AU-PRO at a false-positive limit.

    >>> au_pro_name(0.3), au_pro_name(0.05)
    ('au_pro_0.30', 'au_pro_0.05')
    """
    return f"au_pro_{limit:.2f}" if round(limit, 2) == limit else f"au_pro_{limit:g}"


def roc_points(name: str, negatives: Array, positives: Array) -> Curve:
    """ROC (or PRO, when the positives are weighted by region) of counts (L,), thinned to MAX_POINTS."""
    return _thinned(name, *levels.roc_curve(negatives, positives))


def pr_points(name: str, negatives: Array, positives: Array) -> Curve:
    """Precision over recall of counts (L,), thinned to MAX_POINTS."""
    tp, fp = np.cumsum(positives), np.cumsum(negatives)
    recall, precision = levels.ratio(tp, tp[-1:]), levels.ratio(tp, tp + fp)
    return _thinned(name, np.r_[0.0, recall], np.r_[precision[:1], precision])


def _thinned(name: str, x: Any, y: Any) -> Curve:
    """Evenly spaced along the curve, and denser beside the left edge, where limits are chosen."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return Curve(name, np.empty(0), np.empty(0))
    travelled = np.r_[0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)) + np.diff(np.minimum(20.0 * x, 1.0)))]
    wanted = np.linspace(0.0, travelled[-1], MAX_POINTS)
    chosen = np.unique(np.r_[0, np.searchsorted(travelled, wanted).clip(0, x.size - 1), x.size - 1])
    return Curve(name, np.asarray(x[chosen], np.float64), np.asarray(y[chosen], np.float64))

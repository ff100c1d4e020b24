"""Curves of a test set, thinned for drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.metrics.counting import levels
from surfedge.metrics.test_set.record import Curve

Array = npt.NDArray[np.float64]
MAX_POINTS = 400


def roc_points(name: str, negatives: Array, positives: Array) -> Curve:
    """ROC (or PRO, when the positives are weighted by region) of counts (L,), thinned to MAX_POINTS."""
    return _thinned(name, *levels.roc_curve(negatives, positives))


def pr_points(name: str, negatives: Array, positives: Array) -> Curve:
    """Precision over recall of counts (L,), thinned to MAX_POINTS."""
    tp, fp = np.cumsum(positives), np.cumsum(negatives)
    recall, precision = levels.ratio(tp, tp[-1:]), levels.ratio(tp, tp + fp)
    return _thinned(name, np.r_[0.0, recall], np.r_[precision[:1], precision])


def f1_points(name: str, scores: Any, negatives: Array, positives: Array) -> Curve:
    """F1 over the limit, ascending, of counts (L,) by score, highest first, thinned to MAX_POINTS."""
    f1 = levels.f1_scores(negatives, positives)
    at = np.asarray(scores, np.float64)
    limits = np.r_[at[:1], 0.5 * (at[:-1] + at[1:]), at[-1:]]
    return _thinned(name, limits[::-1], np.r_[0.0, f1][::-1])


def _thinned(name: str, x: Any, y: Any) -> Curve:
    """Evenly spaced along the curve, and denser beside the left edge, where limits are chosen."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return Curve(name, np.empty(0), np.empty(0))
    unit = (x - x[0]) / (np.ptp(x) or 1.0)
    steps = np.diff(unit) + np.abs(np.diff(y)) + np.diff(np.minimum(20.0 * unit, 1.0))
    travelled = np.r_[0.0, np.cumsum(steps)]
    wanted = np.linspace(0.0, travelled[-1], MAX_POINTS)
    chosen = np.unique(np.r_[np.searchsorted(travelled, wanted), x.size - 1])
    return Curve(name, np.asarray(x[chosen], np.float64), np.asarray(y[chosen], np.float64))

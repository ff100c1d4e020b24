"""Curves and areas from counts: how many negatives and positives have each score.

All arrays run along their last axis from the highest score to the lowest; axes in front (bootstrap samples)
are kept. Equal scores share a level and therefore count half against each other, as midranks do. Calling the
levels 0..l defective gives TP_l and FP_l, the cumulative sums. Positives may carry weights: with the weight 1
/ |C_k| for each pixel of region C_k the true-positive rate is the per-region overlap of Bergmann et al., "The
MVTec Anomaly Detection Dataset", 2021, equation 2.

When a level merges different scores (a histogram bin), its ends are still exact points of the true curve;
only the way between them is unknown. The `*_slack` functions turn that into the largest possible error.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Merged = npt.NDArray[np.bool_] | bool


def ratio(above: Any, below: Any) -> Array:
    """above / below, of counts that have nothing above where there is nothing below: NaN there."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.true_divide(above, below))


def auroc(negatives: Array, positives: Array) -> Array:
    """Area under the ROC curve: P(positive > negative) + P(equal) / 2; NaN without positives or negatives.

    Source: Fawcett, "An introduction to ROC analysis", 2006, algorithm 3.

    >>> float(auroc(np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0])))
    0.875
    """
    tp_mid = np.cumsum(positives, -1) - 0.5 * positives
    area = (negatives * tp_mid).sum(-1)
    return ratio(area, negatives.sum(-1) * positives.sum(-1))


def auroc_slack(negatives: Array, positives: Array, merged: Merged = True) -> Array:
    """Largest error of `auroc` when the levels marked `merged` hold different scores."""
    return ratio(0.5 * (negatives * positives * merged).sum(-1), negatives.sum(-1) * positives.sum(-1))


def average_precision(negatives: Array, positives: Array, merged: Merged = False) -> Array:
    """Sum over levels of precision times the gain in recall, not interpolated; NaN without positives.

    merged : levels that hold different scores, (L,) or for all. Their precision is taken in the middle of the
    level instead of at its end, where equal scores have theirs.

    >>> float(average_precision(np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0])))
    0.8333333333333333
    """
    tp, fp = np.cumsum(positives, -1), np.cumsum(negatives, -1)
    total = tp[..., -1].copy()
    tp -= 0.5 * np.maximum(positives - 1.0, 0.0) * merged
    fp -= 0.5 * negatives * merged
    called = tp + fp
    precision = np.divide(tp, called, out=np.zeros_like(called), where=called > 0)
    return ratio((positives * precision).sum(-1), total)


def average_precision_slack(negatives: Array, positives: Array, merged: Merged = True) -> Array:
    """Largest error of `average_precision` when the levels marked `merged` hold different scores."""
    tp, fp = np.cumsum(positives, -1), np.cumsum(negatives, -1)
    value = average_precision(negatives, positives, merged)
    with np.errstate(divide="ignore", invalid="ignore"):
        best = np.where(positives > 0, tp / (tp + fp - negatives * merged), 0.0)
        first = tp - np.maximum(positives - 1.0, 0.0) * merged
        worst = np.where(positives > 0, first / (first + fp), 0.0)
    high = ratio((positives * best).sum(-1), tp[..., -1])
    low = ratio((positives * worst).sum(-1), tp[..., -1])
    return np.maximum(high - value, value - low)


def f1_scores(negatives: Array, positives: Array) -> Array:
    """F1 = 2 TP / (2 TP + FP + FN) of calling the levels 0..l defective, for each l; NaN without positives.

    >>> f1_scores(np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0])).round(3).tolist()
    [0.667, 0.8, 0.667]
    """
    tp, fp = np.cumsum(positives, -1), np.cumsum(negatives, -1)
    total = tp[..., -1:]
    return np.where(total > 0, ratio(2.0 * tp, tp + fp + total), np.nan)


def best_f1_slack(negatives: Array, positives: Array, merged: Merged = True) -> Array:
    """How much higher the best F1 could be when the levels marked `merged` hold different scores."""
    tp, fp = np.cumsum(positives, -1), np.cumsum(negatives, -1)
    high = ratio(2.0 * tp, tp + fp - negatives * merged + tp[..., -1:])
    return np.asarray(high.max(-1) - f1_scores(negatives, positives).max(-1))


def last_best(values: Array) -> int:
    """Index of the largest value of (L,), the last of equals: the lower limit, which misses fewer defects."""
    return int(values.size - 1 - np.argmax(values[::-1]))


def roc_curve(negatives: Array, positives: Array) -> tuple[Array, Array]:
    """False- and true-positive rate, (..., L + 1), from (0, 0) to (1, 1)."""
    fpr = ratio(np.cumsum(negatives, -1), negatives.sum(-1, keepdims=True))
    tpr = ratio(np.cumsum(positives, -1), positives.sum(-1, keepdims=True))
    start = np.zeros((*fpr.shape[:-1], 1))
    return np.concatenate((start, fpr), -1), np.concatenate((start, tpr), -1)


def _clipped(negatives: Array, positives: Array, limit: float) -> tuple[Array, Array, Array, Array]:
    """Segments of the ROC curve up to `limit`: widths, start heights, rises, fraction of each kept."""
    x, y = roc_curve(negatives, positives)
    full = np.diff(x, axis=-1)
    width = np.diff(np.minimum(x, limit), axis=-1)
    share = np.divide(width, full, out=np.ones_like(full), where=full > 0)
    return width, y[..., :-1], np.diff(y, axis=-1), share


def limited_area(negatives: Array, positives: Array, limit: float) -> Array:
    """Trapezoid area under the ROC (or PRO) curve up to the false-positive rate `limit`, divided by `limit`.

    The curve is interpolated at the limit. NaN without positives or negatives.

    >>> float(limited_area(np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0]), 0.25))
    0.625
    """
    width, start, rise, share = _clipped(negatives, positives, limit)
    area = (width * (start + 0.5 * share * rise)).sum(-1)
    return np.asarray(area / limit)


def limited_area_slack(negatives: Array, positives: Array, limit: float, merged: Merged = True) -> Array:
    """Largest error of `limited_area` when the levels marked `merged` hold different scores."""
    width, _, rise, share = _clipped(negatives, positives, limit)
    return np.asarray((width * rise * merged * np.where(share < 1.0, 1.0, 0.5)).sum(-1) / limit)


def levels_of(is_positive: npt.NDArray[np.bool_], scores: Any) -> tuple[Any, Array, Array]:
    """Distinct scores (L,), highest first, with the number of negatives and of positives that have each.

    >>> levels_of(np.array([True, False, True]), np.array([0.5, 0.5, 0.9]))
    (array([0.9, 0.5]), array([0., 1.]), array([1., 1.]))
    """
    distinct, where = np.unique(scores, return_inverse=True)
    positives = np.bincount(where[is_positive], minlength=distinct.size).astype(np.float64)
    negatives = np.bincount(where[~is_positive], minlength=distinct.size).astype(np.float64)
    return distinct[::-1], negatives[::-1], positives[::-1]


def limit_under(scores: Any, level: int) -> float:
    """The limit that calls the levels 0..level defective by `score > limit`, and no other; -1 calls none.

    scores : (L,) highest first, float32 or float64. The limit lies midway to the next level and is exact in
    the scores' own type, so that comparing in that type gives the same verdicts.

    >>> limit_under(np.array([0.9, 0.5, 0.1]), 0)
    0.7
    """
    kind = scores.dtype.type
    if level < 0:
        return float(scores[0])
    lowest = scores[level]
    if level + 1 == scores.size:
        return float(np.nextafter(lowest, kind(-np.inf)))
    below = scores[level + 1]
    middle = kind(below + 0.5 * (float(lowest) - float(below)))
    return float(middle if middle < lowest else below)

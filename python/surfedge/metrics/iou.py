"""Intersection over union of a true and a predicted mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.checked import checked_mask
from surfedge.metrics.counting.figure import CALLS, Figure, masked, with_truth
from surfedge.metrics.counting.levels import Array, ratio


def iou(mask: Any, predicted: Any) -> float:
    """IoU = TP / (TP + FP + FN) in pixels: the Jaccard index.

    mask, predicted : (H, W), not zero inside defects.

    Returns a value in [0, 1]; NaN when both are empty. Raises ArgumentError for different shapes. Source:
    Jaccard, "The distribution of the flora in the alpine zone", 1912.

    >>> iou([[1, 1, 0, 0]], [[0, 1, 1, 0]])
    0.3333333333333333
    """
    truth = checked_mask(mask, np.shape(mask))
    called = checked_mask(predicted, truth.shape, "predicted")
    union = np.count_nonzero(truth | called)
    return float(np.count_nonzero(truth & called) / union) if union else float("nan")


def _mean(calls: Calls) -> Array:
    each = np.where(calls.is_masked, calls.column("iou"), 0.0)
    return ratio(calls.total(each), calls.total(calls.is_masked))


FIGURES = (
    Figure(
        "iou",
        CALLS,
        lambda calls: ratio(calls.hit_px, calls.hit_px + calls.false_px + calls.missed_px),
        title="IoU of all pixels at the limit",
        over=with_truth,
    ),
    Figure("mean_iou", CALLS, _mean, title="mean IoU of defective images at the limit", over=masked),
)

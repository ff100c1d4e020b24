"""Detection precision: how many of all detections, those on good images too, mark a defect in place and size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.checked import checked_pairs
from surfedge.metrics.counting.figure import CALLS, Figure, Settings, with_truth
from surfedge.metrics.counting.levels import Array, ratio
from surfedge.metrics.iou import iou


def detection_precision(masks: Iterable[Any], predicted: Iterable[Any], min_iou: float = 0.5) -> float:
    """Correct detections over all detections: a detection is a called image, correct when its IoU > min_iou.

    masks : (H, W) each, or None for a good image, on which no detection is correct. predicted : (H, W) each; an
    image without a marked pixel is no detection.

    Returns a value in [0, 1]; NaN without a detection. Raises ArgumentError for no images, or different counts or
    shapes. Source: Mboulou-Moutoubi, "Development of deep learning algorithms in computer vision to reduce the
    need for labelled data in the steel industry", 2024, definition 2.4, which calls it detection accuracy; our
    `detection_accuracy` is the fraction of the defective images instead.

    >>> detection_precision([[[1, 1, 0]], [[0, 1, 1]], None], [[[1, 1, 0]], [[0, 0, 0]], [[0, 1, 0]]])
    0.5
    """
    pairs = checked_pairs(masks, predicted, "predicted")
    detections = [(mask, called) for mask, called in pairs if np.any(called)]
    correct = [mask is not None and bool(np.any(mask)) and iou(mask, called) > min_iou for mask, called in detections]
    return float(np.mean(correct)) if correct else float("nan")


def _figures(settings: Settings) -> tuple[Figure, ...]:
    """Its metric at an evaluation's `min_iou`."""

    def correct(calls: Calls) -> Array:
        is_called = (calls.column("is_called") > 0) & (calls.column("has_truth") > 0)
        return ratio(calls.total(is_called & (calls.column("iou") > settings.min_iou)), calls.total(is_called))

    return (Figure("detection_precision", CALLS, correct, title="detection precision", over=with_truth),)


FIGURES = _figures

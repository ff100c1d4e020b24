"""Detection accuracy: how many defect images have their defect marked in the right place and size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.checked import checked_pairs
from surfedge.metrics.counting.figure import CALLS, Figure, Settings, masked
from surfedge.metrics.counting.levels import Array, ratio
from surfedge.metrics.iou import iou


def detection_accuracy(masks: Iterable[Any], predicted: Iterable[Any], min_iou: float = 0.5) -> float:
    """Fraction of defect images whose predicted mask reaches IoU > min_iou with the true one.

    masks : (H, W) each, or None for a good image; images without a defect pixel are left out. predicted : (H,
    W) each; a defect image without a call counts as missed.

    Returns a value in [0, 1]; NaN without defect images. Raises ArgumentError for no images, or different
    counts or shapes.

    >>> detection_accuracy([[[1, 1, 0]], [[0, 1, 1]], None], [[[1, 1, 0]], [[1, 1, 0]], [[0, 0, 0]]])
    0.5
    """
    pairs = checked_pairs(masks, predicted, "predicted")
    reached = [iou(mask, called) > min_iou for mask, called in pairs if mask is not None and np.any(mask)]
    return float(np.mean(reached)) if reached else float("nan")


def _figures(settings: Settings) -> tuple[Figure, ...]:
    """Its metric at an evaluation's `min_iou`."""

    def reached(calls: Calls) -> Array:
        return ratio(
            calls.total(calls.is_masked & (calls.column("iou") > settings.min_iou)), calls.total(calls.is_masked)
        )

    return (Figure("detection_accuracy", CALLS, reached, title="detection accuracy", over=masked),)


FIGURES = _figures

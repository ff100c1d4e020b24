"""Pixel average precision: the area under the precision-recall curve of all pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surfedge.metrics.counting.figure import PIXELS, Figure, with_truth
from surfedge.metrics.counting.levels import average_precision, average_precision_slack
from surfedge.metrics.pixel_auroc import pixel_levels


def pixel_ap(masks: Iterable[Any], maps: Iterable[Any]) -> float:
    """Average precision over the pixels of all images, AP = sum of (R_n - R_n-1) P_n, without interpolation.

    Arguments, errors and memory as for `pixel_auroc`. Returns a value in (0, 1]; NaN without defect pixels.

    >>> pixel_ap([None, [[0, 1]]], [[[0.1, 0.95]], [[0.1, 0.9]]])
    0.5
    """
    levels = pixel_levels(masks, maps)
    if not levels.positives.any():
        return float("nan")
    return float(average_precision(levels.negatives, levels.positives))


FIGURES = (
    Figure(
        "pixel_ap",
        PIXELS,
        lambda pixels: average_precision(pixels.negatives, pixels.positives, pixels.merged),
        title="pixel average precision",
        over=with_truth,
        slack=lambda pixels: average_precision_slack(pixels.negatives, pixels.positives, pixels.merged),
        is_quoted=True,
    ),
)

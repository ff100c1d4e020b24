"""Pixel recall: how much of the defects is marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surfedge.metrics.counting.figure import CALLS, Figure, masked
from surfedge.metrics.counting.levels import ratio
from surfedge.metrics.pixel_auroc import pixel_levels


def pixel_recall(masks: Iterable[Any], maps: Iterable[Any], threshold: float) -> float:
    """TP / (TP + FN) over the pixels of all images when map > threshold.

    Arguments, errors and memory as for `pixel_auroc`. Returns a value in [0, 1]; NaN without defect pixels.

    >>> pixel_recall([None, [[1, 1]]], [[[0.1, 0.6]], [[0.4, 0.9]]], threshold=0.5)
    0.5
    """
    levels = pixel_levels(masks, maps)
    return float(ratio(levels.positives[levels.scores > threshold].sum(), levels.positives.sum()))


FIGURES = (
    Figure(
        "pixel_recall",
        CALLS,
        lambda calls: ratio(calls.hit_px, calls.hit_px + calls.missed_px),
        title="pixel recall at the limit",
        over=masked,
    ),
)

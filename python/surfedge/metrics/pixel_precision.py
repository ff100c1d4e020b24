"""Pixel precision: how much of what is marked is defect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surfedge.metrics.counting.figure import CALLS, Figure, with_truth
from surfedge.metrics.counting.levels import ratio
from surfedge.metrics.pixel_auroc import pixel_levels


def pixel_precision(masks: Iterable[Any], maps: Iterable[Any], threshold: float) -> float:
    """TP / (TP + FP) over the pixels of all images when map > threshold.

    Arguments, errors and memory as for `pixel_auroc`. Returns a value in [0, 1]; NaN without a marked pixel.

    >>> pixel_precision([None, [[1, 1]]], [[[0.1, 0.6]], [[0.4, 0.9]]], threshold=0.5)
    0.5
    """
    levels = pixel_levels(masks, maps)
    called = levels.scores > threshold
    tp = levels.positives[called].sum()
    return float(ratio(tp, tp + levels.negatives[called].sum()))


FIGURES = (
    Figure(
        "pixel_precision",
        CALLS,
        lambda calls: ratio(calls.hit_px, calls.hit_px + calls.false_px),
        title="pixel precision at the limit",
        over=with_truth,
    ),
)

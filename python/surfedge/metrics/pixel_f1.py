"""Pixel F1, at a limit or at its best, and the limit that makes it best."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surfedge.metrics.counting.figure import CALLS, PIXELS, Figure, with_truth
from surfedge.metrics.counting.levels import best_f1_slack, f1_scores, ratio
from surfedge.metrics.pixel_auroc import pixel_levels


def pixel_f1(masks: Iterable[Any], maps: Iterable[Any], threshold: float | None = None) -> float:
    """F1 = 2 TP / (2 TP + FP + FN) over the pixels of all images when map > threshold; the best for None.

    Arguments, errors and memory as for `pixel_auroc`. Returns a value in [0, 1]; NaN without defect pixels.

    >>> pixel_f1([None, [[1, 1]]], [[[0.1, 0.6]], [[0.4, 0.9]]], threshold=0.5)
    0.5
    """
    if threshold is None:
        return best_pixel_limit(masks, maps)[1]
    levels = pixel_levels(masks, maps)
    called = levels.scores > threshold
    positives = levels.positives.sum()
    tp = levels.positives[called].sum()
    return float(2 * tp / (tp + levels.negatives[called].sum() + positives)) if positives else float("nan")


def best_pixel_limit(masks: Iterable[Any], maps: Iterable[Any]) -> tuple[float, float]:
    """The limit with the best pixel F1 (T2), and that F1.

    Of equally good limits the lowest; (nan, nan) without defect pixels. The limit lies midway between two
    scores and is a float32. Source: Gudovskiy et al., "CFLOW-AD", 2022, section 5.

    >>> best_pixel_limit([[[0, 1]]], [[[0.25, 0.75]]])
    (0.5, 1.0)
    """
    levels = pixel_levels(masks, maps)
    best = f1_scores(levels.negatives, levels.positives).max()
    return levels.best_f1_limit(), float(best)


FIGURES = (
    Figure(
        "pixel_f1_best",
        PIXELS,
        lambda pixels: f1_scores(pixels.negatives, pixels.positives).max(-1),
        title="best pixel F1",
        over=with_truth,
        slack=lambda pixels: best_f1_slack(pixels.negatives, pixels.positives, pixels.merged),
    ),
    Figure(
        "pixel_f1",
        CALLS,
        lambda calls: ratio(2.0 * calls.hit_px, 2.0 * calls.hit_px + calls.false_px + calls.missed_px),
        title="pixel F1 at the limit",
        over=with_truth,
    ),
)

"""Pixel AUROC: how well the map ranks defect pixels above all others of the test set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surfedge.metrics.counting.checked import checked_pairs
from surfedge.metrics.counting.figure import PIXELS, Figure, with_truth
from surfedge.metrics.counting.ground_truth import split_pixels
from surfedge.metrics.counting.levels import auroc, auroc_slack
from surfedge.metrics.counting.pixel_scores import PixelLevels, PixelScores


def pixel_levels(masks: Iterable[Any], maps: Iterable[Any], grow_px: float = 0.0) -> PixelLevels:
    """Exact counts of all pixels by score; `masks` holds (H, W) arrays, or None for good images.

    Raises ArgumentError for no images, different counts or shapes, or maps that are not finite.

    >>> pixel_levels([None], [[[0.5, 0.5]]]).negatives.tolist()
    [2.0]
    """
    pixels = PixelScores(exact_px=None)
    for i, (mask, anomaly_map) in enumerate(checked_pairs(masks, maps, "maps")):
        pixels.add(split_pixels(anomaly_map, mask, grow_px=grow_px, name=f"image {i}"))
    return pixels.levels()


def pixel_auroc(masks: Iterable[Any], maps: Iterable[Any]) -> float:
    """Probability that a defect pixel scores higher than a normal one, over all images together, ties half.

    masks : bool or number (H, W), not zero inside defects, or None for a good image. maps : (H, W) each.

    Returns a value in [0, 1]; NaN without defect or without normal pixels. All pixels are held in memory: for
    a large test set use `Evaluation`. Raises ArgumentError as `pixel_levels` does.

    >>> pixel_auroc([None, [[0, 1]]], [[[0.1, 0.2]], [[0.1, 0.9]]])
    1.0
    """
    levels = pixel_levels(masks, maps)
    return float(auroc(levels.negatives, levels.positives))


FIGURES = (
    Figure(
        "pixel_auroc",
        PIXELS,
        lambda pixels: auroc(pixels.negatives, pixels.positives),
        title="pixel AUROC",
        over=with_truth,
        slack=lambda pixels: auroc_slack(pixels.negatives, pixels.positives, pixels.merged),
        is_quoted=True,
    ),
)

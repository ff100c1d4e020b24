"""PRO, the per-region overlap of predicted masks with the true regions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from surfedge.metrics.counting.checked import checked_mask, checked_pairs
from surfedge.metrics.counting.figure import CALLS, Figure, masked
from surfedge.metrics.counting.ground_truth import split_pixels
from surfedge.metrics.counting.levels import ratio


def pro(masks: Iterable[Any], predicted: Iterable[Any]) -> float:
    """Mean over all true regions C_k (8-connected) of |P and C_k| / |C_k|.

    masks : (H, W) each, or None for a good image. predicted : (H, W) each, not zero where called: map >
    threshold.

    Returns a value in [0, 1]; NaN without a region. Every region counts the same, whatever its size. Raises
    ArgumentError for no images, or different counts or shapes. Source: Bergmann et al., "The MVTec Anomaly
    Detection Dataset: A Comprehensive Real-World Dataset for Unsupervised Anomaly Detection", 2021, equation
    2.

    >>> pro([[[1, 0, 1, 1]]], [[[1, 0, 1, 0]]])
    0.75
    """
    overlaps: list[float] = []
    for i, (mask, called) in enumerate(checked_pairs(masks, predicted, "predicted")):
        shape = np.shape(called if mask is None else mask)
        sample = split_pixels(checked_mask(called, shape, f"predicted {i}"), mask, grow_px=0.0, name=f"image {i}")
        overlaps += sample.overlaps(sample.inside > 0).tolist()
    return float(np.mean(overlaps)) if overlaps else float("nan")


FIGURES = (
    Figure(
        "pro",
        CALLS,
        lambda calls: ratio(calls.total(calls.column("overlap")), calls.total(calls.column("regions"))),
        title="per-region overlap at the limit",
        over=masked,
    ),
)

"""AU-PRO: the area under the curve of per-region overlap against the false-positive rate of pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surfedge.metrics.counting.checked import checked_limits
from surfedge.metrics.counting.levels import limited_area
from surfedge.metrics.pixel_auroc import pixel_levels


def au_pro(masks: Iterable[Any], maps: Iterable[Any], fpr_limit: float = 0.30) -> float:
    """Area under the PRO curve up to `fpr_limit`, divided by it; every distinct value of the maps is a limit.

    PRO is the overlap |P and C_k| / |C_k| averaged over all true regions (8-connected) of all images; the
    false-positive rate counts all pixels outside masks, of good images too. Trapezoids, interpolated at the
    limit. Commonly 0.30, or 0.05 where a line cannot live with many false calls.

    masks : (H, W) each, or None for a good image. maps : (H, W) each.

    Returns a value in [0, 1] (rng: fpr_limit / 2); NaN without a region or a normal pixel. Memory and
    errors as for `pixel_auroc`. Source: Bergmann et al., "The MVTec Anomaly Detection Dataset: A
    Comprehensive Real-World Dataset for Unsupervised Anomaly Detection", 2021, section 6.1.

    >>> au_pro([[[1, 0, 0, 0, 1, 0, 0]]], [[[0.9, 0.1, 0.2, 0.3, 0.8, 0.85, 0.1]]], fpr_limit=0.3)
    0.6666666666666666
    """
    (limit,) = checked_limits((fpr_limit,))
    levels = pixel_levels(masks, maps)
    return float(limited_area(levels.negatives, levels.overlap, limit))

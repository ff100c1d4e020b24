"""AU-PRO: the area under the curve of per-region overlap against the false-positive rate of pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surfedge.metrics.counting.checked import checked_limits
from surfedge.metrics.counting.figure import PIXELS, Figure, Settings, with_truth
from surfedge.metrics.counting.levels import limited_area, limited_area_slack
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


def au_pro_name(limit: float) -> str:
    """The name of AU-PRO at a false-positive limit.

    >>> au_pro_name(0.3), au_pro_name(0.05)
    ('au_pro_0.30', 'au_pro_0.05')
    """
    return f"au_pro_{limit:.2f}" if round(limit, 2) == limit else f"au_pro_{limit:g}"


def _figures(settings: Settings) -> tuple[Figure, ...]:
    """One metric for each of an evaluation's `fpr_limits`."""
    return tuple(_figure(limit) for limit in settings.fpr_limits)


def _figure(limit: float) -> Figure:
    return Figure(
        au_pro_name(limit),
        PIXELS,
        lambda pixels: limited_area(pixels.negatives, pixels.overlap, limit),
        title=f"AU-PRO up to {limit:.0%}",
        over=with_truth,
        slack=lambda pixels: limited_area_slack(pixels.negatives, pixels.overlap, limit, pixels.merged),
        is_quoted=True,
    )


FIGURES = _figures

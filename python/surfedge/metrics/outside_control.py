"""Outside control: do photographs of defects differ from good ones beyond the defect?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surfedge.metrics.counting.figure import PIXELS, Figure, with_truth
from surfedge.metrics.counting.levels import auroc, auroc_slack
from surfedge.metrics.pixel_auroc import pixel_levels


def outside_control(masks: Iterable[Any], maps: Iterable[Any], grow_px: float = 16.0) -> float:
    """AUROC of pixels outside the grown mask of defect images against the pixels of good images.

    Far from the defect both show the same material, so 0.5 is fair. Well above, the detector (also) separates the
    photographs apart: by light, focus or sheet; image AUROC then promises more than the line will get.

    masks : (H, W) each, or None for a good image. maps : (H, W) each. grow_px : how far the mask is grown, so
    that smoothing and large tiles do not carry the defect outside.

    Returns a value in [0, 1]; NaN without good images or without a pixel outside. Memory and errors as for
    `pixel_auroc`.

    >>> outside_control([None, [[1, 0, 0, 0]]], [[[0.1, 0.3]], [[0.9, 0.8, 0.2, 0.2]]], grow_px=1)
    0.5
    """
    levels = pixel_levels(masks, maps, grow_px)
    return float(auroc(levels.counts[0], levels.counts[2]))


FIGURES = (
    Figure(
        "outside_control",
        PIXELS,
        lambda pixels: auroc(pixels.counts[..., 0, :], pixels.counts[..., 2, :]),
        title="outside control",
        over=with_truth,
        slack=lambda pixels: auroc_slack(pixels.counts[..., 0, :], pixels.counts[..., 2, :], pixels.merged),
        is_quoted=True,
    ),
)

"""In-image AUROC: does the map find the defect within its own photograph?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.checked import checked_pairs
from surfedge.metrics.counting.figure import MASKS, Figure, masked
from surfedge.metrics.counting.ground_truth import PixelSample, split_pixels
from surfedge.metrics.counting.levels import Array, ratio


def in_image_auroc(masks: Iterable[Any], maps: Iterable[Any]) -> float:
    """AUROC of the pixels inside the mask against the rest of the same image, averaged over defect images.

    Photographs of defects often differ from good ones as a whole; that helps every other metric, but not this
    one.

    masks : (H, W) each, or None for a good image (left out). maps : (H, W) each.

    Returns a value in [0, 1], 0.5 is a random score; NaN without a defect image that has both kinds of pixels. Raises
    ArgumentError for no images, different counts or shapes, or maps that are not finite.

    >>> in_image_auroc([[[1, 0, 0]], [[0, 1, 0]]], [[[0.9, 0.1, 0.2]], [[0.5, 0.5, 0.5]]])
    0.75
    """
    pairs = checked_pairs(masks, maps, "maps")
    samples = (split_pixels(pair[1], pair[0], grow_px=0.0, name=f"image {i}") for i, pair in enumerate(pairs))
    values = [sample_auroc(sample) for sample in samples]
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def sample_auroc(sample: PixelSample) -> float:
    """The same for one image, exactly; NaN when it has no pixel inside or none outside its mask.

    >>> sample_auroc(split_pixels([[0.9, 0.1, 0.2]], [[1, 0, 0]]))
    1.0
    """
    rest = np.sort(np.concatenate((sample.near, sample.outside)))
    if not rest.size or not sample.inside.size:
        return float("nan")
    inside = np.sort(sample.inside)
    below, not_above = np.searchsorted(rest, inside), np.searchsorted(rest, inside, side="right")
    return float((below.mean() + not_above.mean()) / (2 * rest.size))


def _mean(calls: Calls) -> Array:
    each = calls.column("in_image_auroc")
    known = np.isfinite(each)
    return ratio(calls.total(np.where(known, each, 0.0)), calls.total(known))


FIGURES = (Figure("in_image_auroc", MASKS, _mean, title="in-image AUROC", over=masked, is_quoted=True),)

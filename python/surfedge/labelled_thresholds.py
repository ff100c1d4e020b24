"""Thresholds from labelled images: the best F1 of images (T3) or pixels (T2), the fewest misclassifications.

T2 and T3 as in the study of novelty detection in leather (2022); the 30 % split of the COMP 4211 report.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surfedge.errors import ArgumentError
from surfedge.metrics.image_accuracy import fewest_misses_limit
from surfedge.metrics.image_f1 import best_image_limit, image_f1

LABELLED_RULES = {
    "image-f1": "image-f1     the best F1 of image verdicts (T3)",
    "pixel-f1": "pixel-f1     the best F1 of pixels (T2)",
    "fewest-misses": "fewest-misses   the fewest wrong image verdicts",
}
SPLIT_SHARE = 0.3


def threshold_from_labelled(rule: str, is_defect: Sequence[bool], scores: Sequence[float]) -> float:
    """The limit of "image-f1" or "fewest-misses"; raises ArgumentError without images of both kinds.

    >>> threshold_from_labelled("fewest-misses", [False, True, True], [0.25, 0.75, 1.0])
    0.5
    """
    limits = {"image-f1": best_image_limit, "fewest-misses": fewest_misses_limit}
    if rule not in limits:
        raise ArgumentError("rule", found=repr(rule), expected=" or ".join(limits))
    if len(set(map(bool, is_defect))) < 2:
        raise ArgumentError("labelled images", found="one kind only", expected="good and defective ones")
    return float(limits[rule](is_defect, scores)[0])


def split_f1(is_defect: Sequence[bool], scores: Sequence[float], *, share: float = SPLIT_SHARE, seed: int = 0) -> float:
    """Image F1 on the images that were not drawn to choose the limit: `share` of each kind, fewest misclassifications.

    NaN when a kind has fewer than 2 images.

    >>> split_f1([False] * 10 + [True] * 10, list(range(20)))
    1.0
    """
    truth, values = np.asarray(is_defect, bool), np.asarray(scores, float)
    chance = np.random.default_rng(seed)
    chosen = np.zeros(truth.size, bool)
    for kind in (False, True):
        places = np.flatnonzero(truth == kind)
        if places.size < 2:
            return float("nan")
        count = min(max(1, round(share * places.size)), places.size - 1)
        chosen[chance.permutation(places)[:count]] = True
    limit = threshold_from_labelled("fewest-misses", truth[chosen].tolist(), values[chosen].tolist())
    return image_f1(truth[~chosen], values[~chosen], limit)

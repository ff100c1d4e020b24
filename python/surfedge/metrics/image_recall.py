"""Image recall: how many of the defective images are called."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surfedge.metrics.counting.checked import checked_scores
from surfedge.metrics.counting.figure import CALLS, Figure, defective
from surfedge.metrics.counting.levels import ratio


def image_recall(is_defect: npt.ArrayLike, scores: npt.ArrayLike, threshold: float) -> float:
    """TP / (TP + FN) of calling images with score > threshold.

    is_defect : bool or 0/1, (M,). scores : (M,). threshold : in the unit of the scores.

    Returns a value in [0, 1]; NaN without defective images. Raises ArgumentError as `image_auroc` does.

    >>> image_recall([False, True, True], [0.6, 0.4, 0.8], threshold=0.5)
    0.5
    """
    truth, values = checked_scores(is_defect, scores)
    return float(ratio(np.count_nonzero((values > threshold) & truth), np.count_nonzero(truth)))


FIGURES = (
    Figure(
        "image_recall",
        CALLS,
        lambda calls: ratio(calls.found, calls.defective),
        title="found at the limit",
        over=defective,
        is_quoted=True,
    ),
)

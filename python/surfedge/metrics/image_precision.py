"""Image precision: how many of the called images are defective."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surfedge.metrics.counting.checked import checked_scores
from surfedge.metrics.counting.figure import CALLS, Figure
from surfedge.metrics.counting.levels import ratio


def image_precision(is_defect: npt.ArrayLike, scores: npt.ArrayLike, threshold: float) -> float:
    """TP / (TP + FP) of calling images with score > threshold.

    is_defect : bool or 0/1, (M,). scores : (M,). threshold : in the unit of the scores.

    Returns a value in [0, 1]; NaN when no image is called. Raises ArgumentError as `image_auroc` does.

    >>> image_precision([False, True, True], [0.6, 0.4, 0.8], threshold=0.5)
    0.5
    """
    truth, values = checked_scores(is_defect, scores)
    called = values > threshold
    return float(ratio(np.count_nonzero(called & truth), np.count_nonzero(called)))


FIGURES = (
    Figure(
        "image_precision",
        CALLS,
        lambda calls: ratio(calls.found, calls.found + calls.false_calls),
        title="image precision at the limit",
    ),
)

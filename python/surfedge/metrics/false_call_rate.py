"""False-call rate: how many of the good images are called."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surfedge.metrics.counting.checked import checked_scores
from surfedge.metrics.counting.figure import CALLS, Figure, good
from surfedge.metrics.counting.levels import ratio


def false_call_rate(is_defect: npt.ArrayLike, scores: npt.ArrayLike, threshold: float) -> float:
    """FP / (FP + TN) of calling images with score > threshold.

    is_defect : bool or 0/1, (M,). scores : (M,). threshold : in the unit of the scores.

    Returns a value in [0, 1]; NaN without good images. Raises ArgumentError as `image_auroc` does.

    >>> false_call_rate([False, False, True], [0.6, 0.4, 0.8], threshold=0.5)
    0.5
    """
    truth, values = checked_scores(is_defect, scores)
    return float(ratio(np.count_nonzero((values > threshold) & ~truth), np.count_nonzero(~truth)))


FIGURES = (
    Figure(
        "false_call_rate",
        CALLS,
        lambda calls: ratio(calls.false_calls, calls.good),
        title="false calls at the limit",
        over=good,
        is_quoted=True,
    ),
)

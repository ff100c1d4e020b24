"""Image F1, at a limit or at its best, and the limit that makes it best."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.checked import checked_scores
from surfedge.metrics.counting.figure import CALLS, SCORES, Figure
from surfedge.metrics.counting.levels import Array, f1_scores, last_best, levels_of, limit_under, ratio


def image_f1(is_defect: npt.ArrayLike, scores: npt.ArrayLike, threshold: float | None = None) -> float:
    """F1 = 2 TP / (2 TP + FP + FN) of calling images with score > threshold; the best attainable for None.

    is_defect : bool or 0/1, (M,). scores : (M,). threshold : in the unit of the scores.

    Returns a value in [0, 1]; NaN without defect images. Raises ArgumentError as `image_auroc` does. Source:
    van Rijsbergen, "Information Retrieval", 1979, chapter 7.

    >>> image_f1([False, True, True], [0.1, 0.4, 0.8])
    1.0
    >>> image_f1([False, True, True], [0.1, 0.4, 0.8], threshold=0.4)
    0.6666666666666666
    """
    truth, values = checked_scores(is_defect, scores)
    if threshold is None:
        return best_image_limit(truth, values)[1]
    called = values > threshold
    tp, wrong = np.count_nonzero(called & truth), np.count_nonzero(called != truth)
    return float(2 * tp / (2 * tp + wrong)) if truth.any() else float("nan")


def best_image_limit(is_defect: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[float, float]:
    """The limit with the best image F1 (T3), and that F1.

    Of equally good limits the lowest; (nan, nan) without defect images. The limit lies midway between two
    scores. Source: Gudovskiy et al., "CFLOW-AD", 2022, section 5.

    >>> best_image_limit([False, True, True], [0.25, 0.75, 1.0])
    (0.5, 1.0)
    """
    truth, values = checked_scores(is_defect, scores)
    if not truth.any():
        return float("nan"), float("nan")
    distinct, negatives, positives = levels_of(truth, values)
    f1 = f1_scores(negatives, positives)
    level = last_best(f1)
    return limit_under(distinct, level), float(f1[level])


def _at_limit(calls: Calls) -> Array:
    return ratio(2.0 * calls.found, calls.found + calls.false_calls + calls.defective)


FIGURES = (
    Figure(
        "image_f1_best",
        SCORES,
        lambda scores: f1_scores(scores.negatives, scores.positives).max(-1),
        title="best image F1",
        is_quoted=True,
    ),
    Figure("image_f1", CALLS, _at_limit, title="image F1 at the limit"),
)

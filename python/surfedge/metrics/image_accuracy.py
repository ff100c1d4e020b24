"""Image accuracy, at a limit or at its best, and the limit with the fewest misclassified images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.checked import checked_scores
from surfedge.metrics.counting.figure import CALLS, SCORES, Figure, ScoreCounts
from surfedge.metrics.counting.levels import Array, last_best, levels_of, limit_under, ratio


def image_accuracy(is_defect: npt.ArrayLike, scores: npt.ArrayLike, threshold: float | None = None) -> float:
    """Fraction of images judged right when score > threshold is called defective; the best attainable for None.

    is_defect : bool or 0/1, (M,). scores : (M,). threshold : in the unit of the scores.

    Returns a value in [0, 1]. Raises ArgumentError as `image_auroc` does.

    >>> image_accuracy([False, True, True, False], [0.1, 0.4, 0.8, 0.9], threshold=0.5)
    0.5
    """
    truth, values = checked_scores(is_defect, scores)
    if threshold is None:
        return 1.0 - fewest_misses_limit(truth, values)[1] / truth.size
    return float(np.mean((values > threshold) == truth))


def fewest_misses_limit(is_defect: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[float, int]:
    """The limit with the fewest misclassified images, and their number; of equals the lowest limit.

    Calling no image defective is among the choices: then the limit is the highest score.

    >>> fewest_misses_limit([False, True, False, True], [0.25, 0.5, 0.75, 1.0])
    (0.375, 1)
    """
    truth, values = checked_scores(is_defect, scores)
    distinct, negatives, positives = levels_of(truth, values)
    gained = np.concatenate(([0.0], np.cumsum(positives - negatives)))
    level = last_best(gained)
    return limit_under(distinct, level - 1), int(truth.sum() - gained[level])


def _best(scores: ScoreCounts) -> Array:
    good, defective = scores.negatives.sum(-1), scores.positives.sum(-1)
    gained = np.cumsum(scores.positives - scores.negatives, -1).max(-1)
    return ratio(good + np.maximum(gained, 0.0), good + defective)


def _at_limit(calls: Calls) -> Array:
    return ratio(calls.found + calls.good - calls.false_calls, calls.good + calls.defective)


FIGURES = (
    Figure("image_accuracy_best", SCORES, _best, title="best image accuracy"),
    Figure("image_accuracy", CALLS, _at_limit, title="image accuracy at the limit"),
)

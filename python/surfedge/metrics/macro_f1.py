"""Macro F1: the F1 of each class, averaged, so that rare classes count as much as common ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.confusion import Confusion
from surfedge.metrics.counting.figure import CLASSES, Figure
from surfedge.metrics.counting.levels import Array, ratio


def macro_f1(truth: Sequence[str], given: Sequence[str]) -> float:
    """The mean over the true classes of 2 TP / (2 TP + FP + FN).

    truth, given : class names, one for each image. Returns a value in [0, 1]. Raises ArgumentError as `Confusion.of`
    does. Source: Manning, Raghavan, Schuetze, "Introduction to Information Retrieval", 2008, section 13.6.

    >>> round(macro_f1(["dent", "hole", "hole"], ["dent", "hole", "dent"]), 4)
    0.6667
    """
    return Confusion.of(truth, given).macro_f1


def _of_calls(calls: Calls) -> Array:
    truth = np.array([row.label for row in calls.rows])
    given = np.array([row.given_class for row in calls.rows])
    scores = []
    for name in np.unique(truth):
        right = calls.total((truth == name) & (given == name))
        both = calls.total(truth == name) + calls.total(given == name)
        drawn = calls.total(truth == name) > 0  # a class that a resampling left out is not averaged
        scores.append(np.where(drawn, ratio(2.0 * right, both), np.nan))
    return np.asarray(np.nanmean(scores, axis=0))


FIGURES = (Figure("macro_f1", CLASSES, _of_calls, title="macro F1 of classes", is_quoted=True),)

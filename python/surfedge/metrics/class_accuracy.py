"""Class accuracy: how many of the defective images a classifier gave their kind of defect."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.figure import CLASSES, Figure, defective
from surfedge.metrics.counting.levels import Array, ratio


def class_accuracy(truth: Sequence[str], given: Sequence[str], good: Sequence[str] = ("good",)) -> float:
    """The fraction of images whose true class is a defect that were given that class.

    truth, given : class names, one for each image. good : the classes that are no defect. Returns a value in [0, 1];
    NaN without defective images. Raises ArgumentError for different counts. Source: the thesis on autoencoder features
    for steel defects with few labels (2024), chapter 4, which says "of the defect families"; the definition is ours.

    >>> class_accuracy(["good", "dent", "hole", "hole"], ["dent", "hole", "hole", "hole"])
    0.6666666666666666
    """
    if len(truth) != len(given):
        raise ArgumentError("classes", found=f"{len(truth)} true and {len(given)} given", expected="as many")
    right = [one == other for one, other in zip(truth, given, strict=True) if one not in good]
    return float(np.mean(right)) if right else float("nan")


def _of_calls(calls: Calls) -> Array:
    is_defect = calls.column("is_defect")
    return ratio(calls.total(calls.is_named * is_defect), calls.defective)


FIGURES = (
    Figure("class_accuracy", CLASSES, _of_calls, title="class accuracy of defects", over=defective, is_quoted=True),
)

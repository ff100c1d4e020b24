"""Global accuracy: how many of all images a classifier gave their class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.confusion import Confusion
from surfedge.metrics.counting.figure import CLASSES, Figure
from surfedge.metrics.counting.levels import Array, ratio


def global_accuracy(truth: Sequence[str], given: Sequence[str]) -> float:
    """The fraction of images that were given their true class, good ones among them.

    truth, given : class names, one for each image. Returns a value in [0, 1]. Raises ArgumentError as `Confusion.of`
    does. Source: the thesis on autoencoder features for steel defects with few labels (2024), chapter 4.

    >>> global_accuracy(["good", "dent", "hole", "hole"], ["good", "hole", "hole", "hole"])
    0.75
    """
    return Confusion.of(truth, given).accuracy


def _of_calls(calls: Calls) -> Array:
    return ratio(calls.total(calls.is_named), calls.total(np.ones(len(calls.rows))))


FIGURES = (Figure("global_accuracy", CLASSES, _of_calls, title="global accuracy of classes", is_quoted=True),)

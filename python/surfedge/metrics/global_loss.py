"""Global loss: how improbable a classifier held the true classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.counting.figure import CLASSES, Figure
from surfedge.metrics.counting.levels import Array, ratio

LEAST = 1e-12  # probability of a true class, so that one image cannot make the loss infinite


def global_loss(probabilities: Sequence[float] | npt.NDArray[np.float64]) -> float:
    """-mean log p over all images, p the probability of the image's true class, 1e-12 at least.

    Returns a value >= 0. Raises ArgumentError for no images, or a probability outside 0 to 1. Source: the thesis on
    autoencoder features for steel defects with few labels (2024), chapter 4.

    >>> round(global_loss([1.0, 0.5]), 4)
    0.3466
    """
    values = np.asarray(probabilities, np.float64)
    if not values.size or not ((values >= 0) & (values <= 1 + 1e-6)).all():
        raise ArgumentError("probabilities", found=f"{values.size} values", expected="one or more, 0 to 1")
    return float(-np.log(np.maximum(values, LEAST)).mean() + 0.0)


def _of_calls(calls: Calls) -> Array:
    losses = -np.log(np.maximum(calls.column("true_probability"), LEAST))
    return ratio(calls.total(losses), calls.total(np.ones(len(calls.rows))))


FIGURES = (Figure("global_loss", CLASSES, _of_calls, title="global loss of classes"),)

"""Bootstrap over images: how far a metric would move had other images of the same kind been in the test set.

Source: Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentile interval). Images
are drawn with replacement within each label, so that every sample has as many of each as the test set.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError
from surfedge.metrics.counting import levels

Array = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float32]


def stratified_weights(labels: Sequence[str], samples: int, seed: int = 0) -> Weights:
    """How often each image is drawn: float32 (samples, M), whole numbers; the same for the same seed.

    >>> stratified_weights(["good", "good", "hole"], 4).sum(axis=1).tolist()
    [3.0, 3.0, 3.0, 3.0]
    """
    if samples < 1:
        raise ArgumentError("samples", found=str(samples), expected="1 or more", remedy="pass samples=1000")
    rng = np.random.default_rng(seed)
    names = np.asarray(labels)
    weights = np.zeros((samples, names.size), np.float32)
    for label in np.unique(names):
        where = np.flatnonzero(names == label)
        weights[:, where] = rng.multinomial(where.size, np.full(where.size, 1.0 / where.size), size=samples)
    return weights


def resampled_scores(is_defect: npt.NDArray[np.bool_], scores: Array, weights: Weights) -> tuple[Array, Array]:
    """Negatives and positives per level, (samples, L) each, highest first, of image scores (M,)."""
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])
    drawn = weights[:, order].astype(np.float64)
    positives = np.add.reduceat(drawn * is_defect[order], starts, axis=1)
    return np.add.reduceat(drawn * ~is_defect[order], starts, axis=1), positives


def percentile_interval(values: Array, confidence: float = 0.95) -> tuple[float, float]:
    """The middle `confidence` of the values that are numbers; (nan, nan) when there is none.

    >>> percentile_interval(np.arange(101.0), 0.50)
    (25.0, 75.0)
    """
    if not 0.0 < confidence < 1.0:
        raise ArgumentError("confidence", found=str(confidence), expected="between 0 and 1", remedy="pass 0.95")
    values = values[np.isfinite(values)]
    if values.size == 0:
        return float("nan"), float("nan")
    tail = 0.5 * (1.0 - confidence)
    low, high = np.quantile(values, (tail, 1.0 - tail))
    return float(low), float(high)


def image_auroc_interval(
    is_defect: npt.ArrayLike, scores: npt.ArrayLike, *, samples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Bootstrap interval of the image AUROC alone; see `surfedge.metrics.test_set` for all metrics at once.

    >>> image_auroc_interval([False, False, True, True], [0.1, 0.2, 0.8, 0.9])
    (1.0, 1.0)
    """
    from surfedge.metrics.counting.checked import checked_scores

    truth, values = checked_scores(is_defect, scores)
    weights = stratified_weights([str(flag) for flag in truth], samples, seed)
    return percentile_interval(levels.auroc(*resampled_scores(truth, values, weights)), confidence)

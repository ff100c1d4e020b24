"""Which images to mark next: uncertain ones that are unlike those marked already.

Each choice takes the largest product of uncertainty and distance to the nearest marked or chosen image: farthest-first
traversal (T. F. Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985; as a way to choose labels:
O. Sener, S. Savarese, "Active learning for convolutional neural networks: a core-set approach", 2018), weighted by
how little the detector knows, so that near copies of one doubtful image are not asked for one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surfedge.errors import ArgumentError

UNKNOWN = 0.5  # uncertainty of what was not scored yet: in the middle
SHARPNESS = 2.0  # exponent of the uncertainty: at 0 only the distance counts
_CHUNK = 256


def near_limit(scores: np.ndarray, limit: float) -> np.ndarray:
    """How uncertain verdicts are: 1 less the fraction of images between the score and the limit, float64 (N,), 0 to 1.

    scores : (N,), NaN where there is none yet; those get `UNKNOWN`. By ranks, so that no unit or scale matters.

    >>> near_limit(np.array([1.0, 2.0, 3.0, 9.0]), 2.5).tolist()
    [0.75, 1.0, 1.0, 0.75]
    """
    known = np.sort(scores[np.isfinite(scores)])
    if not known.size:
        return np.full(scores.shape, UNKNOWN)
    below_limit = np.searchsorted(known, limit, side="right")
    # Images from the score itself to the limit, itself not counted: a score's right or left rank, whichever is nearer.
    rank = np.where(scores <= limit, np.searchsorted(known, scores, "right"), np.searchsorted(known, scores, "left"))
    return np.where(np.isfinite(scores), 1.0 - np.abs(rank - below_limit) / known.size, UNKNOWN)


def above_limit(scores: np.ndarray, limits: np.ndarray) -> tuple[np.ndarray, float]:
    """Scores in units in which one limit holds for all, and that limit: limits may differ from image to image.

    scores, limits : (N,), NaN where there is none yet.

    >>> above_limit(np.array([4.0, 30.0, np.nan]), np.array([8.0, 20.0, np.nan]))
    (array([0.5, 1.5, nan]), 1.0)
    """
    if (limits[np.isfinite(limits)] > 0).all():
        return scores / limits, 1.0
    return scores - limits, 0.0


class Proposals:
    """What to mark next among N images, by their features; marks come one after the other.

    features : (N, D); each column is brought to mean 0 and std 1. NaN in a row: an image that was not described yet,
        which counts as an ordinary one.

    >>> proposals = Proposals(np.array([[0.0], [0.1], [5.0], [5.1]]))
    >>> proposals.add(0)
    >>> proposals.next(np.ones(4), np.array([True, False, False, False]), 2).tolist()
    [3, 1]
    """

    def __init__(self, features: np.ndarray) -> None:
        if features.ndim != 2:
            raise ArgumentError("features", found=f"shape {features.shape}", expected="(N, D)")
        self._features = standardised(features)
        self._squares = np.einsum("nd,nd->n", self._features, self._features)
        self._nearest = np.full(len(features), np.inf)

    def add(self, *marked: int) -> None:
        """The images `marked` are marked from now on."""
        self._nearest = self._with(self._nearest, marked)

    def next(
        self, uncertainty: np.ndarray, is_done: np.ndarray, count: int, sharpness: float = SHARPNESS
    ) -> np.ndarray:
        """Up to `count` of the images that are not done, most useful first, int64.

        uncertainty : (N,), 0 to 1. is_done : bool (N,), marked ones and those that cannot be. Without a marked image
        the first is the most uncertain one.
        """
        weight = np.where(is_done, -1.0, uncertainty.clip(1e-6, 1.0) ** sharpness)
        nearest, chosen = self._nearest, []
        for _ in range(min(count, int(np.count_nonzero(~is_done)))):
            gain = weight * (nearest if np.isfinite(nearest[0]) else 1.0)
            best = int(gain.argmax())
            if gain[best] <= 0:  # copies of marked ones are all that is left
                best = int(weight.argmax())
            chosen.append(best)
            weight[best] = -1.0
            nearest = self._with(nearest, (best,))
        return np.array(chosen, np.int64)

    def _with(self, nearest: np.ndarray, marked: Sequence[int]) -> np.ndarray:
        """Distance to the nearest of those that made `nearest` and of `marked`."""
        for start in range(0, len(marked), _CHUNK):
            some = np.array(marked[start : start + _CHUNK])
            squared = self._squares[:, None] + self._squares[some] - 2.0 * self._features @ self._features[some].T
            nearest = np.minimum(nearest, np.sqrt(squared.min(axis=1).clip(0.0)))
        return nearest


def standardised(features: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and std 1, constant ones 0; rows with NaN become 0, the mean. float64 (N, D)."""
    values = np.asarray(features, np.float64)
    known = np.asarray(np.isfinite(values).all(axis=1))
    if not known.any():
        return np.zeros(values.shape)
    mean, std = values[known].mean(axis=0), values[known].std(axis=0)
    scaled = np.divide(values - mean, std, out=np.zeros(values.shape), where=std > 1e-12 * np.abs(mean).clip(1e-12))
    return np.where(known[:, None], scaled, 0.0)

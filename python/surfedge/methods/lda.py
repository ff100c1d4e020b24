"""Linear discriminant analysis with a shrunk covariance: classes told apart by features, from a handful of images.

R. A. Fisher, "The use of multiple measurements in taxonomic problems", 1936; the covariance drawn to its diagonal as in
J. H. Friedman, "Regularized discriminant analysis", 1989. Arithmetic in NumPy: a head is learned in a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surfedge.errors import DatasetError

FOLDS = 5
STD_FLOOR = 1e-3  # of a feature, so that one that never changes does not weigh without limit
TEMPERATURES = np.geomspace(1.0, 1e4, 65)  # what logits are divided by

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LinearHead:
    """linear : float32 (F, K). offset : float32 (K,). The logits of features x are x @ linear + offset.

    crosswise : the class that each image of the training was given by a head that had not learned from it, int (N,).
    """

    linear: np.ndarray
    offset: np.ndarray
    crosswise: np.ndarray


def learn_head(
    features: np.ndarray, labels: Sequence[int], shrinkage: float, seed: int = 0, names: Sequence[str] = ()
) -> LinearHead:
    """The head of features (N, F) with class numbers 0..K-1; every class counts as much as every other.

    Within-class correlations are drawn to none by `shrinkage`, 0 to 1. The logits are divided by the temperature that
    makes the probabilities of images most likely that were left out in turn (C. Guo et al., "On calibration of modern
    neural networks", 2017).

    names : of the classes, for messages. Raises DatasetError for fewer than two classes, or a class with one image.

    >>> x = np.array([[0.0, 1.0], [0.1, 0.8], [1.0, 0.1], [0.9, 0.0]])
    >>> head = learn_head(x, [0, 0, 1, 1], 0.5)
    >>> (x @ head.linear + head.offset).argmax(axis=1).tolist()
    [0, 0, 1, 1]
    """
    x, y = np.asarray(features, np.float64), np.asarray(labels, np.int64)
    counts = np.bincount(y)
    if counts.size < 2 or counts.min() < 2:
        raise DatasetError(
            "labelled images",
            found="one class only" if counts.size < 2 else _fewest(counts, names),
            expected="two classes or more with two images or more each",
            remedy="add images",
        )
    left_out = np.zeros((len(y), counts.size))
    for learned, judged in _folds(y, seed):
        linear, offset = _discriminants(x[learned], y[learned], counts.size, shrinkage)
        left_out[judged] = x[judged] @ linear + offset
    linear, offset = _discriminants(x, y, counts.size, shrinkage)
    temperature = _temperature(left_out, y)
    crosswise = left_out.argmax(axis=1)
    return LinearHead((linear / temperature).astype(np.float32), (offset / temperature).astype(np.float32), crosswise)


def _fewest(counts: npt.NDArray[np.int64], names: Sequence[str]) -> str:
    """The classes with the fewest images, by name where they have one."""
    few = np.flatnonzero(counts == counts.min())
    each = [names[number] if number < len(names) else f"class {number}" for number in few.tolist()]
    return f"{counts.min()} image{'s' * int(counts.min() != 1)} of {', '.join(each)}"


def softmax(logits: np.ndarray) -> Array:
    """Probabilities along the last axis, float64."""
    powers = np.exp(np.asarray(logits, np.float64) - np.max(logits, axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _discriminants(x: Array, y: npt.NDArray[np.int64], classes: int, shrinkage: float) -> tuple[Array, Array]:
    """Linear part (F, K) and offset (K,) of equal priors."""
    means = np.stack([x[y == number].mean(axis=0) for number in range(classes)])
    within = x - means[y]
    freedom = max(len(x) - classes, 1)
    std = np.sqrt((within**2).sum(axis=0) / freedom + STD_FLOOR**2)
    within /= std
    correlation = (1.0 - shrinkage) * (within.T @ within) / freedom
    correlation[np.diag_indices_from(correlation)] += max(shrinkage, 1e-6)
    middle = means.mean(axis=0)  # what all classes share must not weigh: a feature of no spread would drown the others
    centres = (means - middle) / std
    linear = np.linalg.solve(correlation, centres.T)
    offset = -0.5 * np.einsum("fk,kf->k", linear, centres)
    linear = linear / std[:, None]
    return linear, offset - middle @ linear


def _folds(y: npt.NDArray[np.int64], seed: int) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """(learned from, judged): each image is judged once, and every class is always learned from."""
    rng, fold = np.random.default_rng([seed, 8]), np.empty(len(y), np.int64)
    for number in np.unique(y):
        own = rng.permutation(np.flatnonzero(y == number))
        fold[own] = np.arange(own.size) % FOLDS
    for each in np.unique(fold):
        yield np.flatnonzero(fold != each), np.flatnonzero(fold == each)


def _temperature(logits: Array, y: npt.NDArray[np.int64]) -> float:
    losses = []
    for temperature in TEMPERATURES:
        of_truth = softmax(logits / temperature)[np.arange(len(y)), y]
        losses.append(-np.log(np.maximum(of_truth, 1e-12)).mean())
    return float(TEMPERATURES[int(np.argmin(losses))])

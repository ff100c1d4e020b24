"""KID: the squared maximum mean discrepancy between two sets of features, unbiased, with its error.

M. Binkowski, D. J. Sutherland, M. Arbel, A. Gretton, "Demystifying MMD GANs", 2018, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surfedge.metrics.feature_sets.checked import pair

LEAST = 4  # images of each set
SUBSETS = 100
MOST_IN_SUBSET = 500  # images


@dataclass(frozen=True)
class Kid:
    """value : over all images, unbiased; about 0 for two samples of the same kind of images, then often below it.
    error : standard deviation of `value`, from subsets of `subset` images each.
    """

    value: float
    error: float
    subset: int


def kid(real: np.ndarray, made: np.ndarray, seed: int = 0) -> Kid:
    """The kernel is (a.b / D + 1)^3 over features (N, D) and (M, D) of the same network.

    error : the spread over random subsets of a quarter of the images, halved, since it falls at least with the square
    root of their number.

    >>> rows = np.random.default_rng(0).normal(size=(200, 8))
    >>> found = kid(rows[:100], rows[100:])
    >>> abs(found.value) < 3 * found.error, kid(rows, rows + 1).value > 1
    (True, True)
    """
    first, second = pair(real, made, LEAST)
    value = _unbiased(*_kernels(first, second))
    rng = np.random.default_rng(seed)
    least = min(len(first), len(second))
    subset = max(2, min(least // 4, MOST_IN_SUBSET))
    drawn = []
    for _ in range(SUBSETS):
        a, b = (rows[rng.permutation(len(rows))[:subset]] for rows in (first, second))
        drawn.append(_unbiased(*_kernels(a, b)))
    return Kid(value, float(np.std(drawn) * np.sqrt(subset / least)), subset)


def _kernels(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = a.shape[1]
    aa, bb, ab = ((left @ right.T / size + 1.0) ** 3 for left, right in ((a, a), (b, b), (a, b)))
    return aa, bb, ab


def _unbiased(aa: np.ndarray, bb: np.ndarray, ab: np.ndarray) -> float:
    """Mean over pairs of different images within each set, less twice that across."""
    own = sum((k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (aa, bb))
    return float(own - 2.0 * ab.mean())

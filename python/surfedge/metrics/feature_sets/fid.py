"""FID: the Frechet distance between two sets of features, each taken for a Gaussian.

M. Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash equilibrium", 2017, equation 6.
"""

from __future__ import annotations

import numpy as np

from surfedge.metrics.feature_sets.checked import pair


def fid(real: np.ndarray, made: np.ndarray) -> float:
    """||mu_r - mu_g||^2 + trace(S_r + S_g - 2 (S_r S_g)^(1/2)); 0 for equal moments.

    real, made : float (N, D) and (M, D), features of the same network. With N or M of D or fewer the covariance is
    singular and the figure is too high: see `is_singular`.

    >>> rows = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    >>> round(fid(rows, rows), 6), round(fid(rows, rows + [3.0, 0.0]), 6)
    (0.0, 9.0)
    """
    first, second = pair(real, made, 2)
    apart = first.mean(axis=0) - second.mean(axis=0)
    one, two = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (first, second))
    # The trace of the root of S_r S_g is that of the symmetric root(S_r) S_g root(S_r), whose eigenvalues are real.
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    crossed = np.linalg.eigvalsh(root @ two @ root)
    total = float(apart @ apart + np.trace(one) + np.trace(two) - 2 * np.sqrt(np.maximum(crossed, 0)).sum())
    return max(0.0, total)


def is_singular(real: np.ndarray, made: np.ndarray) -> bool:
    """Whether there are too few images for the covariance of their features."""
    return min(len(real), len(made)) <= np.shape(real)[1]

"""What marked defects add to a good-only distance: a discriminant between their cells and good ones.

Two classes, one shrunk covariance (R. A. Fisher, "The use of multiple measurements in taxonomic problems", 1936; J. H.
Friedman, "Regularized discriminant analysis", 1989), on the features or, where they are few, on their products as well:

    s(x) = v . (phi(x) - mean of good), of standard deviation 1 over good cells
    map  = distance from good + gain * max(0, s - t), or its root: gain * sqrt(max(0, s - t))

with t what all but a few good cells stay below. Where s says nothing the map is the distance alone, so that a kind of
defect that nobody marked is found as before. Many features are taken as they are and their covariance is drawn to one
variance for all (O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004);
few ones are whitened, and that of their products is drawn to their own variances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surfedge.errors import require
from surfedge.methods.covariance import whitener_of

WHITENING = 0.01  # shrinkage of the correlations in the coordinates in which products are taken
ROOT, SUM = 1.0, 2.0  # what a head adds
FOLDS = 4  # an image is judged by what the good cells of the other folds taught


@dataclass(frozen=True)
class MarkedForm:
    """order : 1 for the features alone, 2 whitened and with their products. weight : of the marked cells' covariance,
    the good ones have the rest. shrinkage : how far covariances are drawn to none. gain : of what is added, in standard
    deviations of the good-only distance. level : the fraction of good cells to which the discriminant adds nothing.
    is_root : whether the root is added, in which strong defects count for less.
    """

    order: int
    weight: float
    shrinkage: float
    gain: float
    level: float = 0.99
    is_root: bool = True


def excess(head: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """What a head adds to the map: float32 (N,), 0 or more, for the features float32 (D, N) of N cells.

    head : float32 (1 + K, D + 2), a row each for y = weights . x + constant, and a gain in the last column; summed up
    are y of the first row, and gain times the square of y of the others. The first row's last number says what is
    added: ROOT the sum's root, SUM the sum itself.

    >>> excess(np.float32([[1, 0, -2, ROOT], [0, 1, 0, 3]]), np.float32([[6, 1], [0, 0]])).tolist()
    [2.0, 0.0]
    >>> excess(np.float32([[1, 0, -2, SUM]]), np.float32([[6, 1], [0, 0]])).tolist()
    [4.0, 0.0]
    """
    y = head[:, :-2] @ cells + head[:, -2:-1]
    total: np.ndarray = y[0]
    if len(head) > 1:
        total = total + head[1:, -1] @ np.square(y[1:], out=y[1:])
    total = np.maximum(total, np.float32(0))
    return total if head[0, -1] == SUM else np.sqrt(total)


class HeadLearner:
    """Sums over good cells by fold, from which a head follows, also without one fold.

    good : float32 (n, D) for each good image, in their order. spread : standard deviation of the good-only distance.
    """

    def __init__(
        self, form: MarkedForm, good: Sequence[np.ndarray], marked: np.ndarray, images: np.ndarray, spread: float
    ) -> None:
        """marked : float32 (N, D), cells of marked defects. images : int (N,), which image each is of; every image
        counts the same."""
        self._form, self._spread = form, spread
        cells = np.concatenate(good).T
        self._mean = cells.mean(axis=1, dtype=np.float64).astype(np.float32)
        if form.order == 2:
            self._whitener = whitener_of(np.cov(cells - self._mean[:, None]), WHITENING)
        lifted = [self._lifted(each) for each in good]
        self._good = {fold: np.concatenate(part) for fold in range(FOLDS) if (part := lifted[fold::FOLDS])}
        self._sums = {fold: _sums(part) for fold, part in self._good.items()}
        _, which, counts = np.unique(images, return_inverse=True, return_counts=True)
        weights = 1.0 / counts[which]
        weights /= weights.sum()
        around = self._lifted(marked).astype(np.float64)
        self._marked_mean = weights @ around
        around -= self._marked_mean
        self._marked_covariance = (around * weights[:, None]).T @ around

    def head(self, left_out: int = -1) -> np.ndarray:
        """The head by the good cells of all folds but one; of all for -1. float32, see `excess`."""
        folds = [fold for fold in self._good if fold != left_out] or list(self._good)
        count, first, second = (sum(each) for each in zip(*(self._sums[fold] for fold in folds), strict=True))
        mean = np.asarray(first / count)
        direction = self._direction(mean, np.asarray(second / count) - np.outer(mean, mean))
        scores = [self._good[fold] @ direction.astype(np.float32) for fold in folds]
        limit = float(np.quantile(np.concatenate(scores), self._form.level))
        return self._as_array(direction, limit)

    def _direction(self, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
        """v of the discriminant, float64, of standard deviation 1 over good cells."""
        form = self._form
        within = (1 - form.weight) * covariance + form.weight * self._marked_covariance
        variances = np.diag(within)
        drawn_to = variances if form.order == 2 else np.full_like(variances, variances.mean())
        within = (1 - form.shrinkage) * within
        within[np.diag_indices_from(within)] += form.shrinkage * drawn_to + 1e-9
        found: np.ndarray = np.linalg.solve(within, self._marked_mean - mean)
        deviation = float(np.sqrt(max(found @ covariance @ found, 0.0)))
        return found / deviation if deviation > 0 else found

    def _lifted(self, cells: np.ndarray) -> np.ndarray:
        """phi: the features around their mean, float32 (n, D); with order 2 whitened, and their products,
        (n, D + D (D + 1) / 2)."""
        around: np.ndarray = cells - self._mean
        if self._form.order == 1:
            return around
        white = around @ self._whitener.T
        row, column = np.triu_indices(white.shape[1])
        return np.concatenate([white, white[:, row] * white[:, column]], axis=1)

    def _as_array(self, direction: np.ndarray, limit: float) -> np.ndarray:
        """The sum as `excess` computes it: products as squares along their matrix' own directions."""
        form, size, mean = self._form, len(self._mean), self._mean.astype(np.float64)
        scale = form.gain * self._spread
        scale = scale**2 if form.is_root else scale
        whitener = self._whitener.astype(np.float64) if form.order == 2 else np.eye(size)
        linear = direction[:size] @ whitener
        head = np.zeros((1 + (size if form.order == 2 else 0), size + 2))
        head[0, :size] = scale * linear
        head[0, size:] = -scale * (linear @ mean + limit), ROOT if form.is_root else SUM
        if form.order == 2:
            row, column = np.triu_indices(size)
            products = np.zeros((size, size))
            products[row, column] = direction[size:]
            gains, turns = np.linalg.eigh(0.5 * (products + products.T))
            rows = turns.T @ whitener
            head[1:, :size], head[1:, size], head[1:, size + 1] = rows, -rows @ mean, scale * gains
        return head.astype(np.float32)


def _sums(cells: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    return len(cells), cells.sum(axis=0, dtype=np.float64), (cells.T @ cells).astype(np.float64)


def check_head(name: str, head: np.ndarray | None, size: int) -> None:
    """Raises ArgumentError unless `head` is None or one for cells of `size` features."""
    if head is None:
        return
    require(f"{name}.marked_head", head.dtype, head.dtype == np.float32, "float32")
    fits = head.ndim == 2 and head.shape[1] == size + 2 and 1 <= len(head) <= size + 1
    require(f"{name}.marked_head", head.shape, fits, f"(1 to {size + 1}, {size + 2})")
    require(f"{name}.marked_head", "NaN or infinity", bool(np.isfinite(head).all()), "finite values")
    require(f"{name}.marked_head", f"{head[0, -1]:g} last in the first row", head[0, -1] in (ROOT, SUM), "1 or 2")

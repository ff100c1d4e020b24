"""What is usual at each position of an image: a mean and a whitener for each, drawn to those of all positions.

T. Defard et al., "PaDiM: a patch distribution modeling framework for anomaly detection and localization", 2021 (a
Gaussian for each position); O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance
matrices", 2004 (drawn to a simpler one the more, the fewer samples there are). Each position is seen together with its
eight neighbours, for a part is never quite in place.
"""

from __future__ import annotations

import numpy as np

from surfedge.errors import ArgumentError
from surfedge.methods.covariance import STD_FLOOR

WAITING_CELLS = 16  # of a position, that are added at once


def blocks(features: np.ndarray, least: int, most: int) -> np.ndarray:
    """Features (D, rows, columns) of a grid in square blocks of it, one a position: float32 (R, C, D, cells).

    A block has `least` cells a side, or as many more as keep R and C at `most`; the last ones are filled up with
    their own last cells. `most` 1: one block, without filling.
    """
    size, rows, columns = features.shape
    if most == 1:
        return features.reshape(1, 1, size, rows * columns)
    side = max(least, -(-rows // most), -(-columns // most))
    down, right = -rows % side, -columns % side
    if down or right:
        features = np.pad(features, ((0, 0), (0, down), (0, right)), mode="edge")
    r, c = features.shape[1] // side, features.shape[2] // side
    cut = features.reshape(size, r, side, c, side).transpose(1, 3, 0, 2, 4)
    return np.ascontiguousarray(cut).reshape(r, c, size, side * side)


def unblocked(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Values (R, C, cells) of blocks back on the grid of `shape` (rows, columns), what was filled up left out."""
    r, c, cells = values.shape
    if r == c == 1 and cells == shape[0] * shape[1]:
        return values.reshape(shape)
    side = round(cells**0.5)
    laid = values.reshape(r, c, side, side).swapaxes(1, 2).reshape(r * side, c * side)
    return np.ascontiguousarray(laid[: shape[0], : shape[1]])


def stretched(grid: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """What was learned on a grid of positions (R, C, ...), for one of another shape: the nearest position's."""
    if grid.shape[:2] == shape:
        return grid
    at = [(np.arange(n) * size) // n for n, size in zip(shape, grid.shape[:2], strict=True)]
    return grid[at[0][:, None], at[1]]


class PositionMoments:
    """Sums over the features of good images, position by position, around the first image's mean: float64, products
    float32, which are the bulk.

    The grid of positions is the first image's; others are laid over it.
    """

    def __init__(self) -> None:
        self.centre: np.ndarray | None = None  # (D,)
        self.images: np.ndarray | None = None  # (R, C)
        self._counts = np.zeros(0)
        self._sums = np.zeros(0)
        self._products = np.zeros(0)
        self._waiting: list[np.ndarray] = []

    def add(self, cells: np.ndarray) -> None:
        """`cells` (R, C, D, n) of one image, see `blocks`."""
        if self._waiting and self._waiting[0].shape != cells.shape:
            self._add_waiting()
        self._waiting.append(cells)
        if len(self._waiting) * cells.shape[3] >= WAITING_CELLS:
            self._add_waiting()

    def _add_waiting(self) -> None:
        """The images that wait, of one shape, at once: products of a few cells cost more to add than to make."""
        if not self._waiting:
            return
        images, cells = len(self._waiting), np.concatenate(self._waiting, axis=3)
        self._waiting = []
        if self.centre is None or self.images is None:
            r, c, size, _ = cells.shape
            self.centre = cells.mean(axis=(0, 1, 3), dtype=np.float64).astype(np.float32)
            self.images, self._counts = np.zeros((r, c)), np.zeros((r, c))
            self._sums, self._products = np.zeros((r, c, size)), np.zeros((r, c, size, size), np.float32)
        around = stretched(cells - self.centre[:, None], self.images.shape)
        self.images += images
        self._counts += around.shape[3]
        self._sums += around.sum(axis=3, dtype=np.float64)
        self._products += around @ around.swapaxes(2, 3)

    def mean_and_covariance(self, prior_images: float) -> tuple[np.ndarray, np.ndarray]:
        """(R, C, D), float64, and (R, C, D, D), float32, drawn to those of all positions as if `prior_images` more
        images had shown them at each."""
        self._add_waiting()
        if self.centre is None or self.images is None:
            raise ArgumentError("good images", found="none", expected="at least one", remedy="give good images")
        total = self._counts.sum()
        mean = self._sums.sum(axis=(0, 1)) / total
        covariance = self._products.sum(axis=(0, 1), dtype=np.float64) / total - np.outer(mean, mean)
        if self._counts.size == 1:
            return (self.centre + mean)[None, None], covariance[None, None].astype(np.float32)
        counts = _of_neighbours(self._counts[..., None])
        means = _of_neighbours(self._sums) / counts
        own = _of_neighbours(self._products.reshape(*self._counts.shape, -1)).reshape(self._products.shape)
        drawn = prior_images / (self.images[..., None] + prior_images)
        for row in range(len(own)):  # in place: a temporary array of all positions would be as large again
            own[row] /= counts[row, ..., None]
            own[row] -= means[row, :, :, None] * means[row, :, None, :]
            own[row] *= 1 - drawn[row, ..., None]
            own[row] += drawn[row, ..., None] * covariance
        return self.centre + (1 - drawn) * means + drawn * mean, own


def whiteners_of(covariances: np.ndarray, shrinkage: float) -> np.ndarray:
    """Lower-triangular W with W C W' = 1 for each shrunk covariance C, float32 (R, C, D, D)."""
    return np.stack([_whiteners_of_row(row, shrinkage) for row in covariances])


def _whiteners_of_row(covariances: np.ndarray, shrinkage: float) -> np.ndarray:
    covariances, size = covariances.astype(np.float64), covariances.shape[-1]
    std = np.sqrt(np.maximum(np.diagonal(covariances, axis1=-2, axis2=-1), 0.0) + STD_FLOOR**2)
    correlation = (1.0 - shrinkage) * covariances / (std[..., :, None] * std[..., None, :])
    correlation[..., np.arange(size), np.arange(size)] = 1.0
    try:
        triangles = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        raise ArgumentError(
            "bank.shrinkage", found=shrinkage, expected="more for so few or so equal images", remedy="use 0.01 or more"
        ) from None
    return np.asarray(np.tril(np.linalg.inv(triangles)) / std[..., None, :], np.float32)


def _of_neighbours(grid: np.ndarray) -> np.ndarray:
    """Means over 3 x 3 positions, (R, C, n), the border ones repeated beyond it."""
    padded = np.pad(grid, ((1, 1), (0, 0), (0, 0)), mode="edge")
    rows = padded[:-2] + padded[1:-1]
    rows += padded[2:]
    padded = np.pad(rows, ((0, 0), (1, 1), (0, 0)), mode="edge")
    found = padded[:, :-2] + padded[:, 1:-1]
    found += padded[:, 2:]
    found /= 9
    return np.asarray(found)

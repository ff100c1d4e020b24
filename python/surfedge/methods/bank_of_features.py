"""A bank of good features: whitened position by position, a few kept, and how far a new one is from the nearest.

For the features of any grid, float32 (D, rows, columns): those of patches (surfedge.methods.bank) or of a network.
K. Roth et al., "Towards total recall in industrial anomaly detection" (PatchCore), 2022.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surfedge import kernels
from surfedge.methods.bank_coreset import coreset
from surfedge.methods.bank_positions import PositionMoments, blocks, stretched, unblocked, whiteners_of

CANDIDATES = 20_000  # cells that the entries are chosen from
KEPT_OF_IMAGE = 2_048  # cells of an image that may become candidates
MOST_KEPT = 1 << 18  # over all images; then every second is dropped
NEIGHBOURS = 3  # of an entry, by which its spacing is measured


@dataclass(frozen=True)
class BankForm:
    """entries : how many features are kept; 0 measures from the mean instead. positions : most of them along a side of
    the grid; 1 is one for the whole image. least_cells : of a position, a side. prior_images : how far each position is
    drawn to all of them, see PositionMoments. shrinkage : how far correlations are drawn to none. own_share : how far
    an image's own mean is taken out. by_spacing : distances are divided by the spacing of the entries there.
    """

    entries: int = 1000
    positions: int = 32
    least_cells: int = 2
    prior_images: float = 40.0
    shrinkage: float = 0.01
    own_share: float = 0.5
    by_spacing: bool = True
    seed: int = 0


@dataclass(frozen=True)
class FeatureBank:
    """centre : float32 (R, C, D). triangle : float32 (R, C, D (D + 1) / 2), lower triangle of the whiteners, row by
    row. entries : float32 (M, D), whitened. spacing : float32 (M,), 1 for the middle one.
    """

    form: BankForm
    centre: np.ndarray
    triangle: np.ndarray
    entries: np.ndarray
    spacing: np.ndarray

    def distance(self, features: np.ndarray) -> np.ndarray:
        """How far each cell of `features`, float32 (D, rows, columns), is from what is good: float32 (rows, columns).

        In standard deviations: from the nearest entry, or with a bank of none from the mean.
        """
        form, grid = self.form, features.shape[1:]
        cells = blocks(_without_own(features, form.own_share), form.least_cells, form.positions)
        white = self._whitened(cells)
        if not form.entries:
            return unblocked(np.sqrt(np.einsum("rcdn,rcdn->rcn", white, white)), grid)
        r, c, size, count = white.shape
        columns = np.ascontiguousarray(white.transpose(2, 0, 1, 3)).reshape(size, -1)
        distance, entry = kernels.nearest(columns, self.entries)
        if form.by_spacing:
            distance /= self.spacing[entry]
        return unblocked(distance.reshape(r, c, count), grid)

    @cached_property
    def _whitener(self) -> np.ndarray:
        size = self.centre.shape[2]
        row, column = np.tril_indices(size)
        full = np.zeros((*self.centre.shape, size), np.float32)
        full[..., row, column] = self.triangle
        return full

    def _whitened(self, cells: np.ndarray) -> np.ndarray:
        shape = cells.shape[:2]
        return np.matmul(stretched(self._whitener, shape), cells - stretched(self.centre, shape)[..., None])


def learn_bank(form: BankForm, images: Iterable[np.ndarray]) -> FeatureBank:
    """The bank of good images' features, float32 (D, rows, columns) each; the same for the same images and seed."""
    rng, moments = np.random.default_rng(form.seed), PositionMoments()
    kept: list[tuple[np.ndarray, np.ndarray]] = []  # of each image positions (R, C) as 0..1, and features
    for features in images:
        cells = blocks(_without_own(features, form.own_share), form.least_cells, form.positions)
        moments.add(cells)
        if form.entries:
            kept.append(_drawn(cells, rng))
            if sum(len(of_image) for _, of_image in kept) > MOST_KEPT:
                kept = [(places[::2], of_image[::2]) for places, of_image in kept]
    mean, covariance = moments.mean_and_covariance(form.prior_images)
    whitener, centre = whiteners_of(covariance, form.shrinkage), mean.astype(np.float32)
    size = centre.shape[2]
    row, column = np.tril_indices(size)
    triangle = np.ascontiguousarray(whitener[..., row, column])
    entries = np.zeros((0, size), np.float32)
    if form.entries:
        entries = _entries(kept, centre, whitener, form.entries, rng)
    return FeatureBank(form, centre, triangle, entries, _spacing(entries))


def _without_own(features: np.ndarray, share: float) -> np.ndarray:
    if share == 0:
        return features
    own = features.mean(axis=(1, 2), dtype=np.float64).astype(np.float32)
    return features - np.float32(share) * own[:, None, None]


def _drawn(cells: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Some cells of an image: positions, 0 to 1 down and to the right, (n, 2), and features (n, D)."""
    r, c, _, count = cells.shape
    chosen = rng.permutation(r * c * count)[:KEPT_OF_IMAGE]
    row, column, cell = np.unravel_index(chosen, (r, c, count))
    return np.stack([(row + 0.5) / r, (column + 0.5) / c], axis=1), cells[row, column, :, cell]


def _entries(
    kept: list[tuple[np.ndarray, np.ndarray]],
    centre: np.ndarray,
    whitener: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> np.ndarray:
    places = np.concatenate([each for each, _ in kept])
    features = np.concatenate([each for _, each in kept])
    candidates = np.sort(rng.permutation(len(features))[:CANDIDATES])
    row, column = (places[candidates] * centre.shape[:2]).astype(int).T
    around = features[candidates] - centre[row, column]
    white = np.concatenate(
        [
            np.einsum("nij,nj->ni", whitener[row[i : i + 1024], column[i : i + 1024]], around[i : i + 1024])
            for i in range(0, len(around), 1024)
        ]
    )
    return np.ascontiguousarray(white[coreset(white, count, rng)])


def _spacing(entries: np.ndarray) -> np.ndarray:
    """Mean distance of each entry to its nearest others, over that of the middle one."""
    count = len(entries)
    if count <= NEIGHBOURS:
        return np.ones(count, np.float32)
    squares = (entries**2).sum(axis=1)
    all_squares = np.maximum(squares[:, None] + squares - 2 * entries @ entries.T, 0)
    nearest = np.sqrt(np.sort(np.partition(all_squares, NEIGHBOURS, axis=1)[:, : NEIGHBOURS + 1], axis=1)[:, 1:])
    mean = nearest.mean(axis=1)
    return np.asarray(np.maximum(mean / max(float(np.median(mean)), 1e-12), 0.1), np.float32)

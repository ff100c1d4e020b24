"""Names of regions: which kind of defect a region looks like, by the features that the map was made of.

A region is described by mean and standard deviation of its cells' features; kinds by the means of their marked images
and one covariance within kinds, shrunk to a multiple of the unit matrix, since a handful of images give no other (O.
Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004). The nearest mean names
a region; one further from all of them than marked images are from those of their own kind is of no known kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surfedge.errors import DatasetError, require

UNKNOWN = "unknown"
SHRINKAGE = 0.5
WITHIN_REACH = 0.9  # of marked images, by their distance from their kind as the others teach it
FOLDS = 5
MOST_KINDS = 1000


@dataclass(frozen=True)
class RegionKinds:
    """names : of K kinds. whitener : float32 (F, F). means : float32 (K, F), whitened. reach : distance beyond which a
    region is of none of them.
    """

    names: tuple[str, ...]
    whitener: np.ndarray
    means: np.ndarray
    reach: float

    def name(self, cells: np.ndarray, fraction: np.ndarray) -> str:
        """The kind of a region, or UNKNOWN. cells : float32 (D, rows, columns). fraction : float32 (rows, columns), of
        each cell that the region covers."""
        distances = np.linalg.norm(self.means - self.whitener @ described(cells, fraction), axis=1)
        nearest = int(distances.argmin())
        return self.names[nearest] if distances[nearest] <= self.reach else UNKNOWN


def described(cells: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Mean and std of the features of the cells that a region covers by half, or as far as it does: float32 (2 D,)."""
    own = cells[:, fraction >= min(0.5, float(fraction.max()))]
    return np.concatenate([own.mean(axis=1), own.std(axis=1)]).astype(np.float32)


def _too_few(names: Sequence[str], counts: np.ndarray) -> str:
    if len(names) < 2:
        return f"{names[0]} alone" if names else "no image that can be used"
    return f"one image of {names[int(counts.argmin())]}"


def learn_kinds(regions: np.ndarray, labels: Sequence[str]) -> RegionKinds:
    """From what `described` gives of marked regions, float32 (N, F), and the kind of each.

    Raises DatasetError for fewer than two kinds, or a kind with one region.
    """
    names = tuple(dict.fromkeys(labels))
    number_of = {name: number for number, name in enumerate(names)}
    kinds = np.array([number_of[label] for label in labels], np.intp)
    counts = np.bincount(kinds, minlength=len(names))
    if len(names) < 2 or counts.min() < 2:
        raise DatasetError(
            "kinds of defects",
            found=_too_few(names, counts),
            expected="two sub-folders or more, with two images or more each",
            remedy="add images, or leave --classes out",
        )
    whitener, means = _discriminants(regions, kinds)
    distances = []  # of each region from the mean of its kind, by what the others of its fold did not teach
    fold_of = _folds(kinds)
    for fold in range(int(fold_of.max()) + 1):
        taught, judged = fold_of != fold, fold_of == fold
        own, centres = _discriminants(regions[taught], kinds[taught])
        distances.append(np.linalg.norm(regions[judged] @ own.T - centres[kinds[judged]], axis=1))
    reach = float(np.quantile(np.concatenate(distances), WITHIN_REACH))
    return RegionKinds(names, whitener.astype(np.float32), means.astype(np.float32), max(reach, 1e-6))


def _folds(kinds: np.ndarray) -> np.ndarray:
    """A fold for each region, so that every kind is always taught."""
    rank = np.array([np.count_nonzero(kinds[:place] == kind) for place, kind in enumerate(kinds)])
    return rank % min(FOLDS, int(np.bincount(kinds).min()))


def _discriminants(regions: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whitener (F, F) of the shrunk covariance within kinds, and their whitened means (K, F), float64."""
    scale = 1.0 / np.maximum(regions.std(axis=0, dtype=np.float64), 1e-3)
    x = regions * scale
    means = np.stack([x[kinds == kind].mean(axis=0) for kind in range(int(kinds.max()) + 1)])
    within = x - means[kinds]
    covariance = within.T @ within / max(len(x) - len(means), 1)
    level = float(np.trace(covariance)) / len(scale)
    shrunk = (1 - SHRINKAGE) * covariance + (SHRINKAGE * level + 1e-9) * np.eye(len(scale))
    whitener = np.linalg.inv(np.linalg.cholesky(shrunk))
    return whitener * scale, means @ whitener.T


def check_kinds(
    name: str, names: tuple[str, ...], whitener: np.ndarray | None, means: np.ndarray | None, size: int | None
) -> None:
    """Raises ArgumentError unless all are given and fit cells of `size` features (None: of any), or none is."""
    if whitener is None or means is None or not names:
        none = whitener is None and means is None and not names
        require(f"{name}.kind_names", "one alone", none, "names, whitener and means of kinds, or none")
        return
    are_names = 2 <= len(names) <= MOST_KINDS and len(set(names)) == len(names) and all(names)
    require(f"{name}.kind_names", names, are_names, "two or more different names")
    shape, count = whitener.shape, len(whitener) if whitener.ndim else 0
    fits = shape == (count, count) and count == (count if size is None else 2 * size)
    require(f"{name}.kind_whitener", shape, fits, "(2 D, 2 D)" if size is None else f"({2 * size}, {2 * size})")
    require(f"{name}.kind_means", means.shape, means.shape == (len(names), count), f"({len(names)}, {count})")
    for part, values in (("kind_whitener", whitener), ("kind_means", means)):
        require(f"{name}.{part}", values.dtype, values.dtype == np.float32, "float32")
        require(f"{name}.{part}", "NaN or infinity", bool(np.isfinite(values).all()), "finite values")

"""Names of regions: which kind of defect a region looks like, by the features that the map was made of.

A region is described by mean and standard deviation of its cells' features, and by its size and extent; kinds by the
means of their marked images and one covariance within kinds, shrunk to a multiple of the unit matrix, since a handful
of images give no other (O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices",
2004). The nearest mean names a region, unless it is of no known kind: how much further it is from that mean than from
the mean of all kinds, each in its own covariance, tells so better than the distance alone (J. Ren et al., "A simple
fix to Mahalanobis distance for improving near-OOD detection", 2021, equation 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surfedge.errors import DatasetError, require

UNKNOWN = "unknown"
SHRINKAGE = 0.5
KNOWN_AS_UNKNOWN = 0.1  # of regions of known kinds, by marked images as if they were new
FOLDS = 5
MOST_KINDS = 1000
EXTENTS = 3  # numbers of a region's size and extent, behind those of its features


@dataclass(frozen=True)
class RegionKinds:
    """names : of K kinds. whitener : float32 (F, F). means : float32 (K, F), whitened. reach : what `strangeness` of a
    region of none of them is above. all_whitener, all_mean : float32 (F, F) and (F,), of all kinds together; None in
    bundles of before, whose reach is a distance.
    """

    names: tuple[str, ...]
    whitener: np.ndarray
    means: np.ndarray
    reach: float
    all_whitener: np.ndarray | None = None
    all_mean: np.ndarray | None = None

    def name(self, cells: np.ndarray, fraction: np.ndarray) -> str:
        """The kind of a region, or UNKNOWN. cells : float32 (D, rows, columns). fraction : float32 (rows, columns), of
        each cell that the region covers."""
        region = described(cells, fraction)[: len(self.whitener)]  # bundles of before have no extents
        strangeness = self.strangeness(region[None])[0]
        nearest = int(strangeness.argmin())
        return self.names[nearest] if strangeness[nearest] <= self.reach else UNKNOWN

    def strangeness(self, regions: np.ndarray) -> np.ndarray:
        """The squared distance of regions (N, F) from each kind less that from all kinds together, (N, K); without the
        latter the distance itself."""
        squares = _squares(regions, self.whitener, self.means)
        if self.all_whitener is None or self.all_mean is None:
            return np.sqrt(squares)
        return squares - _squares(regions, self.all_whitener, self.all_mean[None])


def described(cells: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Of the cells that a region covers by half, or as far as it does: mean and std of their features, and the
    logarithms of their number and of their std along and across the region, in cells; float32 (2 D + 3,)."""
    is_own = fraction >= min(0.5, float(fraction.max()))
    own = cells[:, is_own]
    return np.concatenate([own.mean(axis=1), own.std(axis=1), _extents(is_own)]).astype(np.float32)


def _extents(is_own: np.ndarray) -> np.ndarray:
    places = np.argwhere(is_own)
    spread = np.eye(2) / 12  # of one cell about its centre
    if len(places) > 1:
        spread += np.cov(places.T, bias=True)
    across, along = np.linalg.eigvalsh(spread)
    return np.array([np.log(len(places)), 0.5 * np.log(along), 0.5 * np.log(across)])


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
    found = _learned(names, regions, kinds)
    reach = float(np.quantile(_as_if_new(regions, kinds), 1 - KNOWN_AS_UNKNOWN))
    return replace(found, reach=reach)


def left_out(regions: np.ndarray, labels: Sequence[str]) -> tuple[int, int]:
    """How many of the marked regions would be UNKNOWN had their kind not been marked, and how many were tried: each of
    three kinds or more is left out in turn; (0, 0) where the others are too few to tell apart.
    """
    labels_of, found, tried = np.array(labels), 0, 0
    for name in dict.fromkeys(labels):
        others = labels_of != name
        if len(set(labels_of[others])) >= 2:
            kinds = learn_kinds(regions[others], labels_of[others].tolist())
            found += int(np.count_nonzero(kinds.strangeness(regions[~others]).min(axis=1) > kinds.reach))
            tried += int(np.count_nonzero(~others))
    return found, tried


def _learned(names: tuple[str, ...], regions: np.ndarray, kinds: np.ndarray) -> RegionKinds:
    """Without a reach yet."""
    (whitener, means), (of_all, mean) = _discriminants(regions, kinds), _discriminants(regions, np.zeros_like(kinds))
    parts = [np.asarray(each, np.float32) for each in (whitener, means, of_all, mean[0])]
    return RegionKinds(names, parts[0], parts[1], 0.0, parts[2], parts[3])


def _as_if_new(regions: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """What is the least strangeness of each region, by kinds that the regions of its fold did not teach, (N,).

    A mean of m regions lies further off than one of n; expected squares, as 1 + 1 / m to 1 + 1 / n, make up for it.
    """
    fold_of, counts, found = _folds(kinds), np.bincount(kinds), np.empty(len(regions))
    for fold in range(int(fold_of.max()) + 1):
        taught, judged = fold_of != fold, fold_of == fold
        of_kinds = _squares(regions[judged], *_discriminants(regions[taught], kinds[taught]))
        of_all = _squares(regions[judged], *_discriminants(regions[taught], np.zeros_like(kinds[taught])))
        fewer = np.bincount(kinds[taught], minlength=len(counts))
        found[judged] = (of_kinds * (1 + 1 / counts) / (1 + 1 / fewer) - of_all).min(axis=1)
    return found


def _squares(regions: np.ndarray, whitener: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The squared distance of regions (N, F) from whitened means (K, F), float64 (N, K)."""
    whitened = np.asarray(regions, np.float64) @ whitener.T
    return np.asarray(((whitened[:, None] - means) ** 2).sum(axis=2))


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


def check_kinds(name: str, kinds: RegionKinds, size: int | None) -> None:
    """Raises ArgumentError unless the parts fit each other and cells of `size` features (None: of any)."""
    names, count = kinds.names, len(kinds.whitener) if kinds.whitener.ndim else 0
    are_names = 2 <= len(names) <= MOST_KINDS and len(set(names)) == len(names) and all(names)
    require(f"{name}.kind_names", names, are_names, "two or more different names")
    sizes = (count,) if size is None else (2 * size, 2 * size + EXTENTS)
    wanted = "(F, F)" if size is None else " or ".join(f"({each}, {each})" for each in sizes)
    shape = kinds.whitener.shape
    require(f"{name}.kind_whitener", shape, shape == (count, count) and count in sizes, wanted)
    parts: dict[str, tuple[np.ndarray, tuple[int, ...]]] = {"kind_whitener": (kinds.whitener, (count, count))}
    parts["kind_means"] = kinds.means, (len(names), count)
    if kinds.all_whitener is not None and kinds.all_mean is not None:
        parts |= {
            "kind_all_whitener": (kinds.all_whitener, (count, count)),
            "kind_all_mean": (kinds.all_mean, (count,)),
        }
    for part, (values, expected) in parts.items():
        require(f"{name}.{part}", values.shape, values.shape == expected, f"{expected}")
        require(f"{name}.{part}", values.dtype, values.dtype == np.float32, "float32")
        require(f"{name}.{part}", "NaN or infinity", bool(np.isfinite(values).all()), "finite values")

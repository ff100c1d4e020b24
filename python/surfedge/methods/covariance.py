"""Mean and covariance of features over many images, and the whitener by which distances are measured."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from surfedge.errors import ArgumentError

STD_FLOOR = 1e-3  # least standard deviation used for a feature


class Part(NamedTuple):
    """What one image adds to the sums."""

    places: int
    mean: np.ndarray
    within: np.ndarray


class Moments:
    """Sums from which mean and covariance follow, float64; taken around the first mean against cancellation."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.count = 0
        self.centre: np.ndarray | None = None
        self.sums: np.ndarray | float = 0.0
        self.within: np.ndarray | float = 0.0
        self.between: np.ndarray | float = 0.0

    def add(self, features: np.ndarray) -> None:
        """`features` (D, N) of one image."""
        if self.centre is None:
            self.centre = features.mean(axis=1, dtype=np.float64).astype(np.float32)
        around = features - self.centre[:, None]
        own = around.mean(axis=1, dtype=np.float64)
        number = around.shape[1]
        around -= own[:, None].astype(np.float32)
        part = Part(number, own, (around @ around.T).astype(np.float64))
        self.parts.append(part)
        self._add(part)

    def _add(self, part: Part, sign: int = 1) -> None:
        self.count += sign * part.places
        self.sums = self.sums + sign * part.places * part.mean
        self.within = self.within + sign * part.within
        self.between = self.between + sign * part.places * np.outer(part.mean, part.mean)

    def without(self, number: int) -> Moments:
        """The sums over all images but `number`, counted from 0 as they were added."""
        others = Moments()
        others.centre, others.count = self.centre, self.count
        others.sums, others.within, others.between = self.sums, self.within, self.between
        others._add(self.parts[number], -1)
        return others

    def mean_and_covariance(self, between_fraction: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """The mean, and the covariance within images plus `between_fraction` squared times that of their means."""
        if self.centre is None or self.count == 0:
            raise ArgumentError("good images", found="none", expected="at least one", remedy="give good images")
        shift = np.asarray(self.sums / self.count)
        between = np.asarray(self.between / self.count) - np.outer(shift, shift)
        return self.centre + shift, np.asarray(self.within / self.count) + between_fraction**2 * between


def whitener_of(covariance: np.ndarray, shrinkage: float) -> np.ndarray:
    """Lower-triangular W with W C W' = 1 for the shrunk covariance C, float32 (D, D)."""
    std = np.sqrt(np.maximum(np.diag(covariance), 0.0) + STD_FLOOR**2)
    correlation = (1.0 - shrinkage) * covariance / np.outer(std, std)
    np.fill_diagonal(correlation, 1.0)
    try:
        inverse = np.linalg.inv(np.linalg.cholesky(correlation))
    except np.linalg.LinAlgError:
        raise ArgumentError(
            "statistics.shrinkage",
            found=shrinkage,
            expected="more for so few or so equal images",
            remedy="use 0.01 or more",
        ) from None
    return (inverse / std).astype(np.float32)

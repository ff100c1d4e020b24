"""The nearest real image of each made one: is it a copy, and is it like any at all?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surfedge.metrics.feature_sets.checked import pair

ROWS = 512  # compared at once, to bound the memory


@dataclass(frozen=True)
class Neighbours:
    """place : int (M,), of the nearest real image of each made one.   distance : float64 (M,), Euclidean.

    among_real : float64 (N,), of each real image to its nearest other one.   ratio : median distance over median
    among_real; far below 1 the made images are copies, far above it they are like no real one.
    used : fraction of the real images that are the nearest of some made one, 0 to 1; small where made images are all
    alike.
    """

    place: np.ndarray
    distance: np.ndarray
    among_real: np.ndarray
    ratio: float
    used: float


def nearest_real(real: np.ndarray, made: np.ndarray) -> Neighbours:
    """For features (N, D) and (M, D) of the same network.

    >>> real = np.array([[0.0], [1.0], [3.0]])
    >>> found = nearest_real(real, np.array([[0.9], [2.5]]))
    >>> found.place.tolist(), found.among_real.tolist()
    ([1, 2], [1.0, 1.0, 2.0])
    """
    first, second = pair(real, made, 2)
    place, distance = _nearest(second, first, itself=False)
    among = _nearest(first, first, itself=True)[1]
    ratio = float(np.median(distance) / max(float(np.median(among)), 1e-12))
    return Neighbours(place, distance, among, ratio, len(np.unique(place)) / len(first))


def _nearest(rows: np.ndarray, others: np.ndarray, *, itself: bool) -> tuple[np.ndarray, np.ndarray]:
    """Place and distance of the nearest of `others`; with itself=True not the one of the same number."""
    squares = (others**2).sum(axis=1)
    places, distances = [], []
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        apart = squares - 2.0 * part @ others.T
        if itself:
            apart[np.arange(len(part)), start + np.arange(len(part))] = np.inf
        place = apart.argmin(axis=1)
        places.append(place)
        # Once more from the difference: the expanded square has lost the digits of near ones.
        distances.append(np.sqrt(((part - others[place]) ** 2).sum(axis=1)))
    return np.concatenate(places), np.concatenate(distances)

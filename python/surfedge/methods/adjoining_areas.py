"""Areas side by side in one image that look different, such as a part and its holder, and the edges between them.

To an image that is its own reference the edge of a part is the rarest thing that it shows: it outshines all defects. An
edge between two areas runs from one border of the image to the one across, and what lies on its sides differs in
several features by far more than either varies; beside a scratch of that length it is the same. So such edges can be
told and left out, and each area compared with its own middle.
"""

from __future__ import annotations

import cv2
import numpy as np

from surfedge.methods.covariance import STD_FLOOR

EDGE_HEIGHT = 3.0  # std above the map's median: what is lower is no edge
FLANK = 0.6  # of the lowest place along the highest edge: still edge
GAP_CELLS = 7  # along an edge that are closed where a defect interrupts it
LEAST_AREA = 0.03  # of the image
APART, FEATURES_APART = 4.5, 3  # std of an area's cells between two areas, in so many features at least
STEPS = 6  # of the bisection for the height of an edge
NOTE = "areas that differ lie side by side: each is judged by itself, the edges between them are not; calibrate"


def areas_levelled(distance: np.ndarray, features: np.ndarray) -> np.ndarray | None:
    """`distance`, float32 (rows, columns), with each area's median at that of the image and its edges there too; None
    where the image shows no such areas. features : float32 (D, rows, columns).
    """
    areas = adjoining_areas(distance, features)
    if areas is None:
        return None
    middle = np.float32(np.median(distance))
    levelled = np.full_like(distance, middle)
    for area in range(1, areas.max() + 1):
        inside = areas == area
        levelled[inside] = distance[inside] - np.median(distance[inside]) + middle
    return levelled


def adjoining_areas(distance: np.ndarray, features: np.ndarray) -> np.ndarray | None:
    """Numbers of the areas from 1, int32 (rows, columns), 0 on the edges between them and in what is smaller; None
    where there are no two areas that differ. Arguments as above.
    """
    height = cv2.GaussianBlur(distance, (3, 3), 0.7)
    height -= np.float32(np.median(height))
    edges = _across(height) | np.ascontiguousarray(_across(np.ascontiguousarray(height.T)).T)
    if not edges.any():
        return None
    wide = cv2.dilate(edges.view(np.uint8), np.ones((3, 3), np.uint8))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(1 - wide, connectivity=4)
    sizes = boxes[1:, cv2.CC_STAT_AREA]
    large = 1 + np.flatnonzero(sizes >= LEAST_AREA * edges.size)
    if not _differ([features[:, labels == area] for area in large]):
        return None
    numbers = np.zeros(len(boxes), np.int32)
    numbers[large] = np.arange(1, len(large) + 1)
    around = cv2.dilate(wide, np.ones((3, 3), np.uint8)).view(np.bool_)
    found = np.where(around, 0, numbers[labels])
    kept = np.unique(found[found > 0])
    return np.asarray(np.searchsorted(kept, found) + 1, np.int32) * (found > 0) if len(kept) > 1 else None


def _across(height: np.ndarray) -> np.ndarray:
    """bool: what runs from the first row to the last at least EDGE_HEIGHT high, and its flanks."""
    closed = cv2.morphologyEx(height, cv2.MORPH_CLOSE, np.ones((GAP_CELLS, 1), np.uint8))
    low, high = EDGE_HEIGHT, float(closed.max(axis=1).min())
    if high < low or not _joining(closed >= low).any():
        return np.zeros(height.shape, bool)
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _joining(closed >= middle).any() else (low, middle)
    return _joining(closed >= max(EDGE_HEIGHT, FLANK * low))


def _joining(mask: np.ndarray) -> np.ndarray:
    """The components of `mask` that touch the first and the last row."""
    _, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    both = np.intersect1d(labels[0], labels[-1])
    return np.isin(labels, both[both > 0])


def _differ(areas: list[np.ndarray]) -> bool:
    """Whether two of these areas, (D, n) each, differ in enough features by more than either varies."""
    means = [area.mean(axis=1) for area in areas]
    stds = [area.std(axis=1) + STD_FLOOR for area in areas]
    for one in range(len(areas)):
        for other in range(one):
            apart = np.abs(means[one] - means[other]) / np.maximum(stds[one], stds[other])
            if np.count_nonzero(apart >= APART) >= min(FEATURES_APART, len(apart)):
                return True
    return False

"""Connected regions with box, area and centre; contours give boxes alone, labels and boxes what they are called."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work

BOX = ("x", "y", "width", "height")


def _trial(draw: Callable[[Shape], np.ndarray], nested: bool, shape: Shape, threads: int) -> Trial:
    mask = draw(shape)
    peers = (
        Peer("OpenCV contours", "cv2", partial(_contours, mask, nested), error=_boxes_differ),
        Peer("OpenCV components", "cv2", partial(_components, mask), 1e-6, _figures_differ),
        Peer("OpenCV labels", "cv2", partial(_labels, mask), error=_counts_differ),
        Peer("SciPy boxes", "scipy.ndimage", partial(_scipy, mask), error=_boxes_differ),
    )
    return Trial(lambda: kernels.regions(mask), peers, Work(mask.nbytes))


def blobs(shape: Shape) -> np.ndarray:
    """19 x 19 disks of several sizes, bool (H, W)."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    pitch = (shape[0] / 19, shape[1] / 19)
    dy, dx = rows % pitch[0] - pitch[0] / 2, columns % pitch[1] - pitch[1] / 2
    number = rows // pitch[0] * 19 + columns // pitch[1]
    radius = min(pitch) * (0.2 + 0.05 * (number % 4))
    return dx**2 + dy**2 <= radius**2


def dense(shape: Shape) -> np.ndarray:
    """Each pixel is set with probability 0.3."""
    return np.random.default_rng(3).random(shape, np.float32) < 0.3


def _sorted_boxes(boxes: np.ndarray) -> np.ndarray:
    table = np.asarray(boxes, np.int64).reshape(-1, 4)
    return table[np.lexsort(table.T)]


def _boxes_differ(ours: np.ndarray, theirs: Any) -> float:
    """Number of boxes that differ."""
    mine = _sorted_boxes(np.stack([ours[name] for name in BOX], axis=1))
    other = _sorted_boxes(theirs)
    return float((mine != other).any(axis=1).sum()) if mine.shape == other.shape else float("inf")


def _figures_differ(ours: np.ndarray, theirs: tuple[np.ndarray, np.ndarray]) -> float:
    """Largest difference of a box, an area or a centre, regions matched by box, area and centre."""
    stats, centres = theirs
    mine = np.stack([ours[name] for name in (*BOX, "area", "centroid_x", "centroid_y")], axis=1)
    other = np.concatenate([stats, centres], axis=1)
    if mine.shape != other.shape:
        return float("inf")
    mine, other = (table[np.lexsort(np.round(table, 6).T)] for table in (mine, other))
    return float(np.abs(mine - other).max(initial=0.0))


def _counts_differ(ours: np.ndarray, count: int) -> float:
    return float(abs(len(ours) - count))


def _contours(mask: np.ndarray, nested: bool, cv2: Any) -> Callable[[], list]:
    """Where regions lie within holes of others, all borders are needed, and those of holes are left out."""
    pixels = mask.view(np.uint8)
    mode = cv2.RETR_CCOMP if nested else cv2.RETR_EXTERNAL

    def call() -> list:
        found, tree = cv2.findContours(pixels, mode, cv2.CHAIN_APPROX_SIMPLE)
        if nested:
            found = [line for line, parent in zip(found, tree[0, :, 3], strict=True) if parent < 0]
        return [cv2.boundingRect(line) for line in found]

    return call


def _components(mask: np.ndarray, cv2: Any) -> Callable[[], tuple]:
    pixels, labels = mask.view(np.uint8), np.empty(mask.shape, np.int32)

    def call() -> tuple:
        _, _, stats, centres = cv2.connectedComponentsWithStats(pixels, labels, connectivity=8)
        return stats[1:], centres[1:]

    return call


def _labels(mask: np.ndarray, cv2: Any) -> Callable[[], int]:
    pixels, labels = mask.view(np.uint8), np.empty(mask.shape, np.int32)
    return lambda: cv2.connectedComponents(pixels, labels, connectivity=8)[0] - 1


def _scipy(mask: np.ndarray, ndimage: Any) -> Callable[[], list]:
    neighbours = np.ones((3, 3), bool)

    def call() -> list:
        labels, _ = ndimage.label(mask, neighbours)
        found = ndimage.find_objects(labels)
        return [(x.start, y.start, x.stop - x.start, y.stop - y.start) for y, x in found]

    return call


CASES = (
    Case("bool 361 blobs", (1024, 1024), partial(_trial, blobs, False), goal=10, small=(256, 300)),
    Case("bool dense 0.3", (1024, 1024), partial(_trial, dense, True), goal=3),
)

"""The pixels of one test image, sorted by what the ground truth says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.checked import BoolArray, checked_map, checked_mask

Scores = npt.NDArray[np.float32]


def _no_scores() -> Scores:
    return np.empty(0, np.float32)


@dataclass(frozen=True)
class PixelSample:
    """Scores of one image's pixels, each float32 (n,), and its ground-truth regions.

    good : pixels of an image without a defect. near : outside the mask of a defect image, but inside the
    grown mask. outside : outside the grown mask. inside : inside the mask. region : int (n,), the region (0,
    1, ...) of each pixel of `inside`. areas_px : float64 (regions,).
    """

    good: Scores = field(default_factory=_no_scores)
    near: Scores = field(default_factory=_no_scores)
    outside: Scores = field(default_factory=_no_scores)
    inside: Scores = field(default_factory=_no_scores)
    region: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    areas_px: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def overlap_weights(self) -> npt.NDArray[np.float64]:
        """1 / |C_k| for each pixel of `inside`: every region adds up to one, whatever its size."""
        return np.asarray(1.0 / self.areas_px[self.region])

    def overlaps(self, called: BoolArray) -> npt.NDArray[np.float64]:
        """Fraction of each region that is called; `called` is bool, one per pixel of `inside`."""
        return np.bincount(self.region[called], minlength=self.areas_px.size) / self.areas_px


def label_regions(mask: BoolArray) -> tuple[npt.NDArray[np.int32], int]:
    """8-connected regions of a mask: labels 1..n, int32 (H, W), and n.

    >>> label_regions(np.array([[True, False], [False, True]]))[1]
    1
    """
    import cv2

    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int32), count - 1


def outside_grown(mask: BoolArray, grow_px: float) -> BoolArray:
    """Pixels further than `grow_px` (Euclidean, between pixel centres) from every pixel of the mask.

    >>> outside_grown(np.array([[True, False, False, False]]), 1.0).tolist()
    [[False, False, True, True]]
    """
    import cv2

    if not mask.any():
        return np.ones_like(mask)
    distance_px = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance_px > np.float32(grow_px))


def split_pixels(anomaly_map: Any, mask: Any = None, *, grow_px: float = 16.0, name: object = "image") -> PixelSample:
    """The pixels of a map sorted by its ground truth; `mask` None or empty means a good image.

    Raises ArgumentError for a map that is not finite or a mask of another shape.

    >>> sample = split_pixels([[1.0, 2.0], [3.0, 4.0]], [[0, 0], [0, 1]], grow_px=1)
    >>> sample.inside.tolist(), sample.near.tolist(), sample.outside.tolist()
    ([4.0], [2.0, 3.0], [1.0])
    """
    values = checked_map(anomaly_map, f"{name}: anomaly map")
    truth = None if mask is None else checked_mask(mask, values.shape, f"{name}: mask")
    if truth is None or not truth.any():
        return PixelSample(good=values.ravel())
    if not grow_px >= 0:
        raise ArgumentError("grow_px", found=str(grow_px), expected="0 or more", remedy="pass grow_px=16")
    labels, count = label_regions(truth)
    far = outside_grown(truth, grow_px)
    region = labels[truth].astype(np.int64) - 1
    areas_px = np.bincount(region, minlength=count).astype(np.float64)
    return PixelSample(
        near=values[~truth & ~far], outside=values[far], inside=values[truth], region=region, areas_px=areas_px
    )

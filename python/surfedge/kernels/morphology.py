"""Disks that erode, dilate and open; the connected regions of a mask."""

from __future__ import annotations

import numpy as np

from surfedge.kernels.levels import native


def erode_disk(image: np.ndarray, radius_px: int, *, out: np.ndarray | None = None) -> np.ndarray:
    """Smallest value within the disk x^2 + y^2 <= radius_px^2 around each pixel, same dtype and shape.

    image : bool, uint8 or float32 (H, W). Pixels beyond the border do not count, as in OpenCV's default.
    radius_px : 0 (a copy) to 1024. The cost grows with the radius, not with the disk's area.

    NaN does not count either; where the disk holds nothing else the result is +Inf (of a dilation: -Inf).
    Source: J. Serra, "Image Analysis and Mathematical Morphology", 1982.

    >>> erode_disk(np.array([[1, 1, 1, 1, 0]], bool), 1)
    array([[ True,  True,  True, False, False]])
    """
    return native.erode_disk(image, radius_px, out)


def dilate_disk(image: np.ndarray, radius_px: int, *, out: np.ndarray | None = None) -> np.ndarray:
    """Largest value within the disk x^2 + y^2 <= radius_px^2 around each pixel, same dtype and shape.

    Arguments as for `erode_disk`.

    >>> dilate_disk(np.array([[0, 0, 9, 0, 0]], np.uint8), 1)
    array([[0, 9, 9, 9, 0]], dtype=uint8)
    """
    return native.dilate_disk(image, radius_px, out)


def open_disk(image: np.ndarray, radius_px: int, *, out: np.ndarray | None = None) -> np.ndarray:
    """Opening by a disk: `erode_disk`, then `dilate_disk`; what the disk does not fit into is removed.

    Arguments as for `erode_disk`.

    >>> open_disk(np.array([[0, 1, 0, 1, 1, 1]], bool), 1).astype(int)
    array([[0, 0, 0, 1, 1, 1]])
    """
    return native.open_disk(image, radius_px, out)


def regions(mask: np.ndarray, scores: np.ndarray | None = None) -> np.ndarray:
    """The 8-connected pieces of a mask, in the order of their first pixel: a structured array.

    mask : bool (H, W). scores : float32 (H, W), e.g. the anomaly map; without it the scores are NaN.

    Fields: x, y, width, height (int32, px), area (int64, pixels), centroid_x, centroid_y (float64, px, mean of
    pixel centres), max_score (float32), mean_score (float64).
    Source: L. He, Y. Chao, K. Suzuki, "A run-based two-scan labeling algorithm", 2008.

    >>> found = regions(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]], bool))
    >>> [int(found[name][0]) for name in ("x", "y", "width", "height", "area")]
    [0, 0, 2, 2, 2]
    """
    return native.regions(mask, scores)

"""What of an image is judged: neither its border ring nor what a mask ignores, and no region that touches either."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from surfedge import kernels
from surfedge.errors import ArgumentError
from surfedge.result import Region


def joined(own: np.ndarray | None, shape: tuple[int, int], ignore: np.ndarray | None = None) -> np.ndarray | None:
    """bool (H, W): what `own`, stretched over the image, and `ignore` leave out together; None when that is nothing.

    Raises ArgumentError when nothing is left to judge.
    """
    if own is not None:
        size = (shape[1], shape[0])
        wide = cv2.resize(own.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).view(np.bool_)
        ignore = wide if ignore is None else wide | ignore
    if ignore is not None and ignore.all():
        raise ArgumentError("ignore", found="a mask that covers the image", expected="something to judge")
    return ignore


def inside(array: np.ndarray, border_px: int) -> np.ndarray:
    """View of (H, W) without the border ring; raises ArgumentError when nothing would be left."""
    if 2 * border_px >= min(array.shape):
        found = f"{border_px} on an image of {array.shape[1]} x {array.shape[0]} pixels"
        raise ArgumentError(
            "border_px", found=found, expected="less than half the shorter side", remedy="lower border_px"
        )
    return array[border_px : array.shape[0] - border_px, border_px : array.shape[1] - border_px]


def judged_values(anomaly_map: np.ndarray, ignore: np.ndarray | None, border_px: int) -> np.ndarray:
    """The values of a map that are judged; raises ArgumentError when there is none."""
    judged = inside(anomaly_map, border_px)
    if ignore is None:
        return judged
    judged = judged[~inside(ignore, border_px)]
    if not judged.size:
        raise ArgumentError("ignore", found="a mask that leaves the border ring", expected="something to judge")
    return judged


def opened_maximum(anomaly_map: np.ndarray, radius_px: int, ignore: np.ndarray | None, border_px: int) -> float:
    """The highest limit at which `opened_inside` leaves something of what is above it and judged; the least value that
    is judged where a disk fits nowhere.

    >>> opened_maximum(np.float32([[9, 1, 1, 1], [1, 5, 5, 5], [1, 5, 5, 5], [1, 5, 5, 5]]), 1, None, 0)
    5.0
    """
    values = np.full_like(anomaly_map, -np.inf)
    inside(values, border_px)[...] = inside(anomaly_map, border_px)
    if ignore is not None:
        values[ignore] = -np.inf
    around = cv2.copyMakeBorder(values, *4 * (radius_px,), cv2.BORDER_CONSTANT, value=-np.inf)
    highest = float(kernels.erode_disk(around, radius_px).max())
    return highest if highest > -np.inf else float(judged_values(anomaly_map, ignore, border_px).min())


def opened_inside(mask: np.ndarray, radius_px: int) -> np.ndarray:
    """bool (H, W): where disks of `radius_px` lie within `mask`, and within the image."""
    around = cv2.copyMakeBorder(mask.view(np.uint8), *4 * (radius_px,), cv2.BORDER_CONSTANT, value=0)
    height, width = mask.shape
    opened = kernels.open_disk(around.view(np.bool_), radius_px)
    return np.ascontiguousarray(opened[radius_px : radius_px + height, radius_px : radius_px + width])


def kept_regions(
    regions: Sequence[Region], mask: np.ndarray, min_area_px: int, border_px: int, clear_border: bool
) -> tuple[Region, ...]:
    """Regions of `min_area_px` or more, with `clear_border` those that touch no edge of the judged area; the others
    are wiped from the bool (H, W) `mask`."""
    kept = [
        region
        for region in regions
        if region.area_px >= min_area_px and not (clear_border and _touches(region.box, mask.shape, border_px))
    ]
    if len(kept) < len(regions):
        _, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
        staying = {labels[int(region.polygon[0, 1]), int(region.polygon[0, 0])] for region in kept}
        mask &= np.isin(labels, sorted(staying))
    return tuple(kept)


def _touches(box: tuple[int, int, int, int], shape: tuple[int, ...], ring: int) -> bool:
    x, y, width, height = box
    return x <= ring or y <= ring or x + width >= shape[1] - ring or y + height >= shape[0] - ring

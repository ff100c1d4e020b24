"""A coarse map stretched over the image, and its largest value without making it.

A map has one value per square cell of the image, the last row and column may hang over, or covers the image as a whole
(see surfedge.decision.raw_map). In between values are bilinear.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from surfedge.decision.map_memory import map_memory
from surfedge.decision.raw_map import RawMap


def stretch(raw_map: RawMap, shape: tuple[int, int]) -> np.ndarray:
    """float32 (H, W) of `shape`: the map's values (h, w) over all its pixels."""
    values = raw_map.map
    if raw_map.cell_px in (None, 1) and values.shape == shape:
        return values
    height, width = _covered(raw_map, shape)
    whole = map_memory((height, width))
    cv2.resize(values, (width, height), dst=whole, interpolation=cv2.INTER_LINEAR)
    if whole.shape == shape:
        return whole
    out = map_memory(shape)
    out[...] = whole[: shape[0], : shape[1]]
    return out


def largest_stretched(raw_map: RawMap, shape: tuple[int, int]) -> float:
    """The maximum of ``stretch(raw_map, shape)``, to rounding, at the cost of the coarse map.

    Along each side the stretched map is linear between the centres of neighbouring cells, so its largest pixel is
    one of those nearest to a centre.

    >>> raw_map = RawMap(np.float32([[0, 1], [3, 2]]), cell_px=2)
    >>> largest_stretched(raw_map, (4, 4)) == float(stretch(raw_map, (4, 4)).max())
    True
    """
    values = raw_map.map
    covered, largest = _covered(raw_map, shape), float(values.max())
    if covered == shape == values.shape or not np.isfinite(largest):
        return largest
    above, below, weight = _nearest(values.shape[0], covered[0], shape[0])
    across = _nearest(values.shape[1], covered[1], shape[1])

    def largest_of(chosen: np.ndarray) -> float:
        second = weight[chosen, None]
        rows = values[above[chosen]] * (1 - second) + values[below[chosen]] * second
        return float((rows[:, across[0]] * (1 - across[2]) + rows[:, across[1]] * across[2]).max())

    crests = values.max(axis=1)
    with np.errstate(invalid="ignore"):
        bounds = crests[above] * (1 - weight) + crests[below] * weight  # no pixel of a row is above its bound
        first = bounds == bounds.max()
        found = largest_of(first) if first.any() else -np.inf
        others = ~((bounds <= found) | first)
        return max(found, largest_of(others)) if others.any() else found


def marked_fraction(mask: np.ndarray, raw_map: RawMap) -> np.ndarray:
    """float32 (h, w): the fraction of the pixels of each of the map's values that the bool (H, W) `mask` marks."""
    rows, columns = raw_map.map.shape
    height, width = _covered(raw_map, mask.shape)
    bottom, right = height - mask.shape[0], width - mask.shape[1]
    whole: np.ndarray = mask.astype(np.float32)
    if bottom or right:
        whole = cv2.copyMakeBorder(whole, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    return cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)


def _covered(raw_map: RawMap, shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width in pixels that the map lies over."""
    if raw_map.cell_px is None:
        return shape[0], shape[1]
    rows, columns = raw_map.map.shape
    return rows * raw_map.cell_px, columns * raw_map.cell_px


@lru_cache(maxsize=32)  # a camera's images have one size
def _nearest(cells: int, covered_px: int, length_px: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For the pixels nearest to cell centres: the two cells they lie between and the weight of the second."""
    centres = (np.arange(cells) + 0.5) * (covered_px / cells) - 0.5
    nearest = np.concatenate([np.floor(centres), np.ceil(centres), [length_px - 1]])
    pixels = np.unique(nearest.clip(0, length_px - 1))
    places = np.maximum((pixels + 0.5) * (cells / covered_px) - 0.5, 0).astype(np.float32)
    first = np.floor(places).astype(np.intp)
    return first, np.minimum(first + 1, cells - 1), places - first.astype(np.float32)

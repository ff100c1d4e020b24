"""The Gaussian over a raw map: borders mirrored, ignored pixels without weight.

Behind a screen most of a map is one value, what stands for "not seen". The Gaussian leaves that as it is, so only the
surroundings of other values are smoothed; the answer is that of smoothing everything, to rounding.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from surfedge.decision.raw_map import RawMap

BLOCK_PX = 16
MIN_VALUES_FOR_BLOCKS = 1 << 18  # values of a map: below, smoothing all of it costs less than a look
LOOKS = 16
REACH = 4.0  # times sigma, what OpenCV's kernel for float32 covers
MOST = 0.5  # fraction of the map that is smoothed piece by piece at most


def smoothed(raw_map: RawMap, sigma_px: float, shape: tuple[int, int], weight: np.ndarray | None = None) -> np.ndarray:
    """The map's values after a Gaussian of `sigma_px`, in pixels of the image; float32 (h, w).

    shape : (H, W) of the image. weight : float32 (h, w) in [0, 1], the fraction of each value that counts; None for
    all of it.

    >>> smoothed(RawMap(np.ones((4, 4), np.float32)), 2.0, (4, 4)).round(5).tolist()[0]
    [1.0, 1.0, 1.0, 1.0]
    """
    values = np.asarray(raw_map.map, np.float32)
    if sigma_px <= 0:
        return values
    if raw_map.cell_px is None:
        sigma_y, sigma_x = (sigma_px * n / px for n, px in zip(values.shape, shape, strict=True))
    else:
        sigma_x = sigma_y = sigma_px / raw_map.cell_px
    if weight is None:
        constant = _constant_blocks(values)
        if constant is None:
            return _blurred(values, sigma_x, sigma_y)
        return _blurred_in_places(values, *constant, sigma_x, sigma_y)
    sums = _blurred(np.where(weight > 0, values, weight) * weight, sigma_x, sigma_y)
    return sums / np.maximum(_blurred(weight, sigma_x, sigma_y), np.float32(1e-6))


def _blurred(plane: np.ndarray, sigma_x: float, sigma_y: float) -> np.ndarray:
    return cv2.GaussianBlur(plane, (0, 0), sigma_x, sigmaY=sigma_y, borderType=cv2.BORDER_REFLECT)


def _constant_blocks(values: np.ndarray) -> tuple[np.ndarray, float] | None:
    """bool (rows, columns) of the blocks that are one same value throughout, and that value; None without any.

    The last row and column of blocks may be smaller. A few bands are checked first: most maps have no such block.
    """
    if values.size < MIN_VALUES_FOR_BLOCKS or min(values.shape) < LOOKS * BLOCK_PX:
        return None
    across = values.shape[1] // BLOCK_PX
    found: list[float] = []
    for top in range(0, values.shape[0] - BLOCK_PX, values.shape[0] // LOOKS):
        band = values[top : top + BLOCK_PX, : across * BLOCK_PX].reshape(BLOCK_PX, across, BLOCK_PX)
        first = band[0, :, 0]
        found += first[(band == first[:, None]).all(axis=(0, 2))].tolist()
    if not found:
        return None
    value = float(np.median(found))
    other = (values != np.float32(value)).view(np.uint8)  # NaN is another value too
    down = values.shape[0] // BLOCK_PX
    whole = down * BLOCK_PX
    rows = [other[:whole].reshape(down, BLOCK_PX, values.shape[1]).max(axis=1)]
    if whole < values.shape[0]:
        rows.append(other[whole:].max(axis=0, keepdims=True))
    columns = np.arange(0, values.shape[1], BLOCK_PX)
    return np.maximum.reduceat(np.concatenate(rows), columns, axis=1) == 0, value


def _blurred_in_places(
    values: np.ndarray, constant: np.ndarray, value: float, sigma_x: float, sigma_y: float
) -> np.ndarray:
    """`values` blurred; far from the blocks that are not constant the result is `value`, without computing it."""
    reach_px = [math.ceil(REACH * sigma) + 1 for sigma in (sigma_y, sigma_x)]
    steps = [2 * -(-reach // BLOCK_PX) + 1 for reach in reach_px]
    near = cv2.dilate((~constant).astype(np.uint8), np.ones(steps, np.uint8))
    count, _, boxes, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    areas = boxes[1:count, cv2.CC_STAT_WIDTH] * boxes[1:count, cv2.CC_STAT_HEIGHT]
    if areas.sum() > MOST * constant.size:
        return _blurred(values, sigma_x, sigma_y)
    blurred = np.full(values.shape, value, np.float32)
    for column, row, across, down, _ in boxes[1:count]:
        place = _span(row, down, values.shape[0]), _span(column, across, values.shape[1])
        wide = [
            slice(max(0, span.start - reach), span.stop + reach) for span, reach in zip(place, reach_px, strict=True)
        ]
        inner = [
            slice(span.start - outer.start, span.stop - outer.start) for span, outer in zip(place, wide, strict=True)
        ]
        blurred[place] = _blurred(np.ascontiguousarray(values[tuple(wide)]), sigma_x, sigma_y)[tuple(inner)]
    return blurred


def _span(first: int, count: int, length_px: int) -> slice:
    return slice(int(first) * BLOCK_PX, min(int(first + count) * BLOCK_PX, length_px))

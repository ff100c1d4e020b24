"""Shapes to the pixels that they mark."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from surfedge.labelling.marks import Shape

_SHIFT = 4  # OpenCV draws at sixteenths of a pixel
_SIXTEENTHS = 1 << _SHIFT
_MOST_THICK_PX = 32_767  # what OpenCV takes


def mask_of(shapes: Sequence[Shape], size: tuple[int, int]) -> np.ndarray:
    """bool (H, W): what the shapes mark, one after the other; what lies outside of the image is cut off.

    >>> mask_of([Shape("box", ((1, 0), (3, 2)))], (3, 5)).astype(int).tolist()
    [[0, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 0, 0]]
    """
    mask = np.zeros(size, np.uint8)
    for shape in shapes:
        _draw(mask, shape, 0 if shape.erases else 1)
    return mask.astype(bool)


def _draw(mask: np.ndarray, shape: Shape, value: int) -> None:
    if shape.kind == "box":
        (x0, y0), (x1, y1) = shape.points
        left, right, top, bottom = *sorted((x0, x1)), *sorted((y0, y1))
        # A pixel belongs to the box when its centre does; a box between centres still marks the pixel it lies in.
        columns, rows = _span(left, right), _span(top, bottom)
        mask[rows, columns] = value
        return
    # cv2's coordinates are those of pixel centres.
    points = np.round((np.array(shape.points) - 0.5) * _SIXTEENTHS).astype(np.int32)
    if shape.kind == "polygon":
        cv2.fillPoly(mask, [points], value, shift=_SHIFT)
        return
    thickness_px = max(1, round(2 * shape.radius_px))
    if len(points) == 1 or thickness_px > 1:
        radius = max(0, round((shape.radius_px - 0.5) * _SIXTEENTHS))
        for x, y in points:
            cv2.circle(mask, (int(x), int(y)), radius, value, cv2.FILLED, shift=_SHIFT)
    cv2.polylines(mask, [points], False, value, min(thickness_px, _MOST_THICK_PX), shift=_SHIFT)


def _span(low: float, high: float) -> slice:
    first, end = round(low), round(high)
    if end <= first:
        first = int(np.floor(low))
        end = first + 1
    return slice(max(0, first), max(0, end))

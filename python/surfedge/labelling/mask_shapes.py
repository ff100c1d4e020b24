"""Shapes to the pixels that they mark."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from surfedge.labelling.marks import Shape

_SHIFT = 4  # OpenCV draws at sixteenths of a pixel
_SIXTEENTHS = 1 << _SHIFT


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
    points = np.array(shape.points)
    if shape.kind == "polygon":
        cv2.fillPoly(mask, [_sixteenths(points)], value, shift=_SHIFT)
        return
    for x, y in _sixteenths(points):
        cv2.circle(
            mask, (int(x), int(y)), max(0, round((shape.radius_px - 0.5) * _SIXTEENTHS)), value, -1, shift=_SHIFT
        )
    for start, end in itertools.pairwise(points):
        along = end - start
        length = float(np.hypot(*along)) or 1.0
        aside = np.array([-along[1], along[0]]) / length * max(0.0, shape.radius_px - 0.5)
        corners = np.array([start + aside, end + aside, end - aside, start - aside])
        cv2.fillConvexPoly(mask, _sixteenths(corners), value, shift=_SHIFT)


def _sixteenths(points: np.ndarray) -> np.ndarray:
    """As OpenCV takes them: it counts from the centre of the first pixel, and draws what a border touches."""
    return np.round((points - 0.5) * _SIXTEENTHS).astype(np.int32)


def _span(low: float, high: float) -> slice:
    first, end = round(low), round(high)
    if end <= first:
        first = int(np.floor(low))
        end = first + 1
    return slice(max(0, first), max(0, end))

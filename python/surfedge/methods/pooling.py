"""Planes of features made smaller: means over areas, of all planes at once."""

from __future__ import annotations

import cv2
import numpy as np

TALL = 5  # rows to one: from here on rows are better added first, for OpenCV takes each value by itself


def pooled(planes: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """float32 (D, rows, columns), what OpenCV's area resize makes of each of `planes`, float32 (D, H, W), larger.

    >>> pooled(np.arange(16, dtype=np.float32).reshape(1, 4, 4), 2, 2).tolist()
    [[[2.5, 4.5], [10.5, 12.5]]]
    """
    if planes.shape[1] >= TALL * rows:
        planes = _rows_pooled(planes, rows)
    count, height, width = planes.shape
    below_each_other = np.ascontiguousarray(planes).reshape(count * height, width)
    small = cv2.resize(below_each_other, (columns, count * rows), interpolation=cv2.INTER_AREA)
    return small.reshape(count, rows, columns)


def _rows_pooled(planes: np.ndarray, rows: int) -> np.ndarray:
    """float32 (D, rows, W): means over as many rows of `planes`, fractions of rows included."""
    count, height, width = planes.shape
    edges = np.arange(rows + 1) * height / rows
    first, last = np.floor(edges[:-1]).astype(int), np.ceil(edges[1:]).astype(int)
    places = np.arange(height)
    covered = np.minimum(places + 1, edges[1:, None]) - np.maximum(places, edges[:-1, None])
    weights = (covered * (rows / height)).astype(np.float32)  # right from first to last
    means = np.empty((count, rows, width), np.float32)
    for row, (top, bottom) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        np.einsum("r,drc->dc", weights[row, top:bottom], planes[:, top:bottom], out=means[:, row])
    return means

"""Shift and compare: each pixel against the median of the pixels one lattice vector away.

The oldest way of looking at repeating surfaces; it follows slow changes by itself, but eight neighbours know less of
what is usual than all cells of the image.
"""

from __future__ import annotations

import cv2
import numpy as np

from surfedge.pattern.lattice import Lattice

ORDERS = ((1, 0), (0, 1), (1, 1), (1, -1))


def shift_compare(flat: np.ndarray, lattice: Lattice) -> np.ndarray:
    """`flat`, float32 (H, W), less the median of its eight neighbouring cells, float32 (H, W).

    Where a neighbour lies outside the image, the opposite one counts twice.

    >>> x = np.tile(np.float32([[0, 1, 2, 3], [1, 2, 3, 4]]), (12, 6)); x[9, 12] += 5
    >>> rest = shift_compare(x, Lattice((4.0, 0.0), (0.0, 2.0), 1.0))
    >>> float(rest[9, 12]), int((np.abs(rest) > 0).sum())
    (5.0, 1)
    """
    copies = []
    for order in ORDERS:
        x, y = (float(v) for v in lattice.base @ order)
        one, is_one = _shifted(flat, x, y)
        other, is_other = _shifted(flat, -x, -y)
        copies += [np.where(is_one, one, other), np.where(is_other, other, one)]
    stack = np.stack(copies)
    stack.partition((3, 4), axis=0)
    return np.asarray(flat - np.float32(0.5) * (stack[3] + stack[4]))


def _shifted(flat: np.ndarray, x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
    """The image as it is (x, y) px further, and bool (H, W): where that lies inside it."""
    height, width = flat.shape
    matrix = np.array([[1, 0, x], [0, 1, y]])
    moved = cv2.warpAffine(
        flat, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT
    )
    columns, rows = np.arange(width) + x, np.arange(height) + y
    inside = ((rows >= 0) & (rows <= height - 1))[:, None] & ((columns >= 0) & (columns <= width - 1))
    return moved, inside

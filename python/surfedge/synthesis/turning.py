"""Turning and shifting an image about its centre, the border mirrored, with or without its mask."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def moved(
    values: NDArray[Any],
    *,
    turn_deg: float = 0.0,
    shear: tuple[float, float] = (0.0, 0.0),
    shift_px: tuple[float, float] = (0.0, 0.0),
) -> NDArray[Any]:
    """`values` turned anticlockwise, sheared and shifted by (x, y) about the centre; a new array of its shape.

    values : (H, W) or (H, W, 3) of uint8 or float32 (between pixels linear), or a bool mask (nearest pixel).

    >>> moved(np.eye(3, dtype=bool), turn_deg=90.0).astype(int).tolist()
    [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    """
    h, w = values.shape[:2]
    c, s = float(np.cos(np.deg2rad(turn_deg))), float(np.sin(np.deg2rad(turn_deg)))
    turn = np.array([[c, s], [-s, c]]) @ np.array([[1.0, shear[0]], [shear[1], 1.0]])
    centre = np.array([(w - 1) / 2, (h - 1) / 2])
    matrix = np.column_stack([turn, centre - turn @ centre + np.array(shift_px)])
    is_mask = values.dtype == np.bool_
    result = cv2.warpAffine(
        values.astype(np.uint8) if is_mask else values,
        matrix,
        (w, h),
        flags=cv2.INTER_NEAREST if is_mask else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return result.astype(bool) if is_mask else result

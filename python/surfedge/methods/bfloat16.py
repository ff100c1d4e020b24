"""bfloat16 in NumPy, which has no type for it: the upper half of a float32, two bytes, low first."""

from __future__ import annotations

import numpy as np


def as_bfloat16(values: np.ndarray) -> np.ndarray:
    """float32 (..., n) rounded to the nearest, to the even one of two: uint8 (..., 2 n). Finite values only.

    >>> as_bfloat16(np.float32([1.0, -2.5])).tolist()
    [128, 63, 32, 192]
    """
    bits = np.ascontiguousarray(values).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
    return rounded.astype("<u2").view(np.uint8)


def from_bfloat16(stored: np.ndarray) -> np.ndarray:
    """uint8 (..., 2 n) of `as_bfloat16` as float32 (..., n).

    >>> from_bfloat16(as_bfloat16(np.float32([1.0, 1.001, -2.5]))).tolist()
    [1.0, 1.0, -2.5]
    """
    halves = np.ascontiguousarray(stored).view("<u2")
    return (halves.astype(np.uint32) << np.uint32(16)).view(np.float32)

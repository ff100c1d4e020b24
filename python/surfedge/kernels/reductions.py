"""A few numbers of a whole array."""

from __future__ import annotations

import numpy as np

from surfedge.kernels.levels import native


def frame_statistics(image: np.ndarray, low: float, high: float) -> tuple[float, ...]:
    """What an image is like as a whole, in one pass over at most 512 of its rows (bands of 16, evenly spread).

    image : uint8 or float32 (H, W). low, high : ends of the range, in its units.

    Returns mean, standard deviation, mean absolute difference to the next column and to the next row, all in the
    image's units, and as fractions, 0 to 1: pixels at or below `low`, at or above `high`, rows whose pixels are all
    equal, rows that equal the row before.

    >>> frame_statistics(np.array([[0, 4], [0, 4]], np.uint8), 0, 255)
    (2.0, 2.0, 4.0, 0.0, 0.5, 0.0, 0.0, 1.0)
    """
    found: tuple[float, ...] = native.frame_statistics(image, low, high)
    return found


def quantile(x: np.ndarray, q: float) -> float:
    """The smallest element that at least the fraction q of the other elements does not exceed.

    x : float32, any shape, at least one element. q : 0 (minimum) to 1 (maximum).

    The element of rank ceil(q (n - 1)) in ascending order, as numpy's quantile with method "higher" on float64.
    NaN anywhere gives NaN.

    >>> quantile(np.array([4, 1, 3, 2], np.float32), 0.5)
    3.0
    """
    return float(native.quantile(x, q))

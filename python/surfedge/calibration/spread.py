"""Some of many images, spread over all of them."""

from __future__ import annotations

import numpy as np


def spread(count: int, most: int) -> list[int]:
    """Up to `most` of the numbers below `count`, spread over them.

    >>> spread(10, 4), spread(3, 8)
    ([0, 3, 6, 9], [0, 1, 2])
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)).tolist()

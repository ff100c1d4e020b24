"""Middle and spread that a few strange values do not move."""

from __future__ import annotations

import numpy as np

from surfedge import kernels

MAD_TO_DEVIATION = 1.4826
"""Median absolute deviations to standard deviations of a normal distribution."""


def median(values: np.ndarray) -> float:
    """The median of `values`, any shape, taken as float32; of an even number the upper of the middle two.

    NaN anywhere gives NaN. An order of magnitude quicker than sorting in part.

    >>> median(np.array([4.0, 1.0, 3.0, 2.0]))
    3.0
    """
    return kernels.quantile(np.ascontiguousarray(values, np.float32), 0.5)

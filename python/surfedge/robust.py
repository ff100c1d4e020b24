"""Middle and spread that a few outliers do not move."""

from __future__ import annotations

import numpy as np

from surfedge import kernels

MAD_TO_DEVIATION = 1.4826
"""Median absolute deviations to standard deviations of a normal distribution."""


def median(values: np.ndarray) -> float:
    """The median of `values`, any shape, taken as float32; of an even number the mean of the middle two.

    NaN anywhere gives NaN. An order of magnitude faster than sorting in part.

    >>> median(np.array([4.0, 1.0, 3.0, 2.0]))
    2.5
    """
    values = np.ascontiguousarray(values, np.float32)
    upper, count = kernels.quantile(values, 0.5), values.size
    if count % 2:
        return upper
    # The element of rank count / 2 - 1: half a rank less, so that rounding does not reach the next.
    lower = kernels.quantile(values, max(0.0, count / 2 - 1.5) / (count - 1))
    return 0.5 * (lower + upper)

"""Limits over all pixel values of good images' maps, as the studies of leather and of patterned plate (2022) take them.

By construction the fraction 1 - P of the pixels of good images lies above a P-quantile; the opening that follows takes
small groups of them away, and an image is defective when a pixel is left. (P. Bergmann et al., "The MVTec Anomaly
Detection Dataset", 2021, section on thresholds, for mean and standard deviations of all pixels.)
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError
from surfedge.metrics import ScoreBins


class PixelValues:
    """Counts of pixel values in 655,360 bins, and their sums; memory does not grow with the images.

    The bins are 1/8192 of a value's distance from the first image's median wide, or less: that is the quantile's error.

    >>> values = PixelValues()
    >>> values.add(np.arange(1000, dtype=np.float32))
    >>> abs(values.quantile(0.98) - 980) < 1, round(values.ksigma(3.0))
    (True, 1366)
    """

    def __init__(self) -> None:
        self._bins: ScoreBins | None = None
        self._counts: npt.NDArray[np.int64]  # (bins,), once there are bins
        self._number, self._sum, self._squares = 0, 0.0, 0.0

    def add(self, values: np.ndarray) -> None:
        """`values`, float32 of any shape: all judged pixels of one map."""
        values = np.ascontiguousarray(values, np.float32).ravel()
        if self._bins is None:
            self._bins = ScoreBins.fitted(values)
            self._counts = np.zeros(self._bins.count, np.int64)
        self._counts += np.bincount(self._bins.index(values), minlength=self._bins.count)
        exact = values.astype(np.float64)
        self._number += values.size
        self._sum += float(exact.sum())
        self._squares += float(exact @ exact)

    def quantile(self, p: float) -> float:
        """The smallest limit, to a bin's width, with at most the fraction 1 - `p` of all values above it."""
        bins = self._filled()
        last = int(np.searchsorted(np.cumsum(self._counts), math.ceil(p * self._number)))
        return float(np.nextafter(bins.lowest([last + 1])[0], np.float32(-np.inf)))

    def ksigma(self, k: float) -> float:
        """Mean plus `k` standard deviations of all values."""
        self._filled()
        mean = self._sum / self._number
        return mean + k * math.sqrt(max(self._squares / self._number - mean * mean, 0.0))

    def _filled(self) -> ScoreBins:
        if self._bins is None:
            raise ArgumentError("pixel rule", found="no pixels", expected="maps of good images")
        return self._bins

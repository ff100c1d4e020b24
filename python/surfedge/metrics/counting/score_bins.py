"""Bins for pixel scores, fine where scores are dense, the same for every image, found by bit arithmetic.

A bin is the leading bits of the float32 |x - centre| + scale, with the side of the centre. Around the centre
the bins are `scale` / 8192 wide; further out a bin's width is 1/8192 to 1/16384 of its distance from the
centre, over 40 octaves. Shifting or scaling the scores therefore changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_OCTAVES = 40
_BITS = 13  # bins per octave: 2 ** 13
_SHIFT = 23 - _BITS
HALF = _OCTAVES << _BITS
BINS = 2 * HALF


@dataclass(frozen=True)
class ScoreBins:
    """`BINS` (655,360) bins around `centre`; `scale` is the distance below which the width stays constant.

    >>> bins = ScoreBins(centre=0.0, scale=1.0)
    >>> bins.index(np.array([-3.0, 0.0, 1e-6, 3.0], np.float32)) - HALF
    array([-16385,      0,      0,  16384], dtype=int32)
    """

    centre: float
    scale: float

    @property
    def count(self) -> int:
        """Number of bins."""
        return BINS

    @classmethod
    def fitted(cls, values: npt.NDArray[np.float32]) -> ScoreBins:
        """Bins centred at the median of `values`, with 1/16 of their interquartile range as scale."""
        some = values[:: max(1, values.size // 1_000_000)]
        low, middle, high = (float(q) for q in np.quantile(some, (0.25, 0.5, 0.75)))
        spread = max((high - low) / 16.0, (float(values.max()) - float(values.min())) * 2.0**-20)
        if spread > 0.0:
            scale = max(spread, abs(middle) * 2.0**-20, 1e-30)
        else:  # one value only: what later images hold is not known
            scale = max(abs(middle), 1.0) * 2.0**-20
        return cls(middle, float(np.float32(scale)))

    def index(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
        """Bin of each value, int32 in [0, BINS), never falling when the value rises."""
        with np.errstate(over="ignore"):
            distance = values - np.float32(self.centre)
        distance += np.float32(0.0)  # -0.0 becomes 0.0: equal scores stay equal
        below = distance.view(np.int32) >> 31
        np.abs(distance, out=distance)
        distance += np.float32(self.scale)
        index: npt.NDArray[np.int32] = distance.view(np.int32)
        index -= np.float32(self.scale).view(np.int32)
        index >>= _SHIFT
        np.minimum(index, HALF - 1, out=index)
        index ^= below  # -1 - index on the lower side
        index += HALF
        return index

    def lowest(self, index: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Smallest float32 score that falls in each bin or above it, by bisection over all float32 values."""
        wanted = np.asarray(index)
        low = np.full(wanted.shape, _order(np.float32(-np.finfo(np.float32).max)), np.int64)
        high = np.full(wanted.shape, _order(np.float32(np.finfo(np.float32).max)), np.int64)
        while np.any(low < high):
            middle = (low + high) >> 1
            reached = self.index(_value(middle)) >= wanted
            high = np.where(reached, middle, high)
            low = np.where(reached, low, np.minimum(middle + 1, high))
        return _value(low)


def _order(value: np.float32) -> int:
    """Position of a float32 among all float32 values, 0 at 0.0."""
    return int(math.copysign(int(value.view(np.int32)) & 0x7FFFFFFF, value))


def _value(order: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """The float32 value at each position: the inverse of `_order`."""
    magnitude = np.abs(order).astype(np.int32).view(np.float32)
    return np.copysign(magnitude, order).astype(np.float32)

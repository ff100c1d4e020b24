"""Pixel scores counted in bins: what several images add up to, and what each adds of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from surfedge.metrics.counting.ground_truth import PixelSample
from surfedge.metrics.counting.score_bins import BINS, ScoreBins

Array = npt.NDArray[np.float64]
Counts = tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]
CHANNELS = ("good", "near", "outside", "inside", "overlap")
COARSE = 6  # an image keeps its counts in bins 2 ** 6 times as wide: 128 per octave


@dataclass(frozen=True)
class ImageBins:
    """One image's counts: wide bins that hold any, int32 (n,), and how many, float32 (n,), for each of CHANNELS.

    overlap_index, overlap : its bins and weights of the last channel, int32 and float64 (k,). They are no whole
    numbers, so a sum depends on the order; those of the other channels do not.
    """

    wide: tuple[Counts, ...]
    overlap_index: npt.NDArray[np.int32] = field(repr=False)
    overlap: Array = field(repr=False)

    @property
    def has_pixels(self) -> bool:
        """Whether any pixel was counted."""
        return any(index.size for index, _ in self.wide)


@dataclass(frozen=True)
class BinSums:
    """Bins in use of several images: their numbers, int32 (n,), pixels of the first four CHANNELS, float64 (4, n), the
    score of each, float32 (n,), and whether it holds others too, bool (n,)."""

    index: npt.NDArray[np.int32]
    pixels: Array
    single: npt.NDArray[np.float32]
    mixed: npt.NDArray[np.bool_]


class BinnedPixels:
    """Counts images in `bins`; about 26 MB, however many there are.

    pixels : float64 (4, BINS), whole numbers. single : float32 (BINS,), the score in a bin while `mixed` does not say
    that there are several, NaN where there is none.

    >>> from surfedge.metrics.counting.ground_truth import split_pixels
    >>> counted = BinnedPixels(ScoreBins(0.0, 1.0))
    >>> image = counted.count(split_pixels([[0.1, 0.9, 0.9]], [[0, 1, 1]]))
    >>> counted.pixels.sum(axis=1).tolist(), image.overlap.tolist()
    ([0.0, 1.0, 0.0, 2.0], [1.0])
    """

    def __init__(self, bins: ScoreBins) -> None:
        self.bins = bins
        self.pixels = np.zeros((len(CHANNELS) - 1, BINS))
        self.single = np.full(BINS, np.nan, np.float32)
        self.mixed = np.zeros(BINS, np.bool_)

    def count(self, sample: PixelSample) -> ImageBins:
        """Adds the whole counts of one image; returns what is its own."""
        wide: list[Counts] = []
        for row, values in enumerate((sample.good, sample.near, sample.outside, sample.inside)):
            index = self.bins.index(values)
            self._watch(index, values)
            used, number = _binned(index)
            self.pixels[row, used] += number
            wide.append(_widened(used, number))
        used, weight = _binned(index, sample.overlap_weights)  # the pixels of the row before
        return ImageBins((*wide, _widened(used, weight)), used, weight)

    def sums(self) -> BinSums:
        """The bins in use."""
        used = np.flatnonzero(~np.isnan(self.single))
        return BinSums(used.astype(np.int32), self.pixels[:, used], self.single[used], self.mixed[used])

    def add(self, sums: BinSums) -> None:
        """Adds other images, counted in the same bins."""
        self.pixels[:, sums.index] += sums.pixels
        self._watch(sums.index, sums.single)
        self.mixed[sums.index[sums.mixed]] = True

    def _watch(self, index: npt.NDArray[np.int32], values: npt.NDArray[np.float32]) -> None:
        """Note which bins hold more than one score: maps of few distinct scores stay exact."""
        open_bins = np.flatnonzero(~self.mixed[index])
        index, values = index[open_bins], values[open_bins]
        single = self.single[index]
        new = np.isnan(single)
        if new.any():
            self.single[index[new]] = values[new]
            single = self.single[index]
        self.mixed[index[single != values]] = True


def _binned(index: npt.NDArray[np.int32], weights: Array | None = None) -> tuple[npt.NDArray[np.int32], Array]:
    """The bins that hold any of the pixels, and how many, or their weights' sum."""
    first = index.min(initial=BINS)
    counts = np.asarray(np.bincount(index - first, weights), np.float64)
    used = np.flatnonzero(counts)
    return (used + first).astype(np.int32), counts[used]


def _widened(used: npt.NDArray[np.int32], number: Array) -> Counts:
    """The same in wide bins."""
    index, wide = _binned(used >> COARSE, number)
    return index, wide.astype(np.float32)

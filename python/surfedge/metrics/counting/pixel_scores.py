"""Counts of pixel scores over a test set, one image at a time: exact while it is small, then in fine bins."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.binned import CHANNELS, COARSE, BinnedPixels, BinSums, ImageBins
from surfedge.metrics.counting.ground_truth import PixelSample
from surfedge.metrics.counting.levels import f1_scores, last_best, limit_under
from surfedge.metrics.counting.score_bins import BINS, ScoreBins

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PixelLevels:
    """Pixels per level of score, highest first.

    counts : float64 (..., 5, L), rows as in CHANNELS. scores : float32 (L,), the lowest score of each level.
    merged : bool (L,), levels that hold different scores; without one the counts are exact.
    """

    counts: Array
    scores: npt.NDArray[np.float32]
    merged: npt.NDArray[np.bool_]

    @property
    def exact(self) -> bool:
        """Whether every level holds one score only."""
        return not self.merged.any()

    @property
    def negatives(self) -> Array:
        """Pixels outside the masks, of good and of defect images."""
        return np.asarray(self.counts[..., :3, :].sum(-2))

    @property
    def positives(self) -> Array:
        """Pixels inside the masks."""
        return np.asarray(self.counts[..., 3, :])

    @property
    def overlap(self) -> Array:
        """Pixels inside the masks, weighted by 1 / area of their region; adds up to the number of regions."""
        return np.asarray(self.counts[..., 4, :])

    def best_f1_limit(self) -> float:
        """The limit with the best F1 over pixels, a float32; of equals the lowest. NaN without positives."""
        if not self.positives.any():
            return float("nan")
        level = last_best(f1_scores(self.negatives, self.positives))
        if self.exact:
            return limit_under(self.scores, level)
        return float(np.nextafter(self.scores[level], np.float32(-np.inf)))


class PixelScores:
    """Collects pixel scores image by image.

    Up to `exact_px` pixels in all are kept as they are and counted exactly (None: without limit). Beyond,
    they go into `ScoreBins` fitted to those seen so far: 30 MB in all and some tens of kB per image, whatever
    its size. The ends of bins are then still exact points of every curve, bins of one score only stay exact,
    and the `*_slack` functions of `levels` bound the rest.

    >>> from surfedge.metrics.counting.ground_truth import split_pixels
    >>> pixels = PixelScores()
    >>> pixels.add(split_pixels([[0.1, 0.9]], [[0, 1]]))
    >>> pixels.levels().positives.tolist()
    [1.0, 0.0]
    """

    def __init__(self, *, exact_px: int | None = 2_000_000) -> None:
        if exact_px is not None and exact_px < 0:
            raise ArgumentError("exact_px", found=str(exact_px), expected="0 or more, or None")
        self._exact_px = exact_px
        self._kept: list[PixelSample] = []
        self._kept_px = 0
        self._binned: BinnedPixels | None = None
        self._overlap: Array  # (BINS,), once there are bins
        self._images: list[ImageBins] = []

    @property
    def exact(self) -> bool:
        """Whether all pixels seen so far are kept as they are."""
        return self._binned is None

    @property
    def bins(self) -> ScoreBins | None:
        """The bins that images are counted in; None while all pixels are kept."""
        return None if self._binned is None else self._binned.bins

    def __len__(self) -> int:
        return len(self._kept) if self.exact else len(self._images)

    def add(self, sample: PixelSample) -> None:
        """Count one image; an empty sample keeps the place of an image without a map or a mask."""
        if self._binned is not None:
            self.add_image(self._binned.count(sample))
            return
        self._kept.append(replace(sample, good=sample.good.copy()))  # the others are copies already
        self._kept_px += sum(values.size for values in _channels(sample))
        if self._exact_px is not None and self._kept_px > self._exact_px:
            self._bin_all()

    def add_image(self, image: ImageBins) -> None:
        """One image that was counted in `bins` elsewhere; its whole counts come by `add_sums`. Without bins it can only
        be one without pixels."""
        if self._binned is None:
            assert not image.has_pixels
            self.add(PixelSample())
            return
        self._overlap[image.overlap_index] += image.overlap
        self._images.append(image)

    def add_sums(self, sums: BinSums) -> None:
        """The whole counts of images that were counted in `bins` elsewhere."""
        if sums.index.size:
            assert self._binned is not None
            self._binned.add(sums)

    def _bin_all(self) -> None:
        values = np.concatenate([values for sample in self._kept for values in _channels(sample)])
        self._binned = BinnedPixels(ScoreBins.fitted(values if values.size else np.zeros(1, np.float32)))
        self._overlap = np.zeros(BINS)
        for sample in self._kept:
            self.add_image(self._binned.count(sample))
        self._kept = []

    def levels(self, images: npt.NDArray[np.bool_] | None = None) -> PixelLevels:
        """Counts of all images, or of those where `images`, bool (M,), is true.

        A part of a set that is no longer exact is counted in wider bins (128 per octave).
        """
        if self._binned is None:
            chosen = self._kept if images is None else [self._kept[i] for i in np.flatnonzero(images)]
            return _exact_levels(chosen)
        bins = self._binned.bins
        if images is None:
            fine = np.vstack((self._binned.pixels, self._overlap))
            used = np.flatnonzero(fine.any(axis=0))[::-1]
            return PixelLevels(fine[:, used], bins.lowest(used), self._binned.mixed[used])
        counts = np.zeros((len(CHANNELS), BINS >> COARSE))
        for i in np.flatnonzero(images):
            for row, (index, number) in enumerate(self._images[i].wide):
                counts[row, index] += number
        used = np.flatnonzero(counts.any(axis=0))[::-1]
        return PixelLevels(counts[:, used], bins.lowest(used << COARSE), self._wide_mixed()[used])

    def resampled(self, weights: npt.NDArray[np.float32], levels: int = 2048) -> PixelLevels:
        """Counts (B, 5, levels or fewer), highest score first, of B samples of the images.

        weights : (B, M), how often each image counts. Scores are merged to levels that follow the curves.
        """
        if self.exact:
            binned = PixelScores()
            binned._kept = self._kept
            binned._bin_all()
            return binned.resampled(weights, levels)
        total = np.zeros((len(CHANNELS), BINS >> COARSE))
        for image in self._images:
            for row, (index, number) in enumerate(image.wide):
                total[row, index] += number
        level_of = _merged(total[:, ::-1], levels)[::-1]
        result = np.zeros((len(weights), len(CHANNELS), int(level_of.max(initial=0)) + 1))
        for row in range(len(CHANNELS)):
            dense = np.zeros((len(self._images), result.shape[-1]), np.float32)
            for i, image in enumerate(self._images):
                dense[i] = np.bincount(level_of[image.wide[row][0]], image.wide[row][1], minlength=dense.shape[1])
            result[:, row] = weights @ dense
        several = np.add(total.any(axis=0), self._wide_mixed(), dtype=np.int64)
        mixed = np.bincount(level_of, several) > 1
        return PixelLevels(result, np.empty(0, np.float32), mixed)

    def _wide_mixed(self) -> npt.NDArray[np.bool_]:
        """Wide bins that hold more than one score."""
        assert self._binned is not None
        used = (~np.isnan(self._binned.single)).reshape(BINS >> COARSE, 1 << COARSE).sum(axis=1)
        return np.asarray((used > 1) | self._binned.mixed.reshape(BINS >> COARSE, 1 << COARSE).any(axis=1))


def _channels(sample: PixelSample) -> tuple[npt.NDArray[np.float32], ...]:
    return sample.good, sample.near, sample.outside, sample.inside


def _exact_levels(samples: list[PixelSample]) -> PixelLevels:
    channels = [_channels(sample) for sample in samples]
    pooled = [np.concatenate([np.empty(0, np.float32), *(c[row] for c in channels)]) for row in range(4)]
    scores = np.unique(np.concatenate(pooled))
    counts = np.zeros((len(CHANNELS), scores.size))
    for row, values in enumerate(pooled):
        distinct, number = np.unique(values, return_counts=True)
        counts[row, np.searchsorted(scores, distinct)] = number
    weights = np.concatenate([np.empty(0), *(sample.overlap_weights for sample in samples)])
    counts[4] = np.bincount(np.searchsorted(scores, pooled[3]), weights, minlength=scores.size)
    return PixelLevels(counts[:, ::-1], scores[::-1], np.zeros(scores.size, np.bool_))


def _merged(total: Array, levels: int) -> npt.NDArray[np.int64]:
    """Level of each wide bin (5, bins), so that every level moves the curves by about the same amount."""
    negatives, positives, overlap = total[:3].sum(0), total[3], total[4]
    fpr = np.cumsum(negatives) / max(negatives.sum(), 1.0)
    path = fpr + np.minimum(fpr / 0.05, 1.0)
    path += np.cumsum(positives) / max(positives.sum(), 1.0) + np.cumsum(overlap) / max(overlap.sum(), 1.0)
    level = np.ceil(path / max(path[-1], 1e-30) * (levels - 1)).astype(np.int64)
    return np.asarray(np.unique(level, return_inverse=True)[1], np.int64)

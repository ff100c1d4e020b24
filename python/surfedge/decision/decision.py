"""From the raw map to score, mask, regions and verdict: one definition for every method.

The same code runs while calibrating, evaluating and at the line. A single threshold serves both: the image
score is the largest value (or an upper quantile) of the finished map, so a defective verdict and a pixel in the
mask mean the same thing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.decision.area import inside, joined, judged_values, kept_regions
from surfedge.decision.normalisation import NORMALISATIONS, check_good, normalised_by_good, normalised_by_itself
from surfedge.decision.regions import find_regions
from surfedge.decision.smoothing import smoothed
from surfedge.decision.upsampling import largest_stretched, map_of_mask, stretch
from surfedge.errors import EngineError, require
from surfedge.lazy_field import Deferred, made_on_use
from surfedge.result import Region

ROUNDING_SHARE = 1e-3  # share of the threshold that rounding cannot bridge


@dataclass(frozen=True)
class Judgement:
    """What a decision makes of one map: the fields that a Result shares with it."""

    score: float
    is_defective: bool
    anomaly_map: np.ndarray | None
    mask: np.ndarray | None
    regions: tuple[Region, ...]
    ignored_share: float = 0.0


made_on_use(Judgement, "anomaly_map")


@dataclass(frozen=True)
class Decision:
    """Smoothing, normalisation, threshold, opening, border, regions, verdict.

    threshold : an image is defective when its score is above it, a pixel when its finished map is. Finite.
    blur_sigma_px : deviation of the Gaussian that smooths the raw map, 0 for none.
    normalise : "none", "good" (by what good images gave: good_mean, good_deviation), "median" (less the median of
        the image's own map) or "robust" (that, over the map's median absolute deviation).
    score_quantile : 1.0 takes the map's maximum as the image score, 0.999 its upper quantile.
    opening_radius_px : disk that must fit into a defect, 0 for none; with one, the verdict needs a region too.
    border_px : ring along the image border that is not judged (it is left out of score and mask).
    clear_border : drop regions that touch the judged area's edge.
    min_area_px : smaller regions are dropped, and the verdict needs one that is left.
    good_mean, good_deviation : float32 (h, w), statistics of the smoothed map on good images on a grid that is
        stretched over the image; (1, 1) is one value for all positions.
    ignore : bool (h, w), True where nothing is judged (holders, labels, the background), stretched over the image.
    """

    threshold: float = 0.0
    blur_sigma_px: float = 0.0
    normalise: str = "none"
    score_quantile: float = 1.0
    opening_radius_px: int = 0
    border_px: int = 0
    clear_border: bool = False
    min_area_px: int = 0
    good_mean: np.ndarray | None = None
    good_deviation: np.ndarray | None = None
    ignore: np.ndarray | None = None

    def __post_init__(self) -> None:
        require("decision.threshold", self.threshold, abs(self.threshold) < 3e38, "a number from -3e38 to 3e38")
        require("decision.normalise", self.normalise, self.normalise in NORMALISATIONS, ", ".join(NORMALISATIONS))
        require("decision.blur_sigma_px", self.blur_sigma_px, 0 <= self.blur_sigma_px <= 256, "0 to 256")
        require("decision.score_quantile", self.score_quantile, 0 < self.score_quantile <= 1, "above 0, at most 1")
        require("decision.opening_radius_px", self.opening_radius_px, 0 <= self.opening_radius_px <= 256, "0 to 256")
        require("decision.border_px", self.border_px, self.border_px >= 0, "0 or more")
        require("decision.min_area_px", self.min_area_px, self.min_area_px >= 0, "0 or more")
        if self.normalise == "good":
            known = self.good_mean is not None and self.good_deviation is not None
            require("decision.good_mean", None, known, "statistics of good images: calibrate first")
        check_good(self.good_mean, self.good_deviation)
        if self.ignore is not None:
            fits = self.ignore.dtype == np.bool_ and self.ignore.ndim == 2 and self.ignore.size > 0
            require("decision.ignore", f"{self.ignore.dtype} of shape {self.ignore.shape}", fits, "bool (h, w)")

    def judge(
        self,
        raw_map: np.ndarray,
        shape: tuple[int, int] | None = None,
        cell_px: int = 1,
        *,
        ignore: np.ndarray | None = None,
        maps: bool = True,
    ) -> Judgement:
        """The verdict on one raw map; the map given is not changed.

        raw_map : float32 (ceil(H / cell_px), ceil(W / cell_px)). shape : (H, W) of the image in pixels, by default
        the map's. cell_px : side of the square of pixels that one value of the map stands for; 0 when the map covers
        the image as a whole. ignore : bool (H, W), True where nothing is judged, besides what the decision ignores.
        maps : False leaves out map, mask and regions where the verdict does without them.

        Raises EngineError when the map is not finite: such an image is not judged, least of all good.
        """
        shape = shape or (raw_map.shape[0], raw_map.shape[1])
        ignore = self.ignored(shape, ignore)
        ignored_share = 0.0 if ignore is None else float(np.count_nonzero(ignore)) / ignore.size
        smooth = self.smooth(raw_map, cell_px, shape, ignore)
        if not maps and not self._needs_region:
            score = self._score_alone(smooth, shape, cell_px, ignore)
            return Judgement(score, score > self.threshold, None, None, (), ignored_share)
        if cell_px != 1 and (good := self._good_at_sight(smooth, shape, cell_px, ignore)):
            return good
        anomaly_map = self.finish(smooth, shape, cell_px, ignore)
        score = self.score(anomaly_map, ignore)
        if score <= self.threshold:  # by a quantile a few pixels may be above it: they are no defect either
            mask = np.zeros(anomaly_map.shape, np.bool_)
            return Judgement(score, False, anomaly_map, mask, (), ignored_share)
        mask = self.mask(anomaly_map, ignore)
        regions = find_regions(mask, anomaly_map)
        if self.min_area_px or self.clear_border:
            regions = kept_regions(regions, mask, self.min_area_px, self.border_px, self.clear_border)
        return Judgement(score, bool(regions) or not self._needs_region, anomaly_map, mask, regions, ignored_share)

    @property
    def _needs_region(self) -> bool:
        return self.min_area_px > 0 or self.clear_border or self.opening_radius_px > 0

    def ignored(self, shape: tuple[int, int], ignore: np.ndarray | None = None) -> np.ndarray | None:
        """bool (H, W): what `ignore` and the decision together leave out; None when that is nothing.

        Raises ArgumentError when nothing is left to judge.
        """
        return joined(self.ignore, shape, ignore)

    def smooth(
        self,
        raw_map: np.ndarray,
        cell_px: int = 1,
        shape: tuple[int, int] | None = None,
        ignore: np.ndarray | None = None,
    ) -> np.ndarray:
        """The raw map after the Gaussian, borders mirrored, ignored pixels without weight; float32."""
        weight = self._weight(raw_map.shape, cell_px, shape, ignore) if self.blur_sigma_px > 0 else None
        return smoothed(raw_map, self.blur_sigma_px, cell_px, shape, weight)

    def _weight(
        self, map_shape: tuple[int, ...], cell_px: int, shape: tuple[int, int] | None, ignore: np.ndarray | None
    ) -> np.ndarray | None:
        """float32 (h, w): the share of each cell that is judged; None when all of it is."""
        if ignore is None and self.ignore is not None:
            ignore = self.ignored(shape or (map_shape[0] * max(cell_px, 1), map_shape[1] * max(cell_px, 1)))
        return None if ignore is None else 1.0 - map_of_mask(ignore, map_shape, cell_px)

    def finish(
        self,
        smooth: np.ndarray,
        shape: tuple[int, int] | None = None,
        cell_px: int = 1,
        ignore: np.ndarray | None = None,
    ) -> np.ndarray:
        """The smoothed map normalised and stretched over the image, float32 (H, W)."""
        normalised = self._normalised(smooth, self._weight(smooth.shape, cell_px, shape, ignore))
        return normalised if shape is None else stretch(normalised, shape, cell_px)

    def _good_at_sight(
        self, smooth: np.ndarray, shape: tuple[int, int], cell_px: int, ignore: np.ndarray | None
    ) -> Judgement | None:
        """The judgement on a map that stays clearly below the threshold, its stretching put off; None for others."""
        if self.score_quantile < 1.0 or self.border_px or ignore is not None:
            return None
        coarse = self._normalised(smooth, None)
        score = _finite(largest_stretched(coarse, shape, cell_px))
        if score > self.threshold - ROUNDING_SHARE * max(abs(score), abs(self.threshold)):
            return None
        later: Any = Deferred(partial(stretch, coarse, shape, cell_px))
        return Judgement(score, False, later, np.zeros(shape, np.bool_), ())

    def _score_alone(
        self, smooth: np.ndarray, shape: tuple[int, int], cell_px: int, ignore: np.ndarray | None
    ) -> float:
        """The score without the map at the image's size, where it is the map's maximum."""
        if self.score_quantile < 1.0 or self.border_px or ignore is not None:
            return self.score(self.finish(smooth, shape, cell_px, ignore), ignore)
        return _finite(largest_stretched(self._normalised(smooth, None), shape, cell_px))

    def _normalised(self, smooth: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
        if self.normalise == "none":
            return smooth
        if self.normalise != "good":
            return normalised_by_itself(smooth, self.normalise, weight)
        assert self.good_mean is not None
        assert self.good_deviation is not None
        return normalised_by_good(smooth, self.good_mean, self.good_deviation)

    def score(self, anomaly_map: np.ndarray, ignore: np.ndarray | None = None) -> float:
        """The image score of a finished map: its maximum, or its upper quantile."""
        ignore = self.ignored((anomaly_map.shape[0], anomaly_map.shape[1])) if ignore is None else ignore
        judged = judged_values(anomaly_map, ignore, self.border_px)
        if self.score_quantile >= 1.0:
            return _finite(float(judged.max()))
        return _finite(kernels.quantile(np.ascontiguousarray(judged), self.score_quantile))

    def mask(self, anomaly_map: np.ndarray, ignore: np.ndarray | None = None) -> np.ndarray:
        """bool (H, W): pixels above the threshold that survive opening, neither ignored nor in the border ring."""
        mask = anomaly_map > self._limit()
        ignore = self.ignored((anomaly_map.shape[0], anomaly_map.shape[1])) if ignore is None else ignore
        if ignore is not None:
            mask &= ~ignore
        if self.border_px:
            judged = np.zeros_like(mask)
            inside(judged, self.border_px)[...] = True
            mask &= judged
        if self.opening_radius_px and mask.any():
            mask = kernels.open_disk(mask, self.opening_radius_px)
        return mask

    def _limit(self) -> np.float32:
        """Largest float32 that is not above the threshold, so that pixels and scores are compared alike."""
        limit = np.float32(self.threshold)
        return limit if float(limit) <= self.threshold else np.nextafter(limit, np.float32(-np.inf))


def _finite(score: float) -> float:
    if not math.isfinite(score):
        raise EngineError(
            "anomaly map",
            found=f"the score {score}",
            expected="finite values",
            remedy="check the network and its precision",
        )
    return score

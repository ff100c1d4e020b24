"""From the raw map to score, mask, regions and verdict: one definition for every method.

The same code runs while calibrating, evaluating and at the line. A single threshold serves both: the image
score is the largest value (or an upper quantile) of the finished map, so a defective verdict and a pixel in the
mask mean the same thing. Where a network gives the score itself, the map has a limit of its own; where it gives
classes, the score is the probability that the image is of none of the good ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from surfedge import kernels
from surfedge.decision.area import inside, joined, judged_values, kept_regions, opened_inside, opened_maximum
from surfedge.decision.classes import check_good_classes, probability_of_a_defect, shown_class
from surfedge.decision.judgement import Judgement, finite_score
from surfedge.decision.normalisation import normalised_by_good, normalised_by_itself
from surfedge.decision.own_tail import own_limit, tail_end
from surfedge.decision.raw_map import RawMap
from surfedge.decision.regions import find_regions, named
from surfedge.decision.settings import check_settings
from surfedge.decision.smoothing import smoothed
from surfedge.decision.upsampling import largest_stretched, marked_fraction, stretch
from surfedge.errors import ArgumentError, EngineError
from surfedge.lazy_field import Lazy

ROUNDING_FRACTION = 1e-3  # of the threshold: what rounding cannot bridge


@dataclass(frozen=True)
class Decision:
    """Smoothing, normalisation, threshold, opening, border, regions, verdict.

    threshold : an image is defective when its score is above it, a pixel when its finished map is. Finite.
    own_limit : the threshold, then above 0, is the least one: where the peaks of an image's own map reach far, its own
        lies higher (see surfedge.decision.own_tail), and the judgement says where.
    pixel_threshold : the limit of pixels where the network gives the image score itself; None for `threshold`.
    blur_sigma_px : sigma of the Gaussian that smooths the raw map, 0 for none.
    normalise : "none", "good" (by what good images gave: good_mean, good_deviation), "median" (less the median of
        the image's own map) or "robust" (that, over the map's median absolute deviation).
    score_quantile : 1.0 takes the map's maximum as the image score, 0.999 its upper quantile.
    image_score_by : "quantile" as above; "mean", the average over all judged pixels; or "opened", the highest limit at
        which the opening leaves a pixel, its disk wholly within the image: at the edge a sliver is no defect.
    opening_radius_px : disk that must fit into a defect, 0 for none; with one, the verdict needs a region too.
    border_px : ring along the image border that is not judged (it is left out of score and mask).
    clear_border : drop regions that touch the judged area's edge.
    min_area_px : smaller regions are dropped, and the verdict needs one that is left.
    good_mean, good_deviation : float32 (h, w), statistics of the smoothed map on good images on a grid that is
        stretched over the image; (1, 1) is one value for all positions.
    ignore : bool (h, w), True where nothing is judged (holders, labels, the background), stretched over the image.
    good_classes : names of the classes that are no defect, for methods that classify; () where each is one.
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
    pixel_threshold: float | None = None
    good_classes: tuple[str, ...] | None = None
    image_score_by: str = "quantile"
    own_limit: bool = False

    def __post_init__(self) -> None:
        check_settings(self)

    def judge(
        self, raw_map: RawMap, shape: tuple[int, int], *, ignore: np.ndarray | None = None, maps: bool = True
    ) -> Judgement:
        """The verdict on what a method saw; the map given is not changed.

        shape : (H, W) of the image in pixels. ignore : bool (H, W), True where nothing is judged, besides what the
        decision ignores. maps : False leaves out map, mask and regions where the verdict does without them.

        Raises EngineError when the map is not finite: such an image is not judged, least of all good. Raises
        ArgumentError for pixels to ignore where the network judges the image as a whole.
        """
        ignore = self.ignored(shape, ignore)
        if ignore is not None and (raw_map.values is None or raw_map.score is not None):
            raise ArgumentError(
                "ignore",
                found="pixels to leave out",
                expected="none: the network judges the image as a whole",
                remedy="cut the image before it is inspected",
            )
        if raw_map.values is None:
            return self._by_class(raw_map)
        normal = self.normalised(self.smooth(raw_map, shape, ignore), shape, ignore)
        return self.for_map(normal, shape, ignore)._judged(normal, shape, ignore, maps)

    def _judged(self, normal: RawMap, shape: tuple[int, int], ignore: np.ndarray | None, maps: bool) -> Judgement:
        """The judgement on a smoothed and normalised map."""
        ignored_fraction = 0.0 if ignore is None else float(np.count_nonzero(ignore)) / ignore.size
        if not maps and not self._needs_region:
            score = self._score_alone(normal, shape, ignore)
            return Judgement(score, self.threshold, score > self.threshold, ignored_share=ignored_fraction)
        if normal.cell_px != 1 and (good := self._good_at_sight(normal, shape, ignore)):
            return good
        finished = stretch(normal, shape)
        score = self.image_score(normal, finished, ignore)
        if score <= self.threshold:  # by a quantile a few pixels may be above it: they are no defect either
            mask = np.zeros(finished.shape, np.bool_)
            return Judgement(score, self.threshold, False, finished, mask, (), ignored_fraction)
        mask = self.mask(finished, ignore)
        regions = find_regions(mask, finished)
        if self.min_area_px or self.clear_border:
            regions = kept_regions(regions, mask, self.min_area_px, self.border_px, self.clear_border)
        regions = named(regions, mask, normal)
        is_defective = bool(regions) or not self._needs_region
        label = regions[0].label if regions else ""
        return Judgement(score, self.threshold, is_defective, finished, mask, regions, ignored_fraction, label)

    def for_map(self, normal: RawMap, shape: tuple[int, int], ignore: np.ndarray | None = None) -> Decision:
        """The same with the one limit that holds for this normalised map: its own, where the decision says so."""
        if not self.own_limit:
            return self
        limit = own_limit(tail_end(normal.map, self._weight(normal, shape, ignore)), self.threshold)
        return replace(self, threshold=limit if math.isfinite(limit) else self.threshold, own_limit=False)

    def _by_class(self, raw_map: RawMap) -> Judgement:
        """The verdict of a method that only classifies."""
        if raw_map.classes is None:
            raise EngineError("method", found="neither a map nor classes", expected="one of them")
        score = finite_score(probability_of_a_defect(raw_map.classes, self.good_classes))
        is_defective = score > self.threshold
        label = shown_class(raw_map.classes, self.good_classes, is_defective)
        return Judgement(score, self.threshold, is_defective, label=label, probabilities=dict(raw_map.classes))

    def check_classes(self, names: tuple[str, ...]) -> None:
        """Raises ArgumentError unless `good_classes` are some, but not all, of the names of a method's classes."""
        check_good_classes(self.good_classes, names)

    @property
    def _needs_region(self) -> bool:
        return bool(self.min_area_px or self.clear_border or self.opening_radius_px)

    def ignored(self, shape: tuple[int, int], ignore: np.ndarray | None = None) -> np.ndarray | None:
        """bool (H, W): what `ignore` and the decision together leave out; None when that is nothing.

        Raises ArgumentError when nothing is left to judge.
        """
        return joined(self.ignore, shape, ignore)

    def smooth(self, raw_map: RawMap, shape: tuple[int, int], ignore: np.ndarray | None = None) -> RawMap:
        """The raw map after the Gaussian, borders mirrored, ignored pixels without weight."""
        weight = self._weight(raw_map, shape, ignore) if self.blur_sigma_px > 0 else None
        return raw_map.of(smoothed(raw_map, self.blur_sigma_px / raw_map.enlarged, shape, weight))

    def _weight(self, raw_map: RawMap, shape: tuple[int, int], ignore: np.ndarray | None) -> np.ndarray | None:
        """float32 (h, w): the fraction of each value's pixels that is judged; None when all of it is."""
        ignore = self.ignored(shape) if ignore is None else ignore
        return None if ignore is None else 1.0 - marked_fraction(ignore, raw_map)

    def finish(self, smooth: RawMap, shape: tuple[int, int], ignore: np.ndarray | None = None) -> np.ndarray:
        """The smoothed map normalised and stretched over the image, float32 (H, W)."""
        return stretch(self.normalised(smooth, shape, ignore), shape)

    def _good_at_sight(self, normal: RawMap, shape: tuple[int, int], ignore: np.ndarray | None) -> Judgement | None:
        """The judgement on a map that stays clearly below the threshold, its stretching put off; None for others."""
        if not self._takes_maximum(ignore) or normal.score is not None:
            return None
        score = finite_score(largest_stretched(normal, shape))
        if score > self.threshold - ROUNDING_FRACTION * max(abs(score), abs(self.threshold)):
            return None
        return Judgement(score, self.threshold, False, Lazy(partial(stretch, normal, shape)), np.zeros(shape, np.bool_))

    def _score_alone(self, normal: RawMap, shape: tuple[int, int], ignore: np.ndarray | None) -> float:
        """The score without the map at the image's size, where it is the map's maximum."""
        if not self._takes_maximum(ignore):
            return self.image_score(normal, stretch(normal, shape), ignore)
        of_map = finite_score(largest_stretched(normal, shape))
        return of_map if normal.score is None else finite_score(normal.score)

    def _takes_maximum(self, ignore: np.ndarray | None) -> bool:
        """Whether the score is the largest value of the whole map."""
        is_maximum = self.score_quantile >= 1.0 and self.image_score_by == "quantile"
        return is_maximum and not self.border_px and ignore is None

    def normalised(self, smooth: RawMap, shape: tuple[int, int], ignore: np.ndarray | None = None) -> RawMap:
        """The smoothed map normalised."""
        if self.normalise == "none":
            return smooth
        if self.normalise != "good":
            weight = self._weight(smooth, shape, ignore)
            return smooth.of(normalised_by_itself(smooth.map, self.normalise, weight))
        assert self.good_mean is not None
        assert self.good_deviation is not None
        return smooth.of(normalised_by_good(smooth.map, self.good_mean, self.good_deviation))

    def image_score(self, raw_map: RawMap, finished: np.ndarray, ignore: np.ndarray | None = None) -> float:
        """The score that the network gave, else the one of its finished map, which must be finite either way."""
        of_map = self.score(finished, ignore)
        return of_map if raw_map.score is None else finite_score(raw_map.score)

    def judged(self, finished: np.ndarray, ignore: np.ndarray | None = None) -> np.ndarray:
        """The values of a finished map that are judged: neither ignored nor in the border ring; float32."""
        ignore = self._left_out(finished, ignore)
        return judged_values(finished, ignore, self.border_px)

    def _left_out(self, finished: np.ndarray, ignore: np.ndarray | None) -> np.ndarray | None:
        """bool (H, W): `ignore`, which holds what the decision leaves out too, or without it that alone."""
        return self.ignored((finished.shape[0], finished.shape[1])) if ignore is None else ignore

    def with_limit(self, limit: float) -> Decision:
        """The same with one limit for all images, for scores and pixels."""
        return replace(self, threshold=limit, pixel_threshold=None, own_limit=False)

    def score(self, finished: np.ndarray, ignore: np.ndarray | None = None) -> float:
        """The image score of a finished map, float32 (H, W): its maximum, its upper quantile, its mean, or the maximum
        of what an opening leaves."""
        judged = self.judged(finished, ignore)
        if self.image_score_by == "opened" and self.opening_radius_px:
            ignore = self._left_out(finished, ignore)
            return finite_score(opened_maximum(finished, self.opening_radius_px, ignore, self.border_px))
        if self.image_score_by == "mean":
            return finite_score(float(judged.mean(dtype=np.float64)))
        if self.score_quantile >= 1.0:
            return finite_score(float(judged.max()))
        return finite_score(kernels.quantile(np.ascontiguousarray(judged), self.score_quantile))

    def mask(self, finished: np.ndarray, ignore: np.ndarray | None = None) -> np.ndarray:
        """bool (H, W): pixels above the threshold that survive opening, neither ignored nor in the border ring."""
        mask = finished > self._limit()
        ignore = self._left_out(finished, ignore)
        if ignore is not None:
            mask &= ~ignore
        if self.border_px:
            judged = np.zeros_like(mask)
            inside(judged, self.border_px)[...] = True
            mask &= judged
        if self.opening_radius_px:
            opened = opened_inside if self.image_score_by == "opened" else kernels.open_disk
            mask = opened(mask, self.opening_radius_px)
        return mask

    def _limit(self) -> np.float32:
        """Largest float32 that is not above the limit of pixels, so that pixels and scores are compared alike."""
        wanted = self.threshold if self.pixel_threshold is None else self.pixel_threshold
        limit = np.float32(wanted)
        return limit if float(limit) <= wanted else np.nextafter(limit, np.float32(-np.inf))

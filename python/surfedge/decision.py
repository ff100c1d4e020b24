"""From the raw map to score, mask, regions and verdict: one definition for every method.

The same code runs while calibrating, evaluating and at the line. A single threshold serves both: the image
score is the largest value (or an upper quantile) of the finished map, so a defective verdict and a pixel in the
mask mean the same thing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from surfedge import kernels
from surfedge.errors import ArgumentError, EngineError
from surfedge.result import Region

NORMALISATIONS = ("none", "good", "median", "robust")
EPSILON = 1e-12
MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True)
class Judgement:
    """What a decision makes of one map: the fields that a Result shares with it."""

    score: float
    is_defective: bool
    anomaly_map: np.ndarray
    mask: np.ndarray
    regions: tuple[Region, ...]


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

    def __post_init__(self) -> None:
        _check("threshold", self.threshold, abs(self.threshold) < 3e38, "a finite number")
        _check("normalise", self.normalise, self.normalise in NORMALISATIONS, ", ".join(NORMALISATIONS))
        _check("blur_sigma_px", self.blur_sigma_px, 0 <= self.blur_sigma_px <= 256, "0 to 256")
        _check("score_quantile", self.score_quantile, 0 < self.score_quantile <= 1, "above 0, at most 1")
        _check("opening_radius_px", self.opening_radius_px, 0 <= self.opening_radius_px <= 256, "0 to 256")
        _check("border_px", self.border_px, self.border_px >= 0, "0 or more")
        _check("min_area_px", self.min_area_px, self.min_area_px >= 0, "0 or more")
        if self.normalise == "good":
            known = self.good_mean is not None and self.good_deviation is not None
            _check("good_mean", None, known, "statistics of good images: calibrate first")
        self._check_good()

    def _check_good(self) -> None:
        """Both statistics of good images or none, finite, of one shape; deviations above 0."""
        mean, deviation = self.good_mean, self.good_deviation
        if mean is None or deviation is None:
            _check(
                "good_deviation", "one alone", mean is deviation, "good_mean and good_deviation, or neither"
            )
            return
        for name, values in (("good_mean", mean), ("good_deviation", deviation)):
            fits = values.dtype == np.float32 and values.ndim == 2 and values.shape == mean.shape
            found = f"{values.dtype} of shape {values.shape}"
            _check(name, found, fits and 0 < max(values.shape) <= 8192, "float32 (h, w), the same for both")
            _check(name, "NaN or infinity", bool(np.isfinite(values).all()), "finite values")
        _check("good_deviation", float(deviation.min()), bool((deviation > 0).all()), "deviations above 0")

    def judge(self, raw_map: np.ndarray, shape: tuple[int, int] | None = None, cell_px: int = 1) -> Judgement:
        """The verdict on one raw map; the map given is not changed.

        raw_map : float32 (ceil(H / cell_px), ceil(W / cell_px)). shape : (H, W) of the image in pixels, by default
        the map's. cell_px : side of the square of pixels that one value of the map stands for.

        Raises EngineError when the map is not finite: such an image is not judged, least of all good.
        """
        anomaly_map = self.finish(self.smooth(raw_map, cell_px), shape, cell_px)
        score = self.score(anomaly_map)
        mask = self.mask(anomaly_map)
        regions = find_regions(mask, anomaly_map) if score > self.threshold else ()
        if self.min_area_px or self.clear_border:
            regions = self._kept(regions, mask)
        needs_region = self.min_area_px > 0 or self.clear_border or self.opening_radius_px > 0
        is_defective = score > self.threshold and (bool(regions) or not needs_region)
        return Judgement(score, is_defective, anomaly_map, mask, regions)

    def smooth(self, raw_map: np.ndarray, cell_px: int = 1) -> np.ndarray:
        """The raw map after the Gaussian, borders mirrored; float32 of the same shape."""
        if self.blur_sigma_px <= 0:
            return np.asarray(raw_map, np.float32)
        return cv2.GaussianBlur(raw_map, (0, 0), self.blur_sigma_px / cell_px, borderType=cv2.BORDER_REFLECT)

    def finish(
        self, smooth: np.ndarray, shape: tuple[int, int] | None = None, cell_px: int = 1
    ) -> np.ndarray:
        """The smoothed map normalised and stretched over the image, float32 (H, W)."""
        normalised = self._normalised(smooth)
        if cell_px == 1 or shape is None:
            return normalised
        size = (normalised.shape[1] * cell_px, normalised.shape[0] * cell_px)
        stretched = cv2.resize(normalised, size, interpolation=cv2.INTER_LINEAR)
        return np.ascontiguousarray(stretched[: shape[0], : shape[1]])

    def _normalised(self, smooth: np.ndarray) -> np.ndarray:
        if self.normalise == "none":
            return smooth
        if self.normalise in ("median", "robust"):
            centre, spread = _median_and_deviation(smooth)
            if self.normalise == "median":
                return smooth - np.float32(centre)
            return (smooth - np.float32(centre)) * np.float32(1.0 / spread)
        assert self.good_mean is not None
        assert self.good_deviation is not None
        if self.good_mean.size == 1:
            mean, deviation = np.float32(self.good_mean.item()), np.float32(self.good_deviation.item())
        else:
            size = smooth.shape[::-1]
            mean = cv2.resize(self.good_mean, size, interpolation=cv2.INTER_LINEAR)
            deviation = cv2.resize(self.good_deviation, size, interpolation=cv2.INTER_LINEAR)
        return (smooth - mean) / (deviation + np.float32(EPSILON))

    def score(self, anomaly_map: np.ndarray) -> float:
        """The image score of a finished map: its maximum, or its upper quantile."""
        judged = self._judged(anomaly_map)
        if self.score_quantile >= 1.0:
            score = float(judged.max())
        else:
            score = kernels.quantile(np.ascontiguousarray(judged), self.score_quantile)
        if not math.isfinite(score):
            raise EngineError("anomaly map", found=f"the score {score}", expected="finite values",
                              remedy="check the network and its precision")  # fmt: skip
        return score

    def mask(self, anomaly_map: np.ndarray) -> np.ndarray:
        """bool (H, W): pixels above the threshold that survive opening, outside the border ring."""
        mask = anomaly_map > self._limit()
        if self.border_px:
            inside = np.zeros_like(mask)
            self._judged(inside)[...] = True
            mask &= inside
        if self.opening_radius_px and mask.any():
            mask = kernels.open_disk(mask, self.opening_radius_px)
        return mask

    def _limit(self) -> np.float32:
        """Largest float32 that is not above the threshold, so that pixels and scores are compared alike."""
        limit = np.float32(self.threshold)
        return limit if float(limit) <= self.threshold else np.nextafter(limit, np.float32(-np.inf))

    def _judged(self, array: np.ndarray) -> np.ndarray:
        """View without the border ring; raises ArgumentError when nothing would be left."""
        ring = self.border_px
        if 2 * ring >= min(array.shape):
            raise ArgumentError("border_px", found=f"{ring} on an image of {array.shape[1]} x {array.shape[0]} pixels",
                                expected="less than half the shorter side", remedy="lower border_px")  # fmt: skip
        return array[ring : array.shape[0] - ring, ring : array.shape[1] - ring]

    def _kept(self, regions: Sequence[Region], mask: np.ndarray) -> tuple[Region, ...]:
        """Regions that are large enough and free of the border; the others are wiped from `mask`."""
        kept = [r for r in regions if r.area_px >= self.min_area_px and not self._is_cleared(r, mask.shape)]
        if len(kept) < len(regions):
            _, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
            staying = {labels[int(r.polygon[0, 1]), int(r.polygon[0, 0])] for r in kept}
            mask &= np.isin(labels, sorted(staying))
        return tuple(kept)

    def _is_cleared(self, region: Region, shape: tuple[int, ...]) -> bool:
        if not self.clear_border:
            return False
        x, y, width, height = region.box
        ring = self.border_px
        return x <= ring or y <= ring or x + width >= shape[1] - ring or y + height >= shape[0] - ring


def find_regions(mask: np.ndarray, anomaly_map: np.ndarray) -> tuple[Region, ...]:
    """The 8-connected pieces of `mask` with their outlines, strongest first."""
    table = kernels.regions(mask, anomaly_map)
    if not len(table):
        return ()
    outlines, hierarchy = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer = [
        line[:, 0, :] for line, (_, _, _, parent) in zip(outlines, hierarchy[0], strict=True) if parent < 0
    ]
    outer.sort(key=_first_in_raster_order)
    found = [
        Region(
            box=(int(row["x"]), int(row["y"]), int(row["width"]), int(row["height"])),
            area_px=int(row["area"]),
            score=float(row["max_score"]),
            mean_score=float(row["mean_score"]),
            centroid=(float(row["centroid_x"]), float(row["centroid_y"])),
            polygon=polygon.astype(np.float32),
        )
        for row, polygon in zip(table, outer, strict=True)
    ]
    return tuple(sorted(found, key=lambda region: -region.score))


def _first_in_raster_order(outline: np.ndarray) -> tuple[int, int]:
    top = int(outline[:, 1].min())
    return top, int(outline[outline[:, 1] == top, 0].min())


def _median_and_deviation(values: np.ndarray) -> tuple[float, float]:
    """Median and 1.4826 times the median absolute deviation, on at most about 65,000 of the values."""
    step = max(1, int(np.sqrt(values.size / 65536)))
    sample = values[::step, ::step]
    centre = float(np.median(sample))
    spread = MAD_TO_DEVIATION * float(np.median(np.abs(sample - centre)))
    if spread > 0:
        return centre, spread
    return centre, max(float(sample.std()), EPSILON)


def _check(name: str, value: object, is_right: bool, expected: str) -> None:
    if not is_right:
        raise ArgumentError(
            f"decision.{name}", found=repr(value), expected=expected, remedy="correct the setting"
        )

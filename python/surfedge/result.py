"""What an inspection returns: small frozen records, arrays documented by dtype, shape, unit and range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from surfedge.lazy_field import lazy_fields


@dataclass(frozen=True)
class Region:
    """One connected (8-neighbour) piece of the defect mask.

    box : (x, y, width, height) in pixels, x to the right, y downward, origin at the top left pixel.
    area_px : pixels of the mask inside the region.
    score : largest value of the anomaly map inside the region, in the map's unit.
    mean_score : mean of the anomaly map inside the region.
    centroid : (x, y) in pixels, mean of the pixel centres.
    label : class of the defect, "" when the method does not classify.
    polygon : float32 (K, 2), outline as x, y points in pixels, in order, without repeating the first.
    """

    box: tuple[int, int, int, int]
    area_px: int
    score: float
    mean_score: float
    centroid: tuple[float, float]
    label: str = ""
    polygon: np.ndarray = field(default_factory=lambda: np.empty((0, 2), np.float32), repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {
            "box": list(self.box),
            "area_px": self.area_px,
            "score": self.score,
            "mean_score": self.mean_score,
            "centroid": list(self.centroid),
            "label": self.label,
            "polygon": np.asarray(self.polygon, float).round(2).tolist(),
        }


@lazy_fields("anomaly_map")
@dataclass(frozen=True)
class Result:
    """The verdict on one image.

    score : image score, higher is more anomalous; always kept, whatever the threshold.
    threshold : limit that `score` was compared with, in the same unit; without calibration each image's own.
    is_defective : the verdict.
    anomaly_map : float32 (H, W), higher is more anomalous; None in score-only mode and for a method that only
        classifies. Lazy for good images: computed on first access.
    mask : bool (H, W), pixels judged defective, after opening and border clearing; None where there is no map.
    regions : pieces of the mask, strongest first.
    shape : (H, W) of the inspected image in pixels.
    image : what was inspected, uint8 or float32 in [0, 1], (H, W) or (H, W, 3) RGB; shared, never changed.
    method : name of the method that made the map.
    milliseconds : wall time from decoded image to verdict.
    notes : what was done to the image or left out, e.g. "alpha channel dropped".
    skipped_share : fraction of the pixels that the screen passed as good, so that the network skipped them, 0 to 1.
    ignored_share : fraction of the pixels that a mask or region of interest left out of the verdict, 0 to 1.
    label : class of the image, "" when the method does not classify.
    probabilities : of each class, 0 to 1, by name; empty when the method does not classify.
    """

    score: float
    threshold: float
    is_defective: bool
    anomaly_map: np.ndarray | None = field(repr=False, compare=False)
    mask: np.ndarray | None = field(repr=False, compare=False)
    regions: tuple[Region, ...]
    shape: tuple[int, int]
    image: np.ndarray | None = field(default=None, repr=False, compare=False)
    method: str = ""
    milliseconds: float = field(default=0.0, compare=False)
    notes: tuple[str, ...] = ()
    skipped_share: float = 0.0
    ignored_share: float = 0.0
    label: str = ""
    probabilities: Mapping[str, float] = field(default_factory=dict)

    @property
    def defect_area_px(self) -> int:
        """Pixels of all regions together."""
        return sum(region.area_px for region in self.regions)

    def overlay(self, *, heat: float = 0.5, limit_px: int = 0) -> np.ndarray:
        """The image for people: image, heat map, mask outline, boxes, score. uint8 (H, W, 3) RGB.

        heat : opacity of the heat map, 0 (none) to 1. limit_px : longest side of the picture, 0 for full size.
        """
        from surfedge.drawing import draw_overlay

        return draw_overlay(self, heat=heat, limit_px=limit_px)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values (no arrays), ready for JSON."""
        return {
            "score": self.score,
            "threshold": self.threshold,
            "is_defective": self.is_defective,
            "regions": [region.to_dict() for region in self.regions],
            "defect_area_px": self.defect_area_px,
            "width": self.shape[1],
            "height": self.shape[0],
            "method": self.method,
            "milliseconds": self.milliseconds,
            "notes": list(self.notes),
            "skipped_share": self.skipped_share,
            "ignored_share": self.ignored_share,
            "label": self.label,
            "probabilities": dict(self.probabilities),
        }

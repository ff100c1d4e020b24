"""A few numbers that say what an image looks like and what the detector saw: far apart for images that teach much."""

from __future__ import annotations

import math

import cv2
import numpy as np

from surfedge.images import Frame, resized, to_rgb_f32
from surfedge.methods.statistics import Statistics
from surfedge.result import Region

LARGEST_PX = 512  # longest side at which an image is described
_STATISTICS = Statistics(cell_px=8, patch_cells=(1, 3), use_colour=False)
COUNT = 2 * _STATISTICS.count(False) + 3 + 5


def features_of(frame: Frame, score: float, threshold: float, regions: tuple[Region, ...]) -> np.ndarray:
    """float32 (COUNT,): mean and std over the image of the patch statistics, mean colour, the verdict and where it
    comes from. score, threshold : the detector's, NaN where it refused. regions : strongest first."""
    seen = small(frame, LARGEST_PX)
    planes = _STATISTICS.features(seen, False).reshape(_STATISTICS.count(False), -1)
    colour = cv2.mean(to_rgb_f32(seen))[:3]
    judged = _judged(frame.shape, score, threshold, regions)
    return np.array([*planes.mean(axis=1), *planes.std(axis=1), *colour, *judged], np.float32)


def small(frame: Frame, longest_px: int) -> Frame:
    """The frame with its longest side at most `longest_px`."""
    height, width = frame.shape
    scale = min(1.0, longest_px / max(height, width))
    return resized(frame, (max(1, round(height * scale)), max(1, round(width * scale))))


def _judged(shape: tuple[int, int], score: float, threshold: float, regions: tuple[Region, ...]) -> list[float]:
    """Level of the score, marked part and number of regions, place of the strongest; an ordinary image's are 0."""
    ratio = score / threshold if threshold > 0 and score > 0 else 1.0
    area = sum(region.area_px for region in regions) / (shape[0] * shape[1])
    x, y = regions[0].centroid if regions else (shape[1] / 2, shape[0] / 2)
    place = [2 * x / shape[1] - 1, 2 * y / shape[0] - 1] if regions else [0.0, 0.0]
    level = math.log(ratio) if math.isfinite(ratio) else 0.0
    return [level, math.sqrt(area), math.log1p(len(regions)), *place]

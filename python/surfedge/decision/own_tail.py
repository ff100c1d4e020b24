"""What one image's map says of its own highest values: where the tail of its peaks would end without a defect.

A texture with a few strong marks (lugs that shine, the edge of a part) has peaks of all heights; a fixed limit calls
every such image. The highest peaks of a good map fall off about exponentially (the excesses of maxima over a high
level; J. Pickands, "Statistical inference using extreme order statistics", 1975). The median excess gives the rate, for
a few peaks of a defect do not move it. Many defects do: an image full of them is its own norm.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

PEAK_REACH = 4  # values: a peak is the highest within so many either way
FEWEST_PEAKS = 8
HIGHEST = 24  # peaks that the tail is taken from, or a tenth of all; half of them where there are few
LEAST_SCALE = 0.3  # of the excesses, in units of the map: a smooth map has none
CHANCE = 4.0  # scales beyond ln n of the highest of n peaks: once in exp(4) = 55 images of such a tail
STARTS, MEETS = 1.5, 3.0  # times the least limit: where a tail begins to raise it, and from where on it sets it


def tail_end(values: np.ndarray, weight: np.ndarray | None = None) -> float:
    """The height that the highest peak of `values`, float32 (h, w), exceeds in about one of 55 images of such a tail.

    weight : float32 (h, w); only peaks with a weight above 0.5 count. -inf with fewer than FEWEST_PEAKS.

    >>> rng = np.random.default_rng(0)
    >>> noise = cv2.GaussianBlur(rng.standard_normal((128, 128)).astype(np.float32), (0, 0), 1.5)
    >>> bool(1.0 < tail_end(noise) / noise.max() < 8.0)
    True
    """
    judged = values if weight is None else np.where(weight > 0.5, values, np.float32(-3e38))
    side = 2 * PEAK_REACH + 1
    highest = cv2.dilate(judged, np.ones((side, side), np.uint8))
    is_peak = (judged == highest) & (judged > cv2.erode(judged, np.ones((3, 3), np.uint8)))
    peaks = np.sort(judged[is_peak])
    if len(peaks) < FEWEST_PEAKS:
        return -math.inf
    upper = peaks[-min(len(peaks) // 2, max(HIGHEST, len(peaks) // 10)) :]
    level = float(upper[0])
    scale = max(LEAST_SCALE, (float(np.median(upper)) - level) / math.log(2))
    return level + scale * (math.log(len(upper)) + CHANCE)


def own_limit(end: float, least: float) -> float:
    """The limit for a map whose tail ends at `end`: `least` as long as that is near, then rising to the end itself.

    >>> [own_limit(end, 8.0) for end in (5.0, 12.0, 18.0, 24.0, 40.0)]
    [8.0, 8.0, 16.0, 24.0, 40.0]
    """
    starts, meets = STARTS * least, MEETS * least
    if end >= meets:
        return end
    return least + (meets - least) * max(end - starts, 0.0) / (meets - starts)

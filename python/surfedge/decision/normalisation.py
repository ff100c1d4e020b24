"""A smoothed map in units that mean the same for every image: by what good images gave, or by its own median."""

from __future__ import annotations

import cv2
import numpy as np

from surfedge.errors import ArgumentError
from surfedge.robust import MAD_TO_DEVIATION, median

EPSILON = 1e-12
SAMPLE = 65536


def normalised_by_itself(smooth: np.ndarray, how: str, weight: np.ndarray | None = None) -> np.ndarray:
    """`smooth`, float32 (h, w), less its median ("median"), or over its median absolute deviation too ("robust").

    weight : float32 (h, w), the fraction of each value that is judged; median and spread are those of values above 0.5.

    >>> normalised_by_itself(np.float32([[1, 2, 6]]), "median").tolist()
    [[-1.0, 0.0, 4.0]]
    """
    centre, spread = _median_and_deviation(smooth, weight)
    if how != "robust":
        return smooth - np.float32(centre)
    return (smooth - np.float32(centre)) * np.float32(1.0 / spread)


def normalised_by_good(smooth: np.ndarray, good_mean: np.ndarray, good_deviation: np.ndarray) -> np.ndarray:
    """`smooth` in standard deviations of good images from their mean; both float32 (h, w), stretched over the map."""
    if good_mean.size == 1:
        mean, deviation = np.float32(good_mean.item()), np.float32(good_deviation.item())
        return (smooth - mean) / (deviation + np.float32(EPSILON))
    mean, deviation = (
        cv2.resize(values, smooth.shape[::-1], interpolation=cv2.INTER_LINEAR) for values in (good_mean, good_deviation)
    )
    return (smooth - mean) / (deviation + np.float32(EPSILON))


def check_good(good_mean: np.ndarray | None, good_deviation: np.ndarray | None) -> None:
    """Raises ArgumentError unless both are None, or both finite float32 (h, w) of one shape, std above 0."""
    if good_mean is None or good_deviation is None:
        if good_mean is not good_deviation:
            _refuse("good_deviation", "one alone", "good_mean and good_deviation, or neither")
        return
    for name, values in (("good_mean", good_mean), ("good_deviation", good_deviation)):
        fits = values.dtype == np.float32 and values.ndim == 2 and values.shape == good_mean.shape
        if not (fits and values.size and max(values.shape) <= 8192):
            found = f"{values.dtype} of shape {values.shape}"
            _refuse(name, found, "float32 (h, w), the same for both")
        if not np.isfinite(values).all():
            _refuse(name, "NaN or infinity", "finite values")
    if not (good_deviation > 0).all():
        _refuse("good_deviation", f"{good_deviation.min():g}", "standard deviations above 0")


def _refuse(name: str, found: str, expected: str) -> None:
    raise ArgumentError(f"decision.{name}", found=found, expected=expected, remedy="calibrate again")


def _median_and_deviation(values: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
    """Median and 1.4826 times the median absolute deviation, on at most about 65,000 of the judged values."""
    step = max(1, int(np.sqrt(values.size / SAMPLE)))
    sample = values[::step, ::step]
    if weight is not None and (judged := weight[::step, ::step] > 0.5).any():
        sample = sample[judged]
    centre = median(sample)
    spread = MAD_TO_DEVIATION * median(np.abs(sample - np.float32(centre)))
    if spread > 0:
        return centre, spread
    return centre, max(float(sample.std()), EPSILON)

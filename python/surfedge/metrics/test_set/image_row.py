"""One test image against its ground truth: what its row says and which pixels it adds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.binned import BinnedPixels, BinSums, ImageBins
from surfedge.metrics.counting.checked import BoolArray, checked_map, checked_mask
from surfedge.metrics.counting.ground_truth import PixelSample, split_pixels
from surfedge.metrics.counting.score_bins import ScoreBins
from surfedge.metrics.in_image_auroc import sample_auroc
from surfedge.metrics.test_set.record import ImageRow

GROW_PX = 16.0  # how far masks are grown for the outside control


def judge_image(
    path: str,
    label: str,
    score: float,
    anomaly_map: Any = None,
    mask: Any = None,
    *,
    threshold: float | None = None,
    pixel_threshold: float | None = None,
    predicted: Any = None,
    is_called: bool | None = None,
    given_class: str = "",
    probabilities: Mapping[str, float] | None = None,
    good_label: str = "good",
    grow_px: float = GROW_PX,
) -> tuple[ImageRow, PixelSample, bool]:
    """One image's row, the pixels that it adds, and whether they are left out for want of a truth.

    anomaly_map : (H, W), or None to judge scores only. mask : (H, W), not zero inside defects; None for a
    good image or when unknown: pixels of a defect image without a mask are left out. threshold : limit
    for the score and, unless `pixel_threshold` is given, for the map. predicted, is_called : the
    detector's mask, bool (H, W), and verdict, where they are not just map > limit and score > limit.
    given_class : by a classifier, and the probabilities that it held of each class, by name.

    Raises ArgumentError for a score or map that is not finite, shapes that differ, or a good image with a
    mask.
    """
    if not math.isfinite(score):
        raise ArgumentError(f"{path}: score", found=str(score), expected="a finite number")
    limit = math.nan if threshold is None else float(threshold)
    verdict = score > limit if is_called is None else bool(is_called)
    row = ImageRow(str(path), label, label != good_label, float(score), limit, verdict)
    if given_class:
        row = replace(row, given_class=given_class, true_probability=(probabilities or {}).get(label, 0.0))
    if anomaly_map is None:
        return row, PixelSample(), False
    pixel_limit = limit if pixel_threshold is None else float(pixel_threshold)
    row, sample = judge_pixels(row, anomaly_map, mask, limit=pixel_limit, predicted=predicted, grow_px=grow_px)
    return row, sample, not row.has_truth


@dataclass(frozen=True)
class CountedImage:
    """What one image adds to an Evaluation, its pixels counted in bins. lacks_truth : a defect image without a mask."""

    row: ImageRow
    bins: ImageBins
    lacks_truth: bool


class PartialEvaluation:
    """Judges images for an `Evaluation` elsewhere, whose bins are known; what they add up to is the same bit for bit.

    >>> partial = PartialEvaluation(ScoreBins(0.0, 1.0))
    >>> partial.add("a.png", "good", 0.2, [[0.1, 0.2]], threshold=0.5).row.normal_px, partial.sums().index.size
    (2, 2)
    """

    def __init__(self, bins: ScoreBins, *, good_label: str = "good", grow_px: float = GROW_PX) -> None:
        self._pixels = BinnedPixels(bins)
        self._settings: dict[str, Any] = {"good_label": good_label, "grow_px": grow_px}

    def add(
        self, path: str, label: str, score: float, anomaly_map: Any = None, mask: Any = None, **judged: Any
    ) -> CountedImage:
        """What one image adds, given as to `judge_image`."""
        row, sample, lacks_truth = judge_image(path, label, score, anomaly_map, mask, **judged, **self._settings)
        return CountedImage(row, self._pixels.count(sample), lacks_truth)

    def sums(self) -> BinSums:
        """The pixels of all images so far."""
        return self._pixels.sums()


def judge_pixels(
    row: ImageRow, anomaly_map: Any, mask: Any, *, limit: float, predicted: Any, grow_px: float
) -> tuple[ImageRow, PixelSample]:
    """The row with what the map shows, and the pixels; both unchanged when the truth is not known.

    Raises ArgumentError for a map that is not finite, shapes that differ, or a good image with a mask.
    """
    values = checked_map(anomaly_map, f"{row.path}: anomaly map")
    truth = None if mask is None else checked_mask(mask, values.shape, f"{row.path}: mask")
    called = _called(values, predicted, limit, row.path)
    has_mask = truth is not None and bool(truth.any())
    if has_mask and not row.is_defect:
        raise ArgumentError(
            f"{row.path}: mask",
            found=f"a defect on a {row.label!r} image",
            expected="none",
            remedy="mend the label or the mask",
        )
    if row.is_defect and not has_mask:
        return row, PixelSample()
    sample = split_pixels(values, truth, grow_px=grow_px, name=row.path)
    inside = called[truth] if truth is not None and has_mask else np.zeros(0, bool)
    hit = int(np.count_nonzero(inside))
    false, missed = int(np.count_nonzero(called)) - hit, inside.size - hit
    judged = replace(
        row,
        in_image_auroc=sample_auroc(sample),
        iou=hit / (inside.size + false) if has_mask else math.nan,
        hit_px=hit,
        false_px=false,
        missed_px=missed,
        normal_px=called.size - inside.size,
        regions=sample.areas_px.size,
        overlap=float(sample.overlaps(inside).sum()),
        has_truth=True,
    )
    return judged, sample


def _called(values: npt.NDArray[np.float32], predicted: Any, limit: float, path: str) -> BoolArray:
    """The predicted mask: the detector's own, or map > limit in float32, as the detector compares."""
    if predicted is not None:
        return checked_mask(predicted, values.shape, f"{path}: predicted")
    return np.asarray(values > np.float32(limit))

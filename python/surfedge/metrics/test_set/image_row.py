"""One test image against its ground truth: what its row says and which pixels it adds."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.checked import BoolArray, checked_map, checked_mask
from surfedge.metrics.counting.ground_truth import PixelSample, split_pixels
from surfedge.metrics.in_image_auroc import sample_auroc
from surfedge.metrics.test_set.record import ImageRow


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

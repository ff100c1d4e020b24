"""Arguments of metrics, looked at before anything is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from surfedge.errors import ArgumentError

BoolArray = npt.NDArray[np.bool_]


def checked_scores(is_defect: Any, scores: Any) -> tuple[BoolArray, npt.NDArray[np.float64]]:
    """Truth and scores of the same images as bool (n,) and float64 (n,).

    Raises ArgumentError for none, for different lengths, for labels other than 0 and 1, for scores not
    finite.
    """
    truth = np.asarray(is_defect)
    values = np.asarray(scores, np.float64)
    if truth.ndim != 1 or truth.shape != values.shape:
        raise ArgumentError(
            "scores",
            found=f"labels {truth.shape} and scores {values.shape}",
            expected="arrays of one length",
            remedy="pass one of each per image",
        )
    if truth.size == 0:
        raise ArgumentError("scores", found="none", expected="one or more images")
    if truth.dtype != np.bool_ and not np.isin(truth, (0, 1)).all():
        raise ArgumentError(
            "is_defect", found=f"values {truth[:4].tolist()}", expected="True or False", remedy="pass labels != 'good'"
        )
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise ArgumentError(
            "scores",
            found=f"{bad} of {values.size} not finite",
            expected="finite numbers",
            remedy="leave out the images that could not be scored",
        )
    return truth.astype(bool), values


def checked_map(anomaly_map: Any, name: object = "anomaly_map") -> npt.NDArray[np.float32]:
    """The map as float32 (H, W), the same array when it is that already.

    Raises ArgumentError for another number of axes, for no pixels, for values that are not finite as float32.
    """
    values = np.asarray(anomaly_map)
    if values.ndim != 2 or values.size == 0 or values.dtype.kind not in "fiub":
        raise ArgumentError(name, found=f"{values.dtype} {values.shape}", expected="a number map (H, W), not empty")
    with np.errstate(over="ignore"):
        values = values.astype(np.float32, copy=False)
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        raise ArgumentError(
            name,
            found=f"{bad} of {values.size} pixels not finite as float32",
            expected="finite values",
            remedy="mend the method that made the map",
        )
    return values


def checked_mask(mask: Any, shape: tuple[int, ...], name: object = "mask") -> BoolArray:
    """The mask as bool (H, W), true where not zero; raises ArgumentError when its shape is not the map's."""
    values = np.asarray(mask)
    if values.shape != shape or values.dtype.kind not in "fiub":
        raise ArgumentError(
            name,
            found=f"{values.dtype} {values.shape}",
            expected=f"the map's shape {shape}",
            remedy="scale the map to the mask, not the mask to the map",
        )
    return np.asarray(values != 0, np.bool_)


def checked_pairs(masks: Iterable[Any], others: Iterable[Any], name: str) -> list[tuple[Any, Any]]:
    """Pairs of a mask and a map (or predicted mask); raises ArgumentError for none or different counts."""
    left, right = list(masks), list(others)
    if len(left) != len(right) or not left:
        raise ArgumentError(
            name,
            found=f"{len(right)} for {len(left)} masks",
            expected="as many, not none",
            remedy="pass None as the mask of a good image",
        )
    return list(zip(left, right, strict=True))


def checked_limits(fpr_limits: Sequence[float]) -> tuple[float, ...]:
    """False-positive limits in (0, 1]; raises ArgumentError for others."""
    limits = tuple(float(limit) for limit in fpr_limits)
    if not all(0.0 < limit <= 1.0 for limit in limits):
        raise ArgumentError("fpr_limit", found=str(limits), expected="0 < limit <= 1", remedy="pass 0.30 or 0.05")
    return limits

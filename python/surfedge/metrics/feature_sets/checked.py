"""What the metrics of feature sets take."""

from __future__ import annotations

import numpy as np

from surfedge.errors import ArgumentError


def feature_rows(name: str, features: np.ndarray, least: int) -> np.ndarray:
    """float64 (N, D); ArgumentError for another shape, fewer than `least` rows, or what is not finite."""
    rows = np.asarray(features, np.float64)
    if rows.ndim != 2 or len(rows) < least or rows.shape[1] < 1:
        raise ArgumentError(
            name, found=f"shape {rows.shape}", expected=f"(N, D), N {least} or more", remedy="give more images"
        )
    if not np.isfinite(rows).all():
        raise ArgumentError(name, found="nan or infinity", expected="finite features")
    return rows


def pair(real: np.ndarray, made: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64, of one length of features."""
    first, second = feature_rows("real", real, least), feature_rows("made", made, least)
    if first.shape[1] != second.shape[1]:
        found = f"{first.shape[1]} and {second.shape[1]} features"
        raise ArgumentError("features", found=found, expected="those of one network")
    return first, second

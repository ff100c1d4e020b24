"""Soft localisation maps of the good images, by any bundle: what the loss mse_localised weighs pixels with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.progress import Progress


def localisation_maps(bundle: str, paths: Sequence[Path], whole_px: int, progress: Progress) -> list[np.ndarray]:
    """Maps (1, H, W) uint8, 255 where the localiser's map reaches its threshold, in proportion below, 0 at 0 or less.

    whole_px : side that whole images are resized to, 0 for tiles. Raises BundleError for a bundle that cannot be
    read, ArgumentError for one with a threshold of 0 or less.
    """
    detector = Detector(bundle, device="CPU")
    limit = detector.decision.threshold
    if limit <= 0:
        raise ArgumentError(
            "mse_localised.localiser",
            found=f"the threshold {limit:g}",
            expected="one above 0",
            remedy="calibrate the localiser",
        )
    maps = []
    for number, path in enumerate(paths):
        progress(number, len(paths), "localising")
        found = detector(path)
        assert found.anomaly_map is not None
        soft: np.ndarray = np.clip(found.anomaly_map / found.threshold, 0.0, 1.0)
        if whole_px:
            soft = cv2.resize(soft, (whole_px, whole_px), interpolation=cv2.INTER_AREA)
        maps.append(np.rint(255.0 * soft).astype(np.uint8)[None])
    return maps

"""From array to verdict, ms per image. No public peer; the answer must separate the defect from good images."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import cv2

from surfedge.bench.case import Case, Shape, Trial
from surfedge.bench.pictures import plate
from surfedge.bundle import Bundle
from surfedge.calibration import calibrate
from surfedge.detector import Detector, default_bundle
from surfedge.result import Result


def _trial(method: str, calibrated: bool, shape: Shape, threads: int) -> Trial:
    good, defective = plate(shape, defective=False), plate(shape, defective=True)
    bundle = default_bundle(method)
    detector = Detector(_calibrated(bundle, shape) if calibrated else bundle)
    good_score = detector(good).score

    def complaint(result: Result) -> str:
        if result.score > good_score:
            return ""
        return f"score {result.score:.4g} of a defective image, {good_score:.4g} of a good one"

    return Trial(lambda: detector(defective), complaint=complaint)


def _calibrated(bundle: Bundle, shape: Shape) -> Bundle:
    """What good images teach: shifted cuts of one plate."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.png" for number in range(8)]
        wide = plate((shape[0] + 16, shape[1] + 16), defective=False)
        for shift, path in enumerate(paths):
            cv2.imwrite(str(path), wide[shift : shift + shape[0], 2 * shift : 2 * shift + shape[1]])
        detector = Detector(bundle)
        return calibrate(
            detector.method, detector.decision, paths, rule="max", prefilter="none", other_form=False
        ).bundle


CASES = tuple(
    Case(
        f"{method}{' calibrated' if calibrated else ''}",
        (side, side),
        partial(_trial, method, calibrated),
        small=(128, 160),
    )
    for method, calibrated in (("statistics", False), ("statistics", True), ("pattern", False))
    for side in (256, 1024)
)

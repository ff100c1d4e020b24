"""Calibrating in one call: the first time, and again from a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from surfedge.bundle import Bundle
from surfedge.calibration import calibrate
from surfedge.calibration.calibration import Calibration
from surfedge.detector import Detector, default_bundle

RULES = ("max", "quantile:0.9", "ksigma:3", "false-calls:0.1", "max-area:40")


def learned(paths: Sequence[Path], method: str = "statistics", **settings: object) -> Calibration:
    start = Detector(default_bundle(method))
    return calibrate(start.method, start.decision, paths, **settings)  # type: ignore[arg-type]


def again(origin: Bundle, paths: Sequence[Path], **settings: object) -> Bundle:
    start = Detector(origin)
    return calibrate(start.method, start.decision, paths, origin=origin, **settings).bundle  # type: ignore[arg-type]

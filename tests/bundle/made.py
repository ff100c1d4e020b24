"""A bundle of any method."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import graphs
from surfedge.bundle import Bundle, serialize, with_section
from surfedge.calibration import calibrate
from surfedge.decision import Decision
from surfedge.detector import Detector, default_bundle
from surfedge.images import read
from surfedge.methods import WITHOUT_NETWORK, Classes, FeatureClasses, Features, LinearClasses, Network, Reconstruction
from surfedge.methods.statistics_classes import StatisticsClasses


def bundle_of(method: str, strips: list[Path], folder: Path) -> Bundle:
    """Calibrated where the method has no network; a small graph where it has one."""
    if method in WITHOUT_NETWORK:
        start = Detector(default_bundle(method))
        return calibrate(start.method, start.decision, strips).bundle
    made = {
        "reconstruction": lambda: Reconstruction(*graphs.box_blur(folder), stride_px=16, residual="ssim"),
        "classes": lambda: Classes(*graphs.brightness_classes(folder), class_names=("good", "bright", "glaring")),
        "features": lambda: Features(*graphs.cell_features(folder), layers=(2, 3), dimensions=3).fit(map(read, strips)),
        "network": lambda: Network(*graphs.pooled(folder), view="tiles", stride_px=16),
        "feature_classes": lambda: _learned(FeatureClasses(*graphs.cell_features(folder)), strips),
        "statistics_classes": lambda: _learned(StatisticsClasses(), strips),
    }[method]()
    settings, arrays, blobs = serialize(made)
    parts, networks = with_section("method", arrays, blobs)
    good_classes = ("good",) if isinstance(made, Classes | LinearClasses) else None
    decision, _, _ = serialize(Decision(threshold=0.4, border_px=2, good_classes=good_classes))
    return Bundle(method, settings, decision, arrays=parts, blobs=networks, runtime={"precision": "f32"})


def _learned(method: LinearClasses, strips: list[Path]) -> LinearClasses:
    features = np.stack([method.features(read(path)) for path in strips])
    return method.learned(features, ["good", "other"] * (len(strips) // 2), ["good", "other"])[0]

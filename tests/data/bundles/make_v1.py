"""Wrote the bundles in v1, which every later release must load: PYTHONPATH=tests python tests/data/bundles/make_v1.py

A file that exists is left alone. A new one may be added; none may ever be changed or removed.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

import graphs
from surfedge.bundle import Bundle, serialize, with_section
from surfedge.calibration import calibrate, with_region_kinds
from surfedge.datasets import MarkedImage
from surfedge.decision import Decision
from surfedge.detector import Detector, default_bundle
from surfedge.images import from_array
from surfedge.methods import Classes, FeatureClasses, Features, LinearClasses, Method, Network, Reconstruction
from surfedge.methods.statistics_classes import StatisticsClasses
from surfedge.synthesis import render

FOLDER = Path(__file__).with_name("v1")


def picture(kind: str) -> np.ndarray:
    """A picture by whole numbers alone, the same for ever: "grey", "colour" or "plate", with a dark spot."""
    y, x = np.indices((160, 176) if kind == "plate" else (72, 96))
    grey = (120 + (7 * x + 13 * y + x * y % 31) % 23).astype(np.uint8)
    if kind == "plate":
        grey += (50 * ((x // 7 + y // 7) % 2)).astype(np.uint8)
    grey[30:44, 40:60] = 60 + grey[30:44, 40:60] // 4
    return np.stack([grey, grey - grey // 4, grey // 2], axis=2) if kind == "colour" else grey


def varied(kind: str, number: int) -> np.ndarray:
    """The picture with a second spot, its place, depth and size told by `number`, 0 to 9."""
    image, side = picture(kind).copy(), 4 + 2 * (number % 5)
    spot = image[4 + number : 4 + number + side, 60 - 4 * number : 60 - 4 * number + 2 * side]
    spot -= spot // np.uint8(2 + number)
    return image


def calibrated(
    method: str, surface: str, folder: Path, rule: str = "max", normalise: str = "position", **settings: int
) -> Bundle:
    """Learned from 10 small rendered pictures."""
    paths = []
    shape, pixel_size_mm = ((160, 160), 1.0) if surface == "plate" else ((64, 96), 0.5)
    for number in range(10):
        image = render(surface, shape, pixel_size_mm, seed=number).image
        paths.append(folder / f"{surface}{number}.png")
        cv2.imwrite(str(paths[-1]), image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1]))
    start = Detector(default_bundle(method))
    method_used = replace(start.method, **settings)
    return calibrate(method_used, start.decision, paths, rule=rule, normalise=normalise).bundle


def with_network(name: str, method: Method, decision: Decision, **sections: dict) -> Bundle:
    """A bundle around a tiny network."""
    settings, arrays, blobs = serialize(method)
    parts, networks = with_section("method", arrays, blobs)
    return Bundle(name, settings, serialize(decision)[0], arrays=parts, blobs=networks, **sections)


def with_marks(folder: Path) -> Bundle:
    """Statistics that learned from marked defects as well, and names regions by their kinds."""
    marked = []
    for number in range(4):
        image, mask = render("strip", (64, 96), 0.5, seed=number).image, np.zeros((64, 96), np.uint8)
        place = slice(20 + number, 30 + number), slice(30, 54)
        image[place] = 250 if number % 2 else image[place] // 3
        mask[place] = 255
        path = folder / f"marked{number}.png"
        cv2.imwrite(str(path), image)
        cv2.imwrite(str(folder / f"marked{number}_mask.png"), mask)
        marked.append(MarkedImage(path, ("hole", "bright")[number % 2], folder / f"marked{number}_mask.png"))
    origin = calibrated("statistics", "strip", folder)
    start = Detector(origin)
    good = [folder / f"strip{number}.png" for number in range(10)]
    learned = calibrate(start.method, start.decision, good, rule="max", origin=origin, defects=marked).bundle
    return with_region_kinds(learned, marked)


def with_features(folder: Path) -> Bundle:
    """A tiny network of features that learned from 10 small rendered pictures."""
    paths = []
    for number in range(10):
        paths.append(folder / f"features{number}.png")
        cv2.imwrite(str(paths[-1]), render("strip", (64, 96), 0.5, seed=number).image)
    method = Features(*graphs.cell_features(folder), layers=(2, 3), dimensions=4)
    origin = Bundle("features", runtime={"precision": "f32"})
    return calibrate(method, Decision(), paths, rule="max", origin=origin).bundle


def with_head(name: str, method: LinearClasses) -> Bundle:
    """A linear head that learned to tell pictures with a second spot by how deep it is, unsure of each."""
    features = np.stack([method.features(from_array(varied("grey", number))) for number in range(10)])
    kinds = ("deep", "pale")
    sure, head = method.learned(features, [kinds[number > 4] for number in range(10)], kinds)
    learned = replace(sure, linear=head.linear / np.float32(64), offset=head.offset / np.float32(64))
    return with_network(name, learned, Decision(threshold=0.5, good_classes=("pale",)))


def bundles(folder: Path) -> dict[str, Bundle]:
    """One of each kind."""
    certificate = {"images": 16, "max_map_difference": 1e-6, "flipped_verdicts": 0}
    return {
        "statistics": calibrated("statistics", "strip", folder),
        "statistics_colour": calibrated("statistics", "leather", folder, "max-area:40", "overall"),
        "statistics_marked": with_marks(folder),
        "statistics_plate": calibrated("statistics", "plate", folder, "quantile:0.9"),
        "bank": calibrated("bank", "strip", folder, entries=50, positions=4),
        "features": with_features(folder),
        "pattern": calibrated("pattern", "strip", folder, "ksigma:3"),
        "dzl": calibrated("dzl", "strip", folder, "false-calls:0.1", "none"),
        "pixel_zscore": calibrated("pixel_zscore", "strip", folder),
        "preset": default_bundle(),
        "reconstruction": with_network(
            "reconstruction",
            Reconstruction(*graphs.box_blur(folder), stride_px=16, residual="ssim", window_px=7),
            Decision(threshold=0.5, blur_sigma_px=1.5, normalise="robust", border_px=2, opening_radius_px=1),
            certificate=certificate,
            runtime={"precision": "f32"},
        ),
        "network": with_network(
            "network",
            Network(*graphs.pooled(folder), view="tiles", stride_px=16),
            Decision(threshold=0.5, score_quantile=0.999, clear_border=True, min_area_px=3),
            certificate=certificate,
            metrics={"image_auroc": 0.5},
        ),
        "network_score": with_network(
            "network", Network(*graphs.with_score(folder), has_score=True), Decision(threshold=4.5, pixel_threshold=0.5)
        ),
        "classes": with_network(
            "classes",
            Classes(*graphs.brightness_classes(folder), class_names=("good", "bright", "glaring")),
            Decision(threshold=0.5, good_classes=("good",)),
        ),
        "feature_classes": with_head("feature_classes", FeatureClasses(*graphs.cell_features(folder))),
        "statistics_classes": with_head("statistics_classes", StatisticsClasses()),
    }


def main() -> None:
    """Write what is missing."""
    known = FOLDER / "expected.json"
    expected = json.loads(known.read_text(encoding="utf-8")) if known.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        for name, bundle in bundles(Path(folder)).items():
            if name in expected:
                continue
            identity = bundle.write(FOLDER / f"{name}.surfedge").identity
            surface = name.partition("_")[2]
            kind = surface if name.startswith("statistics_") and surface != "classes" else "grey"
            result = Detector(FOLDER / f"{name}.surfedge", device="CPU")(picture(kind))
            expected[name] = {
                "picture": kind,
                "identity": identity,
                "score": result.score,
                "threshold": result.threshold,
                "is_defective": result.is_defective,
            }
            print(f"{name}: {expected[name]}", file=sys.stderr)
    known.write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""How good the methods without a network are on labelled data sets: the table of docs/results.md.

    python benchmarks/training_free.py leather/ kolektor/ plates/ --half odd

For each data set in the MVTec layout and each method: uncalibrated and calibrated on train/good, then judged on the
test images; with --half on every second one of each class, so that settings can be chosen on the other. One thread.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import cv2

from surfedge.calibration import calibrate
from surfedge.datasets import good_images, half_of, labelled_images
from surfedge.detector import Detector, default_bundle
from surfedge.evaluation import evaluate
from surfedge.methods import WITHOUT_NETWORK

FIGURES = ("image_auroc", "pixel_auroc", "au_pro_0.30", "au_pro_0.05", "in_image_auroc", "outside_control")


def main() -> None:
    """Print the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="+", type=Path)
    parser.add_argument("--methods", nargs="+", default=WITHOUT_NETWORK)
    parser.add_argument("--half", choices=("all", "even", "odd"), default="all")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    print("| data | method | calibrated | " + " | ".join(FIGURES) + " | ms | calibration s |")
    print("| --- " * (5 + len(FIGURES)) + "|")
    for dataset in arguments.dataset:
        for method in arguments.methods:
            for calibrated in (False, True):
                print(_row(dataset, method, calibrated, arguments.half), flush=True)


def _row(dataset: Path, method: str, calibrated: bool, half: str) -> str:
    detector, seconds = Detector(default_bundle(method)), 0.0
    if calibrated:
        start = perf_counter()
        decision = replace(detector.decision, normalise="none")
        detector = Detector(calibrate(detector.method, decision, good_images(dataset), other_form=False).bundle)
        seconds = perf_counter() - start
    samples = half_of(labelled_images(dataset), half)
    detector(samples[0].path)  # the first call loads code
    with tempfile.TemporaryDirectory() as folder:
        evaluated = evaluate(detector, samples, folder, bootstrap=0)
    cells = [f"{evaluated.record.figures[name]:.3f}" for name in FIGURES]
    spent = f"{seconds:.1f}" if calibrated else ""
    known = "yes" if calibrated else "no"
    return (
        f"| {dataset.name} | {method} | {known} | " + " | ".join(cells) + f" | {evaluated.milliseconds:.2f} | {spent} |"
    )


if __name__ == "__main__":
    main()

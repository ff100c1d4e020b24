"""The default on material that it was not tuned to: recall at a kept rate of 5 % false calls, and before calibration.

    python benchmarks/unseen_material.py --sets part,plate,strip,leather,cloth-twill --first-seed 10 --seeds 3
    python benchmarks/unseen_material.py --others all --good 60 --tests 40
    python benchmarks/unseen_material.py --real ../shared/data --real-sets mvtec_leather_crops256,kolektor_sdd

Sets as in bank_forms.py: rendered ones afresh by seed, of real ones some good images by seed and the odd half of the
labelled ones. Everything as `surfedge calibrate METHOD GOOD --rule false-calls:0.05` and `Detector()` leave it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import bank_forms
import cv2
import numpy as np
from other_defects import made
from other_materials import MATERIALS

from surfedge.calibration import calibrate
from surfedge.detector import Detector, default_bundle
from surfedge.errors import ImageError
from surfedge.metrics.image_auroc import image_auroc

FIGURES = ("image AUROC", "recall", "false calls", "AUROC uncalibrated", "recall uncalibrated", "false uncalibrated")
bank_forms.PIXEL_SIZES_MM.setdefault("cloth-twill", 0.5)
bank_forms.PIXEL_SIZES_MM.setdefault("cloth-plain", 0.25)


def main() -> None:
    """Print a line a set and seed, then means and spreads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--sets", default="")
    add("--others", default="", help=f"all, or some of {', '.join(MATERIALS)}")
    add("--real", type=Path, default=Path("nowhere"))
    add("--real-sets", default="")
    add("--half", default="odd")
    add("--method", default="statistics")
    add("--foreground", action=argparse.BooleanOptionalAction, default=None)
    add("--good", type=int, default=48)
    add("--tests", type=int, default=24)
    add("--first-seed", type=int, default=10)
    add("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    arguments.synthetic = False
    cv2.setNumThreads(1)
    found: dict[str, list[list[float]]] = defaultdict(list)
    print(f"| set | method | seed | {' | '.join(FIGURES)} |")
    print(f"|{' --- |' * (3 + len(FIGURES))}")
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        for subject in chain(bank_forms.sets(arguments, seed, arguments.good), _others(arguments, seed)):
            row = _row(subject, arguments)
            found[subject.name].append(row)
            print(_line(subject.name, arguments, str(seed), [f"{value:.3f}" for value in row]), flush=True)
    for name, rows in found.items():
        mean, spread = np.mean(rows, axis=0), np.std(rows, axis=0)
        print(_line(name, arguments, "all", [f"{m:.3f} ± {s:.3f}" for m, s in zip(mean, spread, strict=True)]))


def _others(arguments: argparse.Namespace, seed: int) -> Iterator[bank_forms.Set]:
    names = MATERIALS if arguments.others == "all" else filter(None, arguments.others.split(","))
    return (made(name, seed, arguments.good, arguments.tests) for name in names)


def _line(name: str, arguments: argparse.Namespace, seed: str, cells: list[str]) -> str:
    method = arguments.method + {None: "", True: " --foreground", False: " --no-foreground"}[arguments.foreground]
    return f"| {name} | {method} | {seed} | {' | '.join(cells)} |"


def _row(subject: bank_forms.Set, arguments: argparse.Namespace) -> list[float]:
    start = Detector(default_bundle(arguments.method))
    more: dict[str, Any] = {} if arguments.foreground is None else {"foreground": arguments.foreground}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, image in enumerate(subject.good):
            paths.append(Path(folder) / f"{number:03d}.png")
            cv2.imwrite(str(paths[-1]), image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1]))
        outcome = calibrate(start.method, start.decision, paths, rule="false-calls:0.05", **more)
    calibrated = Detector(outcome.bundle).with_plausibility("note")
    return [*_judged(calibrated, subject), *_judged(start, subject)]


def _judged(detector: Detector, subject: bank_forms.Set) -> list[float]:
    """Image AUROC, recall, false calls; an image that is refused is neither called nor passed, and ranks highest."""
    scores, called = [], []
    for image, _ in subject.test:
        try:
            result = detector(image)
            scores.append(result.score)
            called.append(result.is_defective)
        except ImageError:
            scores.append(1e6)
            called.append(False)
    is_defect = np.array([mask.any() for _, mask in subject.test])
    hits = np.array(called)
    return [image_auroc(is_defect, scores), float(hits[is_defect].mean()), float(hits[~is_defect].mean())]


if __name__ == "__main__":
    main()

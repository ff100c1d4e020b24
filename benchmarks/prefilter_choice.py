"""Does `--prefilter auto` choose what finds more? Rendered plates and cloth, with the pattern left in and taken out.

    python benchmarks/prefilter_choice.py --seeds 3

Good images choose, see surfedge.calibration.prefilter. Then both ways judge new good images and rendered defects, which
the choice has not seen: image AUROC, and how many of the defective images were not judged because no pattern was found.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from surfedge.calibration import calibrate
from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.prefilter import chosen_prefilter
from surfedge.calibration.trial import Way, compared
from surfedge.detector import Detector, Preparation, default_bundle
from surfedge.errors import SurfedgeError
from surfedge.metrics.image_auroc import image_auroc
from surfedge.progress import silent
from surfedge.synthesis import USUAL_DEFECTS, render

SURFACES = {  # mm of a pixel, side in pixels
    "plate-diamond": (1.0, 256),
    "plate-teardrop": (1.0, 256),
    "cloth-twill": (0.5, 256),
    "cloth-plain": (0.25, 256),
    "cloth-selvedge": (0.5, 256),
}
SEVERITY = 0.6


def main() -> None:
    """Print the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--surfaces", nargs="+", default=list(SURFACES), choices=SURFACES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--good", type=int, default=24)
    parser.add_argument("--tests", type=int, default=30)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    print("| surface | seed | chosen | left in: drawn, rendered, not judged | taken out: drawn, rendered, not judged |")
    print("| --- | --- | --- | --- | --- |")
    for surface in arguments.surfaces:
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
            print(_row(surface, seed, arguments.good, arguments.tests), flush=True)


def _row(surface: str, seed: int, count: int, tests: int) -> str:
    first = 100_000 * (seed + 1)
    start = Detector(default_bundle())
    decision = replace(start.decision, normalise="none", own_limit=False)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:04d}.png" for number in range(count)]
        for number, path in enumerate(paths):
            cv2.imwrite(str(path), _shot(surface, first + number)[0])
        good = GoodFrames(paths, Preparation(), silent)
        chosen = chosen_prefilter(good, start.method, decision, "position").prefilter
        ways = [Way(prefilter, start.method, decision, "position") for prefilter in ("none", "cells")]
        drawn = compared(good, range(count), ways, "trying").means
        cells = []
        for prefilter, ranked in zip(("none", "cells"), drawn, strict=True):
            try:
                detector = Detector(
                    calibrate(start.method, decision, paths, prefilter=prefilter, other_form=False).bundle
                ).with_plausibility("note")
            except SurfedgeError:
                cells.append("cannot be calibrated")
                continue
            cells.append(f"{ranked:.3f}, {_judged(detector, surface, first, tests)}")
    return f"| {surface} | {seed} | {chosen} | {cells[0]} | {cells[1]} |"


def _judged(detector: Detector, surface: str, first: int, tests: int) -> str:
    """Image AUROC on new images, one that is not judged scoring highest, and how many of the defective were not."""
    images, number = [(_shot(surface, first + 1_000 + n)[0], False) for n in range(tests)], 0
    while len(images) < 2 * tests:
        image, is_defect = _shot(surface, first + 2_000 + number, (USUAL_DEFECTS[number % 6],))
        number += 1
        if is_defect:
            images.append((image, True))
    scores, refused = [], 0
    for image, is_defect in images:
        try:
            scores.append(detector.score(image))
        except SurfedgeError:
            scores.append(1e9)
            refused += is_defect
    return f"{image_auroc([is_defect for _, is_defect in images], scores):.3f}, {refused} of {tests}"


def _shot(surface: str, seed: int, kinds: tuple[str, ...] = ()) -> tuple[np.ndarray, bool]:
    pixel_mm, side = SURFACES[surface]
    shot = render(surface, (side, side), pixel_mm, defects=kinds, seed=seed, severity=SEVERITY)
    return shot.image, bool(shot.mask.any())


if __name__ == "__main__":
    main()

"""What confirmed false calls do when a new lot looks unlike the good images: false calls and finds, before and after.

    python benchmarks/confirmed_calls.py --seeds 5

A detector calibrated on 20 rendered strips judges 60 of another lot, whose grain is half as long again, a fifth of them
with a small defect. A person, whose part the known truth plays, marks 20 in the order in which the label page proposes
them. The detector is calibrated again: with the false calls among them in addition, or with every image confirmed as
good. All are judged on 100 new strips of the new lot.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from surfedge.calibration import calibrate
from surfedge.datasets import GOOD
from surfedge.detector import Detector, default_bundle
from surfedge.labelling.candidates import Candidates
from surfedge.labelling.session import Session
from surfedge.synthesis import USUAL_DEFECTS, render

WAYS = ("before", "false calls", "all confirmed")
SHAPE, PIXEL_SIZE_MM = (192, 256), 0.5
NEW_LOT = (1.0, 1.5)  # stretch across and along the grain


def write(folder: Path, count: int, seed: int, share: float, stretch: tuple[float, float] = NEW_LOT) -> dict[str, bool]:
    """`count` strips, some with a small defect; which have one, by name."""
    folder.mkdir()
    rng, truth = np.random.default_rng(seed), {}
    for number in range(count):
        kinds = (USUAL_DEFECTS[number % len(USUAL_DEFECTS)],) if rng.random() < share else ()
        made = render("strip", SHAPE, PIXEL_SIZE_MM, kinds, 10_000 * seed + number, stretch=stretch)
        cv2.imwrite(str(folder / f"{number:03}.png"), made.image)
        truth[f"{number:03}.png"] = bool(made.mask.any())
    return truth


def calibrated(good: list[Path]) -> Detector:
    """The default method with the limit that these good images give."""
    detector = Detector(default_bundle())
    origin = detector.bundle
    return Detector(calibrate(detector.method, detector.decision, good, rule="quantile:0.99", origin=origin).bundle)


def rates(detector: Detector, folder: Path, truth: dict[str, bool]) -> tuple[float, float]:
    """Fractions of the good images called defective, and of the defective ones found."""
    called = {name: detector(folder / name).is_defective for name in truth}
    good = [called[name] for name, is_defective in truth.items() if not is_defective]
    bad = [called[name] for name, is_defective in truth.items() if is_defective]
    return float(np.mean(good)), float(np.mean(bad))


def marked(detector: Detector, photos: Path, truth: dict[str, bool], count: int) -> tuple[list[Path], list[Path]]:
    """The false calls and all images confirmed as good among the first `count` that are proposed."""
    out = photos.with_name("marked")
    session = Session(detector, Candidates(photos, out), out)
    session.scores.start()
    while session.scores.done < len(truth):
        time.sleep(0.05)
    for _ in range(count):
        (row,) = session.next(1)
        session.mark(row["number"], 0, "defect" if truth[row["name"]] else GOOD, "", [])
    marks = {photos / name: mark for name, mark in session.marks.all().items() if mark.verdict == GOOD}
    return [path for path, mark in marks.items() if mark.is_false_call], list(marks)


def main() -> int:
    """Print a line a seed and the means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--marks", type=int, default=20)
    given = parser.parse_args()
    found = []
    for seed in range(1, given.seeds + 1):
        with tempfile.TemporaryDirectory() as place:
            root = Path(place)
            write(root / "good", 20, seed, 0.0, (1.0, 1.0))
            photos, tests = write(root / "photos", 60, seed + 100, 0.2), write(root / "tests", 100, seed + 200, 0.4)
            good = sorted((root / "good").iterdir())
            before = calibrated(good)
            calls, confirmed = marked(before, root / "photos", photos, given.marks)
            detectors = (before, calibrated(good + calls), calibrated(good + confirmed))
            row = [rates(each, root / "tests", tests) for each in detectors]
        found.append(row)
        shown = "  ".join(f"{calls:.3f} {finds:.3f}" for calls, finds in row)
        print(f"{seed}: {len(calls)} false calls among {len(confirmed)} good ones  {shown}", flush=True)
    for what, (called, finds) in zip(WAYS, np.array(found).transpose(1, 2, 0), strict=True):
        of_good = f"{called.mean():.3f} +- {called.std():.3f}"
        print(f"{what:<14} called defective {of_good}  found {finds.mean():.3f} +- {finds.std():.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

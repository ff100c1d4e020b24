"""Roll marks from real detections: rendered coils, inspected line by line, their lists searched for series.

    python benchmarks/rendered_coils.py            # some minutes on one core
    python benchmarks/rendered_coils.py --coils 2

A coil is 80 m of rendered steel, 300 mm wide, 1 mm a pixel, with pits, dirt, water and scratches at random (`clutter`
per 100 m in all) and marks of a roll of 300 to 1,200 mm at `hits` of its turns, its lane wandering by 5 mm per 100 m.
The detector is patch statistics, learned and limited on other good coils; nothing was chosen on the coils reported.
A coil counts when one series is reported, at the roll's pitch to 1 %. Marks found: those of the truth, wider than
20 mm from an edge, whose middle lies in the box of a defect.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from surfedge import kernels
from surfedge.bundle import Bundle, serialize
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.images import from_array
from surfedge.methods.statistics import Statistics
from surfedge.strips import LineScan, StripDefect, find_periodic
from surfedge.synthesis import RenderedCoil, RollMarks

LENGTH_M, WIDTH_MM, PIXEL_MM = 80.0, 300.0, 1.0
HITS, CLUTTER = (1.0, 0.8, 0.6), (0.0, 10.0, 100.0)
SHARES = {"pit": 0.5, "dirt": 0.2, "water": 0.2, "scratch": 0.1}
GOOD_SEED, REPORTED_SEED = 100, 60_000


@dataclass(frozen=True)
class Outcome:
    """Of a coil: whether the roll was recognised, or a series reported that is none; marks of the truth and found."""

    is_recognised: bool
    is_false: bool
    marks: int
    found: int


def coil(seed: int, hits: float, clutter: float) -> RenderedCoil:
    """With a roll, unless hits is 0."""
    rng = np.random.default_rng([seed, 9])
    diameter, lane = float(rng.uniform(0.3, 1.2)), float(rng.uniform(40, WIDTH_MM - 40))
    rolls = (RollMarks(math.pi * diameter, lane, hits, 5.0),) if hits else ()
    per_100_m = {kind: share * clutter for kind, share in SHARES.items()}
    return RenderedCoil(LENGTH_M, WIDTH_MM, WIDTH_MM, PIXEL_MM, per_100_m=per_100_m, rolls=rolls, seed=seed)


def detector() -> Detector:
    """Patch statistics of good coils; the limit is above all that other good coils show."""
    good = [list(coil(GOOD_SEED + n, 0.0, 0.0).blocks(2000)) for n in range(4)]
    method = Statistics(own_share=0.0).fit(from_array(block) for blocks in good[:2] for block in blocks[:8])
    settings, arrays, _ = serialize(method)
    held = {f"method/{name}": array for name, array in arrays.items()}

    def with_limit(limit: float) -> Detector:
        decision = serialize(Decision(threshold=limit, blur_sigma_px=2.0))[0]
        return Detector(Bundle("statistics", settings, decision, calibration={"rule": "max"}, arrays=held))

    first = with_limit(10.0)
    highest = max(first(block).score for blocks in good[2:] for block in blocks[:20])
    return with_limit(1.1 * highest)


def judged(scan: LineScan, one: RenderedCoil) -> Outcome:
    """A coil from its lines to its series."""
    defects = list(scan(one.blocks(4096)))
    x, y, lengths = np.array([[d.x_m, d.y_mm, 1e-3 * d.length_mm] for d in defects]).reshape(-1, 3).T
    series = find_periodic(x, y, WIDTH_MM, length_m=lengths) if len(x) else []
    pitch = one.rolls[0].pitch_m if one.rolls else 0.0
    right = [each for each in series if pitch and abs(each.pitch_m / pitch - 1) < 0.01]
    marks = [mark for mark in one.marks if mark.kind != "water" and 20 < mark.y_mm < WIDTH_MM - 20]
    found = sum(any(_holds(defect, mark.x_m, mark.y_mm) for defect in defects) for mark in marks)
    return Outcome(len(series) == len(right) == 1, len(series) > len(right), len(marks), found)


def _holds(defect: StripDefect, x_m: float, y_mm: float) -> bool:
    return defect.from_m <= x_m <= defect.to_m and defect.from_mm <= y_mm <= defect.to_mm


def _outcomes(scan: LineScan, first: int, coils: int, hits: float, clutter: float) -> Iterator[Outcome]:
    for number in range(coils):
        yield judged(scan, coil(first + number, hits, clutter))


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coils", type=int, default=10, help="for each cell; three times as many without a roll")
    given = parser.parse_args()
    kernels.set_threads(1)
    cv2.setNumThreads(1)
    scan, first = LineScan(detector(), PIXEL_MM), REPORTED_SEED
    print("| hits | random per 100 m | recognised | other series | marks found |\n| --- | --- | --- | --- | --- |")
    for hits, clutter in (*product(HITS, CLUTTER), *((0.0, each) for each in CLUTTER)):
        coils = given.coils if hits else 3 * given.coils
        found = list(_outcomes(scan, first, coils, hits, clutter))
        first += coils
        told = f"{sum(each.is_recognised for each in found)} of {coils}" if hits else "no roll"
        marks, seen = sum(each.marks for each in found), sum(each.found for each in found)
        share = f"{seen} of {marks}" if marks else "none"
        print(f"| {hits:.0%} | {clutter:g} | {told} | {sum(each.is_false for each in found)} | {share} |", flush=True)


if __name__ == "__main__":
    main()

"""Made images per second at 256 px on one core: cut and paste in each mode, and Perlin anomalies.

    python benchmarks/made_images.py

Processor time of this process, so that other work on the machine counts little; the goal is 100 a second for `ratio`
and for Perlin anomalies.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np

from surfedge.synthesis import Defect, render
from surfedge.synthesis.paste import MODES, DefectPatch, cut_out, paste_defects
from surfedge.synthesis.perlin import draw_anomaly

GOAL_PER_S = 100
COUNT = 300


def main() -> None:
    """Measure and print."""
    cv2.setNumThreads(1)
    patches = []
    for seed in range(8):
        shot = render("strip", (256, 256), defects=(Defect("stain", size_mm=40, severity=1.2),), seed=seed)
        patches.append(cut_out(shot.image, mask=shot.mask))
    grey = [render("plate", (256, 256), seed=seed).image for seed in range(8)]
    _measure("grey", grey, patches)
    _measure("colour", [cv2.cvtColor(image, cv2.COLOR_GRAY2RGB) for image in grey], patches)


def _measure(name: str, targets: list[np.ndarray], patches: list[DefectPatch]) -> None:
    sides = f"{np.mean([patch.shape for patch in patches]):.0f} px"
    rng = np.random.default_rng(0)
    for mode in MODES:
        rate = _rate(lambda k, mode=mode: paste_defects(targets[k % 8], [patches[k % 8]], rng, mode=mode))
        _say(f"{name}, {mode}, defects of {sides}", rate, mode == "ratio")
    rate = _rate(lambda k: draw_anomaly(targets[k % 8], rng, None, probability=1.0))
    _say(f"{name}, Perlin", rate, True)


def _rate(work: Callable[[int], object]) -> float:
    for number in range(30):
        work(number)
    start = time.process_time()
    for number in range(COUNT):
        work(number)
    return COUNT / (time.process_time() - start)


def _say(what: str, rate: float, has_goal: bool) -> None:
    print(f"{what:<42} {rate:8,.0f} images/s of processor time")
    assert rate >= GOAL_PER_S or not has_goal, f"{what}: below {GOAL_PER_S} a second"


if __name__ == "__main__":
    main()

"""The decision of a source's recipe behind a network that was trained on rendered plates.

The limit over all pixels and the opening that follows call defects where the rule of maxima called none, and spare good
plates. (By SSIM the same rule calls most good plates of this small network: docs/reconstruction.md says so.)
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")

import surfaces
from surfedge.bundle import Bundle
from surfedge.bundle.packaged import packaged
from surfedge.calibration import calibrate
from surfedge.detector import Detector
from surfedge.synthesis import render
from surfedge.training import read_recipe

GOOD, NEW, DEFECTS = 24, 20, ("hole", "scratch", "dent", "stain", "pit", "roll_mark")


def test_the_limit_over_pixels_finds_what_that_of_maxima_misses(tmp_path: Path) -> None:
    def plate(number: int, *defects: str) -> Path:
        image = render("plate", (256, 256), 0.5, defects=defects, seed=number).image
        return surfaces.save(tmp_path / f"{number}.png", image)

    good = [plate(number) for number in range(GOOD + NEW)]
    defective = [plate(500 + number, kind) for number, kind in enumerate(3 * DEFECTS)]
    recipe = read_recipe("bergmann-l2")
    trained = Detector(Bundle.read(packaged("*.surfedge")["plate-fast"]), device="CPU").method
    method = replace(trained, residual=recipe.inference.residual, mean=None, prediction=None, whitener=None)
    rates = {}
    for rule in (recipe.calibration.rule, "quantile:0.99"):
        made = calibrate(method, recipe.decision, good[:GOOD], rule=rule, normalise="none", prefilter="none")
        detector = Detector(made.bundle, device="CPU")
        rates[rule] = [np.mean([detector(path).is_defective for path in some]) for some in (defective, good[GOOD:])]
    print({rule: f"recall {found:.2f}, false calls {false:.2f}" for rule, (found, false) in rates.items()})
    assert recipe.calibration.rule == "pixel-quantile:0.98"
    assert rates["quantile:0.99"][0] == 0
    assert rates["pixel-quantile:0.98"][0] >= 0.1 and rates["pixel-quantile:0.98"][1] <= 0.05

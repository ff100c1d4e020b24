"""Equal images give equal bytes, and calibrating again starts afresh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import surfaces
from calibration.learning import RULES, again, learned
from surfedge.calibration import calibrate
from surfedge.calibration.calibration import Calibration
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.errors import DatasetError
from surfedge.synthesis import render


def test_the_same_images_give_the_same_bytes(strips: list[Path], tmp_path: Path) -> None:
    files = []
    for number in range(2):
        bundle = learned(strips).bundle
        assert set(bundle.provenance) == {"surfedge", "calibrated"}
        timeless = replace(bundle, provenance={"surfedge": bundle.provenance["surfedge"]})
        timeless.write(tmp_path / f"{number}.surfedge")
        files.append((tmp_path / f"{number}.surfedge").read_bytes())
    assert files[0] == files[1]


def test_from_the_file_it_judges_as_before(strips: list[Path], tmp_path: Path) -> None:
    bundle = learned(strips).bundle
    bundle.write(tmp_path / "strip.surfedge")
    for path in strips[:5]:
        assert Detector(tmp_path / "strip.surfedge")(path) == Detector(bundle)(path)


def test_calibrating_again_forgets_what_was_learned(strips: list[Path], tmp_path: Path) -> None:
    leather = surfaces.good_folder(tmp_path, "leather", 10)
    fresh, second = learned(leather, rule="max").bundle, again(learned(strips).bundle, leather, rule="max")
    assert (second.settings, second.decision, second.calibration) == (fresh.settings, fresh.decision, fresh.calibration)
    for name, array in fresh.arrays.items():
        np.testing.assert_array_equal(second.arrays[name], array)


@pytest.mark.parametrize("rule", RULES)
def test_another_rule_leaves_nothing_of_the_first(
    rule: str, strips: list[Path], by_rule: dict[str, Calibration]
) -> None:
    for first in by_rule.values():
        assert again(first.bundle, strips, rule=rule).decision == by_rule[rule].bundle.decision


def test_a_least_area_of_ones_own_stays(strips: list[Path]) -> None:
    decision = Decision(blur_sigma_px=4.0, min_area_px=12)
    bundle = calibrate(Detector().method, decision, strips).bundle
    assert bundle.decision["min_area_px"] == 12
    assert again(bundle, strips).decision["min_area_px"] == 12


def test_normalisation_can_be_dropped_again(strips: list[Path]) -> None:
    bundle = again(learned(strips).bundle, strips, normalise="none")
    assert bundle.decision["normalise"] == "none"
    assert not any(name.startswith("decision/") for name in bundle.arrays)


def test_the_pattern_is_looked_for_in_the_images_as_they_are(tmp_path: Path, strips: list[Path]) -> None:
    for number in range(10):
        surfaces.save(tmp_path / f"{number}.png", render("plate", (160, 160), 1.0, seed=number).image)
    paths = sorted(tmp_path.iterdir())
    first = learned(paths).bundle
    assert first.input["prefilter"] == "cells"
    assert again(first, paths).input["prefilter"] == "cells"
    assert again(first, strips).input["prefilter"] == "none"
    assert again(first, paths, prefilter="none").input["prefilter"] == "none"
    assert learned(paths, prefilter="harmonics").bundle.input["prefilter"] == "harmonics"
    with pytest.raises(DatasetError, match="24 left out: no regular pattern"):
        learned(strips, prefilter="notch")  # a threshold of unfiltered images would judge filtered ones


def test_what_still_holds_of_the_first_bundle_is_kept(strips: list[Path]) -> None:
    origin = replace(
        learned(strips).bundle,
        certificate={"max_difference": 1e-6},
        metrics={"image_auroc": 1.0},
        runtime={"precision": "f32"},
        provenance={"data": "strips"},
        input={"value_range": [0.0, 2.0]},
    )
    bundle = again(origin, strips)
    assert bundle.certificate == origin.certificate and bundle.runtime == origin.runtime
    assert bundle.input["value_range"] == [0.0, 2.0]
    assert bundle.metrics == {} and bundle.provenance["data"] == "strips"

"""Rules for the threshold keep their promises, for every method."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import surfaces
from calibration.learning import RULES, learned
from surfedge.calibration import calibrate
from surfedge.calibration.calibration import Calibration
from surfedge.detector import DECISIONS, Detector, default_bundle
from surfedge.errors import ArgumentError
from surfedge.images import read
from surfedge.methods import WITHOUT_NETWORK


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_with_every_method(method: str, rule: str, strips: list[Path]) -> None:
    outcome = learned(strips, method, rule=rule)
    detector = Detector(outcome.bundle)
    assert outcome.scores.shape == (24,) and np.isfinite(outcome.scores).all() and outcome.skipped == ()
    assert outcome.bundle.calibration["rule"] == rule
    assert outcome.bundle.method == method and detector.decision.normalise == "good"
    calls = sum(detector(path).is_defective for path in strips)
    assert calls <= {"quantile:0.9": 4, "false-calls:0.1": 3}.get(rule, 2)
    holed = surfaces.with_hole(read(strips[0]).pixels)
    assert detector(holed).score > detector(strips[0]).score


def test_thresholds_follow_from_the_scores(by_rule: dict[str, Calibration]) -> None:
    scores = by_rule["max"].scores
    limits = {rule: outcome.bundle.decision["threshold"] for rule, outcome in by_rule.items()}
    for outcome in by_rule.values():
        np.testing.assert_array_equal(outcome.scores, scores)
        np.testing.assert_array_equal(outcome.bundle.arrays["calibration/scores"], scores)
    assert limits["max"] == scores.max()
    assert limits["quantile:0.9"] == np.quantile(scores, 0.9, method="higher")
    assert limits["ksigma:3"] == pytest.approx(scores.mean() + 3 * scores.std())
    assert limits["false-calls:0.1"] == np.sort(scores)[22]  # rank ceil(25 x 0.9) = 23
    assert limits["max-area:40"] <= scores.max()
    others = by_rule["max"].bundle.calibration["thresholds"]
    assert others["max"] == limits["max"] and others["ksigma:3"] == limits["ksigma:3"]
    assert "false-calls:0.01" not in others  # 24 images cannot promise that


@pytest.mark.parametrize("method", ["dzl", "pixel_zscore", "pattern"])
@pytest.mark.parametrize("area_px", [20, 150])
@pytest.mark.parametrize("normalise", ["none", "position"])
def test_max_area_keeps_its_promise(method: str, area_px: int, normalise: str, strips: list[Path]) -> None:
    """No good image shows a region of more than the area; where nothing is learned from the images themselves, a
    slightly lower limit would let one through."""
    start, decision = Detector(default_bundle(method)), replace(DECISIONS[method], blur_sigma_px=3.0)
    outcome = calibrate(start.method, decision, strips, rule=f"max-area:{area_px}", normalise=normalise)
    detector = Detector(outcome.bundle)
    assert detector.decision.min_area_px == area_px + 1
    results = [detector(path) for path in strips]
    assert not any(result.is_defective or result.regions or result.mask.any() for result in results)
    if normalise == "none":
        assert any(result.score > result.threshold for result in results)  # smaller regions there are
        limit = detector.decision.threshold
        lower = detector.with_threshold(limit - 0.01 * max(abs(limit), 1.0))
        assert any(lower(path).is_defective for path in strips)


def test_rules_that_so_few_images_cannot_keep(strips: list[Path]) -> None:
    with pytest.raises(ArgumentError, match=r"found 24 good images, expected 99 or more"):
        learned(strips, rule="false-calls:0.01")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rule": "median"}, "for example false-calls:0.02"),
        ({"normalise": "rows"}, "expected position, overall, none"),
        ({"prefilter": "wavelet"}, "none or notch"),
    ],
)
def test_wrong_settings(settings: dict, message: str, strips: list[Path]) -> None:
    with pytest.raises(ArgumentError, match=message):
        learned(strips, **settings)

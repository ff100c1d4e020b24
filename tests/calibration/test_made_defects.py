"""What defects drawn on the good images say at calibration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.learning import learned
from surfedge.bundle import Bundle
from surfedge.calibration import BUDGETS, in_words, with_limit
from surfedge.calibration.made_defects import KINDS, MadeDefects, with_defect
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.images import from_array, read


def test_the_fraction_found_is_that_of_the_line(strips: list[Path], tmp_path: Path) -> None:
    """What calibration says of drawn defects is what the calibrated detector calls, up to what one image taught."""
    path = tmp_path / "a.surfedge"
    learned(strips, rule="false-calls:0.05").bundle.write(path)
    bundle = Bundle.read(path)
    said = bundle.calibration
    assert said["drawn_defects"] == 24 and set(said["drawn_found_of"]) == set(KINDS)
    detector = Detector(bundle)
    frames = [
        with_defect(read(path), (number, 0), KINDS[number % len(KINDS)], detector.decision)
        for number, path in enumerate(strips)
    ]
    called = np.mean([detector(frame).is_defective for frame in frames])
    assert called == pytest.approx(said["drawn_found"], abs=0.09)
    assert 0.1 < called < 1.0
    assert said["drawn_found_by"]["max"] <= said["drawn_found_by"]["false-calls:0.1"]


def test_a_looser_budget_finds_no_less() -> None:
    made = MadeDefects(np.array([1.0, 5.0, -np.inf, 9.0]), ("pit", "pit", "hole", "hole"))
    said = made.to_dict(4.0, {"false-calls:0.01": 8.0, "false-calls:0.05": 0.5})
    assert said["drawn_found"] == 0.5 and said["drawn_found_of"] == {"pit": 0.5, "hole": 0.5}
    assert said["drawn_found_by"] == {"false-calls:0.01": 0.25, "false-calls:0.05": 0.75}
    text = in_words({**said, "rule": "max"}, BUDGETS)
    assert text.startswith("50 % of 4 defects drawn") and "false-calls:0.01 25 %, false-calls:0.05 75 %" in text


def test_what_was_said_of_another_limit_is_dropped(strips: list[Path]) -> None:
    bundle = learned(strips).bundle
    assert "drawn_found" in bundle.calibration
    assert not any(name.startswith("drawn_") for name in with_limit(bundle, 3.0, by="M. Weber").calibration)


def test_defects_are_drawn_where_it_is_judged() -> None:
    frame = from_array(np.full((120, 160), 128, np.uint8))
    ignore = np.ones((120, 160), bool)
    ignore[40:80, 60:100] = False
    judged = Decision(ignore=ignore, border_px=10)
    for number in range(12):
        made = with_defect(frame, (number, 0), "pit", judged)
        y, x = np.nonzero(made.pixels != 128)
        assert 35 <= y.mean() <= 85 and 55 <= x.mean() <= 105


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_images_of_any_depth(dtype: type) -> None:
    values = np.full((64, 64, 3), 0.5, np.float32)
    frame = from_array((values * 65535).astype(dtype) if dtype == np.uint16 else values)
    made = with_defect(replace(frame, source="x.png"), (2, 0), "stain", Decision())
    assert made.pixels.shape == (64, 64, 3) and made.source == "x.png" and (made.pixels < 0.49).any()


def test_fractions_are_told_to_four_places() -> None:
    said = MadeDefects(np.array([1.0, 5.0, 9.0]), ("pit", "pit", "pit")).to_dict(4.0, {"max": 8.0})
    assert said["drawn_found"] == 0.6667 and said["drawn_found_by"] == {"max": 0.3333}
    assert said["drawn_found_of"] == {"pit": 0.6667} and said["drawn_defects"] == 3


def test_a_score_at_the_limit_is_not_found() -> None:
    made = MadeDefects(np.array([1.0, 2.0, 3.0, 4.0]), ("pit", "dent", "dent", "pit"))
    assert made.to_dict(2.0, {"max": 4.0, "ksigma:3": 1.0}) == {
        "drawn_defects": 4,
        "drawn_found": 0.5,
        "drawn_found_by": {"max": 0.0, "ksigma:3": 0.75},
        "drawn_found_of": {"pit": 0.5, "dent": 0.5},
    }

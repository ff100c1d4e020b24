"""What good images show as their foreground, and a border ring: not judged beyond."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import surfaces
from calibration.learning import learned
from surfedge.calibration import calibrate
from surfedge.calibration.foreground import background_of, with_foreground
from surfedge.calibration.foreground_choice import chosen_foreground, is_steady
from surfedge.calibration.good_images import GoodFrames
from surfedge.decision import Decision
from surfedge.detector import Detector, Preparation, default_bundle
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import from_array
from surfedge.progress import silent
from surfedge.synthesis import render


def background(surface: str, pixel_mm: float = 0.5, count: int = 8) -> np.ndarray:
    return background_of(from_array(render(surface, (192, 192), pixel_mm, seed=n).image) for n in range(count))


def test_of_a_part_its_gap_and_holder_are_left_out() -> None:
    found = background("part")
    assert found.shape == (24, 24)
    assert found[:, :4].all() and found[:, -4:].all()  # holder, gap and the part's edge
    assert not found[:, 7:-7].any()


@pytest.mark.parametrize("surface", ["strip", "plate", "cloth-plain"])
def test_a_surface_without_edges_is_judged_everywhere(surface: str) -> None:
    assert background(surface).mean() < 0.03


def test_a_steady_background_is_left_out_however_large() -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:192, :192]
    frames = []
    for _ in range(8):
        image = rng.normal(12, 1, (192, 192))
        inside = np.hypot(y - 96 - rng.normal(0, 2), x - 96 - rng.normal(0, 2)) < 60
        image[inside] = rng.normal(120, 10, int(inside.sum()))
        frames.append(from_array(image.clip(0, 255).astype(np.uint8)))
    found = background_of(frames)
    assert not found[9:15, 9:15].any() and found[:4].all() and found[:, :4].all()


def test_none_and_flat_images() -> None:
    with pytest.raises(DatasetError, match="good images"):
        background_of([])
    assert not background_of([from_array(np.full((100, 60), 50, np.uint8))]).any()
    assert background_of([from_array(np.zeros((5, 7), np.uint8))]).shape == (1, 1)
    assert background_of([from_array(np.zeros((3, 25), np.uint8))]).shape == (1, 3)


def test_the_bundle_judges_the_foreground_only(tmp_path: Path) -> None:
    paths = surfaces.good_folder(tmp_path, "part", 12, (192, 192))
    outcome = learned(paths, rule="max", foreground=True)
    assert any(note.startswith("foreground: ") for note in outcome.notes)
    detector = Detector(outcome.bundle).with_plausibility("note")
    image = render("part", (192, 192), seed=50).image
    assert not detector(surfaces.with_hole(image, (2, 90, 10, 10))).is_defective
    result = detector(surfaces.with_hole(image, (90, 90, 12, 12)))
    assert result.is_defective and 0.3 < result.ignored_share < 0.6


def test_it_adds_to_what_is_ignored_anyway(tmp_path: Path) -> None:
    good = GoodFrames(surfaces.good_folder(tmp_path, "part", 8, (192, 192)), Preparation(), silent)
    upper = np.zeros((192, 192), bool)
    upper[:96] = True
    decision, judged = with_foreground(Decision(ignore=upper), good)
    assert decision.ignore is not None and decision.ignore[:96].all() and decision.ignore[:, :32].all()
    assert not decision.ignore[100:, 60:130].any()
    assert judged == pytest.approx(1 - decision.ignore.mean())
    with pytest.raises(ArgumentError, match="ignore"):
        with_foreground(Decision(ignore=~background("part").repeat(8, 0).repeat(8, 1)), good)


def test_by_default_a_part_is_judged_without_its_surroundings_and_that_is_said(tmp_path: Path) -> None:
    outcome = learned(surfaces.good_folder(tmp_path, "part", 16, (192, 192)), rule="max")
    (note,) = (note for note in outcome.notes if "foreground" in note)
    assert note.startswith("foreground: ") and note.endswith("--no-foreground judges all")
    ignored = outcome.bundle.arrays["decision/ignore"]
    assert 0.3 < ignored.mean() < 0.6 and not ignored[:, 10:14].any()


def test_whoever_wants_all_judged_or_ignores_something_is_obeyed(tmp_path: Path) -> None:
    paths = surfaces.good_folder(tmp_path, "part", 8, (192, 192))
    assert "decision/ignore" not in learned(paths, rule="max", foreground=False).bundle.arrays
    upper = np.zeros((192, 192), bool)
    upper[:96] = True
    start = Detector(default_bundle())
    outcome = calibrate(start.method, replace(start.decision, ignore=upper), paths, rule="max")
    given = outcome.bundle.arrays["decision/ignore"]
    np.testing.assert_array_equal(given, upper)


def test_a_background_that_moves_is_judged(tmp_path: Path) -> None:
    """One half of the images has its holder left, the other right: nothing is steady."""
    paths = []
    for number in range(8):
        image = np.random.default_rng(number).integers(90, 130, (128, 128), np.uint8)
        image[:, slice(0, 56) if number % 2 else slice(72, 128)] = 10
        paths.append(surfaces.save(tmp_path / f"{number}.png", image))
    good = GoodFrames(paths, Preparation(), silent)
    assert not is_steady(good)
    start = Detector(default_bundle())
    found = chosen_foreground(good, start.method, start.decision, "position")
    assert found.decision is start.decision and found.notes == ()

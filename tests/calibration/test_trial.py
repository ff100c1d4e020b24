"""Ways compared by drawn defects: when one helps, when that is chance, and which contrast tells."""

from __future__ import annotations

import numpy as np
import pytest

import surfaces
from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.trial import Comparison, Way, compared
from surfedge.detector import Detector, Preparation, default_bundle
from surfedge.progress import silent


def test_a_steady_gain_helps_and_a_wavering_one_is_chance() -> None:
    plain = np.full(20, 0.8)
    steady, wavering = plain + 0.05, plain + np.tile([0.15, -0.11], 10)
    assert Comparison(np.array([plain, steady])).helps(1)
    assert not Comparison(np.array([plain, steady])).is_by_chance(1)
    assert Comparison(np.array([plain, wavering])).is_by_chance(1)


def test_less_than_a_tenth_of_the_wrong_pairs_does_not_help() -> None:
    plain = np.full(20, 0.8)
    found = Comparison(np.array([plain, plain + 0.01]))
    assert not found.helps(1) and not found.is_by_chance(1)
    assert found.means == pytest.approx([0.8, 0.81])


def test_one_image_shows_nothing() -> None:
    assert Comparison(np.array([[0.2], [0.9]])).is_by_chance(1)


@pytest.fixture(scope="module")
def strips(tmp_path_factory: pytest.TempPathFactory) -> GoodFrames:
    paths = surfaces.good_folder(tmp_path_factory.mktemp("strips"), "strip", 8, (128, 128))
    return GoodFrames(paths, Preparation(), silent)


def test_the_contrast_decides_how_many_are_found(strips: GoodFrames) -> None:
    start = Detector(default_bundle())
    way = Way("none", start.method, start.decision, "position")
    (faint,) = compared(strips, range(8), [way], "trying", (0.5, 1.0)).means
    (plain,) = compared(strips, range(8), [way], "trying", (8.0, 16.0)).means
    assert faint < 0.7 and plain > 0.9


def test_a_way_that_judges_too_few_images_finds_nothing(strips: GoodFrames) -> None:
    start = Detector(default_bundle())
    way = Way("cells", start.method, start.decision, "position")  # no strip has cells
    assert compared(strips, range(8), [way], "trying").means == [0.0]

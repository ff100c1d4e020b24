"""Bundles that work at once: one for each method without a network."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.detector import DECISIONS, DEFAULT_METHOD, Detector, default_bundle
from surfedge.errors import ArgumentError
from surfedge.methods import WITHOUT_NETWORK


def test_every_method_without_a_network_has_one() -> None:
    assert set(DECISIONS) == set(WITHOUT_NETWORK)
    assert DEFAULT_METHOD in DECISIONS
    assert default_bundle() == default_bundle(DEFAULT_METHOD)


@pytest.mark.parametrize("method", WITHOUT_NETWORK)
def test_a_hole_in_fine_noise_is_found_and_the_noise_alone_is_not(method: str) -> None:
    detector = Detector(default_bundle(method))
    sheet = np.random.default_rng(0).normal(128, 4, (320, 400)).clip(0, 255).astype(np.uint8)
    holed = sheet.copy()
    holed[70:90, 90:114] = np.random.default_rng(1).normal(30, 20, (20, 24)).clip(0, 255)
    assert detector(holed).score > detector(sheet).score
    found = detector(holed)
    x, y, width, height = found.regions[0].box
    assert found.is_defective and x < 102 < x + width and y < 80 < y + height
    assert not detector(sheet).is_defective


@pytest.mark.parametrize("side_px", [96, 128, 200])
@pytest.mark.parametrize("method", ["statistics", "dzl"])
def test_a_hole_in_a_small_image_is_found(method: str, side_px: int) -> None:
    """A z-score over n patches never exceeds sqrt(n): a limit on it alone would call such an image good."""
    detector = Detector(default_bundle(method))
    for seed in range(5):
        rng = np.random.default_rng(seed)
        sheet = rng.normal(128, 4, (side_px, side_px)).clip(0, 255).astype(np.uint8)
        assert not detector(sheet).is_defective
        y, x = rng.integers(0, side_px - 20, 2)
        sheet[y : y + 20, x : x + 20] = rng.normal(30, 20, (20, 20)).clip(0, 255)
        assert detector(sheet).is_defective


@pytest.mark.parametrize("method", ["network", "", "statistic"])
def test_other_methods_need_a_bundle(method: str) -> None:
    with pytest.raises(ArgumentError, match="the other methods need a bundle"):
        default_bundle(method)


def test_an_image_too_small_to_be_its_own_reference_says_so() -> None:
    tiny = np.random.default_rng(0).integers(100, 150, (3, 3), np.uint8)
    for detector in (Detector(), Detector(default_bundle("dzl"))):
        assert any("3 x 3 px, too small to be its own reference" in note for note in detector(tiny).notes)
        assert not any("too small" in note for note in detector(np.tile(tiny, (6, 6))).notes)


def test_a_good_image_whose_own_marks_reach_far_says_so() -> None:
    """A board of chips of many colours is no reference for itself; even grain is, and so is no image that is called."""
    rng = np.random.default_rng(0)
    board = np.full((128, 128), 180, np.uint8)
    for x, y, side, grey in rng.integers((0, 0, 4, 40), (116, 116, 12, 255), (60, 4)):
        board[y : y + side, x : x + side] = grey
    grain = rng.normal(120, 8, (128, 128)).clip(0, 255).astype(np.uint8)
    spotted = grain.copy()
    spotted[60:70, 60:70] = 250
    found = [Detector()(image) for image in (board, grain, spotted)]
    said = [any("judged good by a limit of" in note for note in result.notes) for result in found]
    assert [result.is_defective for result in found] == [False, False, True]
    assert said == [True, False, False]

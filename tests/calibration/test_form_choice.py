"""The default becomes a bank where good patches come in several kinds, stays a Gaussian where they do not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.calibration import calibrate
from surfedge.calibration.form_choice import FEWEST, best_form
from surfedge.calibration.trial import Comparison
from surfedge.datasets import MarkedImage
from surfedge.decision import Decision
from surfedge.detector import Detector
from surfedge.methods import first_form, forms_of
from surfedge.methods.bank import Bank
from surfedge.methods.statistics import Statistics


def _written(folder: Path, two_kinds: bool) -> list[Path]:
    """Grey noise; or smooth dark places beside rough bright ones, elsewhere in each image."""
    rng = np.random.default_rng(5)
    for number in range(FEWEST):
        image = rng.normal(120, 12, (40, 40))
        if two_kinds:
            smooth = cv2.resize(rng.random((4, 4)), (64, 64), interpolation=cv2.INTER_NEAREST) > 0.5
            image = np.where(smooth, rng.normal(60, 1, (64, 64)), rng.normal(190, 20, (64, 64)))
        cv2.imwrite(str(folder / f"{number:02}.png"), image.clip(0, 255).astype(np.uint8))
    return sorted(folder.glob("*.png"))


def test_two_kinds_of_patches_are_kept_apart_by_a_bank(tmp_path: Path) -> None:
    paths = _written(tmp_path, two_kinds=True)
    outcome = calibrate(Statistics(), Decision(), paths, rule="max", prefilter="none", foreground=False)
    bundle = outcome.bundle
    assert bundle.method == "bank"
    assert outcome.notes[0].startswith(
        "bank is taken: drawn defects rank above good images with probability statistics"
    )
    assert bundle.calibration["drawn_ranked"]["bank"] > bundle.calibration["drawn_ranked"]["statistics"]
    assert Detector(bundle)(paths[0]).score <= bundle.decision["threshold"] * 1.5
    mark = paths[0].parent / "marked.png"
    image = cv2.imread(str(paths[0]), cv2.IMREAD_GRAYSCALE)
    image[20:30, 20:30] = 255
    cv2.imwrite(str(mark), image)
    method = Detector(bundle).method
    marked = calibrate(method, Decision(), paths[1:9], rule="max", origin=bundle, defects=[MarkedImage(mark)])
    assert marked.bundle.method == "statistics"  # which learns from marks; nobody asked for the bank
    few = calibrate(method, Decision(), paths[:8], rule="max", origin=bundle)
    assert few.bundle.method == "statistics"  # chosen afresh, and too few to tell
    assert "drawn_ranked" not in marked.bundle.calibration


def test_one_kind_of_patches_stays_a_gaussian(tmp_path: Path) -> None:
    paths = _written(tmp_path, two_kinds=False)
    outcome = calibrate(Statistics(), Decision(), paths, rule="max", prefilter="none", foreground=False)
    assert outcome.bundle.method == "statistics"
    assert outcome.notes[0].startswith("statistics is taken: ")
    few = calibrate(Statistics(), Decision(), paths[1:], rule="max", prefilter="none", foreground=False)
    assert few.notes == () and "drawn_ranked" not in few.bundle.calibration  # too few to tell


def test_forms_share_their_features_and_marks_need_the_gaussian() -> None:
    statistics = Statistics(cell_px=8, patch_cells=(1, 3), use_colour=False)
    bank = forms_of(statistics)[1]
    assert isinstance(bank, Bank) and bank.statistics == statistics
    assert first_form(bank) == statistics and first_form(statistics) is statistics
    assert forms_of(bank) == ()


@pytest.mark.parametrize("keep", [True, False])
def test_the_method_can_be_kept(tmp_path: Path, keep: bool) -> None:
    paths = _written(tmp_path, two_kinds=True)
    outcome = calibrate(
        Statistics() if keep else Bank(entries=50), Decision(), paths, rule="max", prefilter="none", other_form=not keep
    )
    assert outcome.bundle.method == ("statistics" if keep else "bank")
    assert "drawn_ranked" not in outcome.bundle.calibration


def test_every_kind_of_defect_that_is_found_must_gain() -> None:
    rng = np.random.default_rng(1)
    plain = rng.uniform(0.7, 0.8, (4, 30, 30))
    better = plain + 0.15
    assert best_form(Comparison.of_kinds(np.array([plain, better]))) == 1
    one_as_before = better.copy()
    one_as_before[2] = plain[2] - 0.01
    assert best_form(Comparison.of_kinds(np.array([plain, one_as_before]))) == 0
    plain[2], better[2] = 0.5, 0.5  # found by neither: says nothing
    compared = Comparison.of_kinds(np.array([plain, better]))
    assert best_form(compared) == 1
    assert compared.without(3).kinds[1].means == pytest.approx(
        [np.delete(np.delete(each[1], 3, 0), 3, 1).mean() for each in (plain, better)]
    )

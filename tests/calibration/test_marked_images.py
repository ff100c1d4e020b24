"""Calibrating with marked defects: what they change, and that limits come from good images alone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import surfaces
from calibration.learning import again, learned
from surfedge.bundle import Bundle
from surfedge.datasets import MarkedImage
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import read

BOX = (40, 24, 32, 40)


def defect(path: Path, good: Path) -> MarkedImage:
    """A patch that is polished a little, and its mask beside."""
    pixels, (x, y, width, height) = read(good).pixels.copy(), BOX
    patch = pixels[y : y + height, x : x + width]
    patch[:] = cv2.GaussianBlur(patch, (0, 0), 0.6)
    surfaces.save(path, pixels)
    truth = np.zeros(pixels.shape[:2], np.uint8)
    truth[y : y + height, x : x + width] = 255
    return MarkedImage(path, "polished", surfaces.save(path.with_name(f"{path.stem}_mask.png"), truth))


@pytest.fixture(scope="module")
def marked(strips: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[MarkedImage]:
    folder = tmp_path_factory.mktemp("marked")
    return [defect(folder / f"{number}.png", strips[number]) for number in range(20, 23)]


@pytest.fixture(scope="module")
def bundle(strips: list[Path], marked: list[MarkedImage], tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    found = learned(strips[:16], rule="max", defects=marked)
    assert found.scores.size == 16 and found.skipped == ()
    return found.bundle.write(tmp_path_factory.mktemp("bundles") / "marked.surfedge")


def test_marked_defects_are_found_and_good_ones_are_not(
    bundle: Bundle, strips: list[Path], marked: list[MarkedImage], tmp_path: Path
) -> None:
    detector, alone = Detector(Bundle.read(bundle.source)), Detector(learned(strips[:16], rule="max").bundle)
    new = [defect(tmp_path / f"{number}.png", strips[number]).path for number in range(16, 20)]
    # In units of the limit, which both have from the same good images.
    gains = [detector(path).score / detector.decision.threshold for path in new]
    before = [alone(path).score / alone.decision.threshold for path in new]
    assert np.mean(gains) > 1.2 * np.mean(before) and sum(detector(path).is_defective for path in new) >= 3
    assert not any(detector(path).is_defective for path in strips[:16])
    assert bundle.calibration["marked_images"] == 3 and bundle.calibration["good_images"] == 16


def test_the_limit_is_that_of_good_images_judged_by_others(
    bundle: Bundle, strips: list[Path], marked: list[MarkedImage]
) -> None:
    """The defects' own scores are far above it, and one more of them does not move it by what a score would."""
    detector = Detector(bundle)
    scores = bundle.arrays["calibration/scores"]
    assert bundle.decision["threshold"] == scores.max() and scores.size == 16
    seen = [detector(path).score for path in strips[:16]]  # by a method that all of them taught
    assert np.mean(scores) > np.mean(seen)


def test_other_good_images_keep_the_defects(bundle: Bundle, strips: list[Path]) -> None:
    second = again(bundle, strips[8:24], rule="max")
    np.testing.assert_array_equal(second.arrays["method/marked_cells"], bundle.arrays["method/marked_cells"])
    assert not np.array_equal(second.arrays["method/marked_head"], bundle.arrays["method/marked_head"])


def test_what_cannot_be_used_is_skipped_with_its_reason(
    strips: list[Path], marked: list[MarkedImage], tmp_path: Path
) -> None:
    small = surfaces.save(tmp_path / "small.png", np.full((20, 20), 255, np.uint8))
    (tmp_path / "cut.png").write_bytes(marked[0].path.read_bytes()[:200])
    wrong = [
        MarkedImage(marked[0].path, "polished", small),
        MarkedImage(tmp_path / "cut.png"),
        MarkedImage(marked[1].path, boxes=((90, 90, 60, 60),)),
    ]
    copy = tmp_path / "copy.png"
    copy.write_bytes(marked[2].path.read_bytes())
    found = learned(strips[:16], rule="max", defects=[*wrong, marked[2], MarkedImage(copy)])
    reasons = [reason for _, reason in found.skipped]
    assert "a mask of 20 x 20 pixels, expected 128 x 96" in reasons[0] and "found " in reasons[1]
    assert "a box of 60 x 60 pixels at 90, 90, expected one inside" in reasons[2]
    assert reasons[3] == "the same image as 22.png" and found.bundle.calibration["marked_images"] == 1
    with pytest.raises(DatasetError, match=r"none that can be used; .*a mask of 20 x 20 pixels"):
        learned(strips[:16], rule="max", defects=wrong)


def test_an_image_cannot_be_good_and_defective(strips: list[Path], tmp_path: Path) -> None:
    twin = tmp_path / "twin.png"
    assert cv2.imwrite(str(twin), cv2.imread(str(strips[2]), cv2.IMREAD_UNCHANGED))
    with pytest.raises(DatasetError, match=r"twin.png: found the same image as the good one .*; remove it from one"):
        learned(strips[:16], rule="max", defects=[MarkedImage(twin)])


@pytest.mark.parametrize("method", ["dzl", "bank", "pixel_zscore"])
def test_methods_that_do_not_learn_from_defects_say_so(
    method: str, strips: list[Path], marked: list[MarkedImage]
) -> None:
    with pytest.raises(ArgumentError, match=f"marked defects: found the method {method}, expected statistics"):
        learned(strips[:16], method, defects=marked)

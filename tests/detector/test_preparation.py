"""What happens to an image before a method sees it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.bundle import deserialize, serialize
from surfedge.calibration import calibrate
from surfedge.decision import Decision
from surfedge.detector import Detector, Preparation, default_bundle, lattice_search
from surfedge.errors import ArgumentError, ImageError, ImplausibleError
from surfedge.images import from_array, to_grey_f32
from surfedge.methods.statistics import Statistics
from surfedge.synthesis import render

NOTCH = Preparation(prefilter="notch")


def plate(seed: int, size: int = 256, **settings: float) -> np.ndarray:
    return render("plate", shape=(size, size), seed=seed, **settings).image


def test_files_arrays_and_frames_give_the_same_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), pixels[..., ::-1])
    preparation = Preparation()
    frame = preparation.read(path)
    np.testing.assert_array_equal(frame.pixels, pixels)
    np.testing.assert_array_equal(preparation.read(str(path)).pixels, pixels)
    np.testing.assert_array_equal(preparation.read(pixels).pixels, pixels)
    assert preparation.read(frame) is frame


def test_depth_and_range_are_those_of_the_bundle(tmp_path: Path) -> None:
    deep = np.array([[0, 2047, 4095]], np.uint16)
    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), deep)
    twelve = Preparation(bit_depth=12)
    for image in (path, deep):
        np.testing.assert_allclose(to_grey_f32(twelve.read(image)), [[0, 2047 / 4095, 1]], rtol=1e-6)
    with pytest.raises(ImageError, match="at most 1,023"):
        Preparation(bit_depth=10).read(deep)
    ranged = Preparation(value_range=(-10.0, 30.0))
    np.testing.assert_allclose(to_grey_f32(ranged.read(np.array([[-10.0, 0.0, 30.0]]))), [[0, 0.25, 1]])


def test_without_a_prefilter_the_frame_is_left_alone() -> None:
    frame = from_array(plate(0, 128))
    assert Preparation().filter(frame) is frame


def test_the_pattern_is_taken_out_and_noted() -> None:
    frame = from_array(plate(0))
    seen = NOTCH.filter(frame)
    assert seen.shape == frame.shape and seen.pixels.dtype == np.float32 and seen.source == frame.source
    assert any("regular pattern removed" in note for note in seen.notes)
    assert seen.pixels.min() >= 0 and seen.pixels.max() <= 1
    assert seen.pixels.mean() == pytest.approx(0.5, abs=0.01)
    assert seen.pixels.std() < to_grey_f32(frame).std()


def test_an_image_without_a_pattern_stays_as_it_is_and_that_is_noted() -> None:
    frame = from_array(np.random.default_rng(0).integers(0, 256, (90, 70, 3)).astype(np.uint8))
    seen = NOTCH.filter(frame)
    assert seen.pixels is frame.pixels
    assert seen.notes == ("no regular pattern found: not filtered",)


@pytest.mark.parametrize("surface", ["plate-diamond", "plate-teardrop"])
@pytest.mark.parametrize("size", [256, 320])
@pytest.mark.parametrize("rotation_deg", [0.0, 17.0, 45.0, 90.0])
def test_plates_have_a_pattern(surface: str, size: int, rotation_deg: float) -> None:
    shape = (size, size - 40)
    frames = [render(surface, shape=shape, seed=seed, rotation_deg=rotation_deg).image for seed in (1, 2, 3)]
    found = [lattice_search(from_array(image)).lattice for image in frames]
    assert sum(lattice is not None for lattice in found) >= 2


@pytest.mark.parametrize("surface", ["leather", "strip", "strip-galvanised"])
@pytest.mark.parametrize("size", [128, 256])
def test_leather_and_strip_have_none(surface: str, size: int) -> None:
    for seed in range(5):
        image = render(surface, shape=(size, size), seed=seed, rotation_deg=9.0 * seed).image
        assert lattice_search(from_array(image)).lattice is None


def test_there_and_back_as_settings() -> None:
    for record in (Preparation(), Preparation(12, (0.0, 4.0), "notch")):
        assert deserialize(Preparation, serialize(record)[0]) == record


def test_the_name_of_release_0_1_is_read_as_the_one_of_today() -> None:
    """Bundles of 0.1 call the filter of all strong frequencies "pattern"."""
    read = deserialize(Preparation, {"prefilter": "pattern"})
    assert read == NOTCH and serialize(read)[0] == {"prefilter": "notch"}
    seen = Detector(replace(default_bundle("statistics"), input={"prefilter": "pattern"}))(plate(0))
    assert any("regular pattern removed" in note for note in seen.notes)


@pytest.mark.parametrize(
    "settings",
    [
        {"prefilter": "fourier"},
        {"bit_depth": 7},
        {"bit_depth": 17},
        {"value_range": (1.0, 1.0)},
        {"value_range": (2.0, 1.0)},
    ],
)
def test_wrong_settings(settings: dict) -> None:
    with pytest.raises(ArgumentError, match=f"input.{next(iter(settings))}"):
        Preparation(**settings)


@pytest.mark.parametrize("prefilter", ["cells", "auto"])
def test_cells_are_compared_and_that_is_noted_with_its_confidence(prefilter: str) -> None:
    frame = from_array(plate(0))
    seen = Preparation(prefilter=prefilter).filter(frame)
    assert seen.shape == frame.shape and seen.pixels.dtype == np.float32
    assert "regular pattern of 56" in seen.notes[-1] and "confidence 0.9" in seen.notes[-1].replace("1.0", "0.9")
    assert seen.pixels.min() >= 0 and seen.pixels.max() <= 1
    assert np.median(seen.pixels) == pytest.approx(0.5, abs=0.02)


def test_without_a_pattern_auto_is_silent_and_cells_says_so() -> None:
    frame = from_array(np.random.default_rng(0).integers(0, 256, (200, 170, 3)).astype(np.uint8))
    assert Preparation(prefilter="auto").filter(frame) is frame
    seen = Preparation(prefilter="cells").filter(frame)
    assert seen.pixels is frame.pixels and seen.notes[0].startswith("no regular pattern found, confidence 0.")


@pytest.mark.parametrize("surface", ["leather", "strip", "strip-galvanised"])
def test_the_default_detector_filters_plates_only(surface: str) -> None:
    detector = Detector()
    assert not any("pattern" in note for note in detector(render(surface, (256, 256), seed=2).image).notes)
    assert any("pattern" in note for note in detector(plate(2)).notes)


@pytest.mark.parametrize("prefilter", ["notch", "harmonics", "cells"])
def test_filtered_tells_whether_the_pattern_is_gone(prefilter: str) -> None:
    preparation = Preparation(prefilter=prefilter)
    plain = from_array(np.random.default_rng(0).integers(0, 256, (200, 170)).astype(np.uint8))
    assert preparation.filtered(plain)[1] is False and preparation.filtered(from_array(plate(0)))[1] is True
    assert Preparation(prefilter="auto").filtered(plain) == (plain, True)
    assert Preparation().filtered(plain) == (plain, True)


def test_a_threshold_of_filtered_images_judges_no_other(tmp_path: Path) -> None:
    """Calibrated on plates, an image without their pattern is refused, and learned from neither."""
    paths = [tmp_path / f"{seed}.png" for seed in range(9)]
    for seed, path in enumerate(paths):
        cv2.imwrite(str(path), plate(seed, 256) if seed else np.full((256, 256), 90, np.uint8))
    made = calibrate(Statistics(), Decision(), paths, prefilter="cells")
    assert [Path(path).name for path, _ in made.skipped] == ["0.png"]
    assert made.bundle.calibration["good_images"] == 8
    detector = Detector(replace(made.bundle, plausibility={}))
    assert "removed" in detector(plate(20, 256)).notes[-1]
    grain = np.random.default_rng(0).normal(90, 20, (192, 192)).clip(0, 255).astype(np.uint8)
    unknown = replace(made.bundle, input={"prefilter": "cells"}, plausibility={})  # as in bundles of before
    with pytest.raises(ImplausibleError, match=r"no regular pattern found.*calibrated on"):
        Detector(unknown)(grain)
    own = Detector(replace(unknown, calibration={"rule": "preset"}))
    assert "not filtered" in own(grain).notes[-1]

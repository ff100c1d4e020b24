"""U1: red and blue the right way round, whatever the array's order; channels that are not are said to be."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge import Detector
from surfedge.calibration import calibrate
from surfedge.detector import default_bundle
from surfedge.errors import ArgumentError, ImplausibleError


def leather(seed: int) -> np.ndarray:
    """A reddish brown surface, uint8 (64, 80, 3) RGB; brightness differs from image to image."""
    rng = np.random.default_rng(seed)
    grain = rng.normal(0, 5, (64, 80, 1)) + rng.normal(0, 1, (64, 80, 3)) + rng.normal(0, 3)
    return (np.array([150.0, 100.0, 60.0]) + grain).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    folder = tmp_path_factory.mktemp("leather")
    paths = [folder / f"{number}.png" for number in range(20)]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), leather(number)[..., ::-1])
    start = Detector(default_bundle("statistics"))
    return Detector(calibrate(start.method, start.decision, paths, rule="max").bundle)


def test_channels_the_wrong_way_round_are_refused_and_said(calibrated: Detector) -> None:
    turned = Detector(calibrated.bundle, color_order="bgr")
    judged = 0
    for seed in range(100, 164):
        image = leather(seed)
        bgr = np.ascontiguousarray(image[..., ::-1])
        with pytest.raises(ImplausibleError, match='red and blue exchanged: with color_order="bgr" it would fit'):
            calibrated(bgr)
        expected = calibrated(image).score
        assert turned(bgr).score == calibrated(bgr, color_order="bgr").score == expected
        assert turned(image, color_order="rgb").score == expected
        judged += 1
    assert judged == 64
    assert calibrated.score(bgr, color_order="bgr") == pytest.approx(expected, rel=1e-5)
    assert turned.with_threshold(1.0)(bgr).score == expected


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, np.float64])
def test_every_kind_of_array_can_be_turned(kind: type, calibrated: Detector) -> None:
    image = leather(7)
    same = image if kind is np.uint8 else image * np.uint16(257) if kind is np.uint16 else (image / 255).astype(kind)
    alpha = np.dstack([same[..., ::-1], same[..., :1]])
    for bgr in (same[..., ::-1], np.ascontiguousarray(same[..., ::-1]), alpha):
        before = bgr.copy()
        assert calibrated(bgr, color_order="bgr").score == calibrated(same).score
        assert np.array_equal(bgr, before)


def test_files_and_grey_arrays_have_no_order(calibrated: Detector, tmp_path: Path) -> None:
    path = tmp_path / "leather.png"
    cv2.imwrite(str(path), leather(3)[..., ::-1])
    turned = Detector(calibrated.bundle, color_order="bgr")
    assert turned(path).score == turned(str(path), color_order="rgb").score == calibrated(leather(3)).score
    grey = np.random.default_rng(0).integers(90, 160, (32, 32), np.uint8)
    assert Detector(color_order="bgr")(grey).score == Detector()(grey).score
    for wrong in ("BGR", "rbg", 3):
        with pytest.raises(ArgumentError, match="color_order"):
            Detector(color_order=wrong)  # type: ignore[arg-type]
        with pytest.raises(ArgumentError, match="color_order"):
            calibrated(path, color_order=wrong)  # type: ignore[arg-type]


def test_frames_of_a_video_are_known_to_be_bgr(calibrated: Detector) -> None:
    class Capture:
        def __init__(self) -> None:
            self.left = [np.ascontiguousarray(leather(seed)[..., ::-1]) for seed in range(3)]

        def read(self) -> tuple[bool, np.ndarray | None]:
            return (True, self.left.pop(0)) if self.left else (False, None)

    for detector in (calibrated, Detector(calibrated.bundle, color_order="bgr")):
        for number, result in detector.stream(Capture(), color_order="bgr"):
            assert result.score == calibrated(leather(number)).score

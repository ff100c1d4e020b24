"""What is not to be judged is not judged, does not colour what lies beside it, and is reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge import Bundle, Detector
from surfedge.decision import Decision, RawMap
from surfedge.detector import default_bundle
from surfedge.errors import ArgumentError
from surfedge.methods import WITHOUT_NETWORK


def sheet(seed: int = 0) -> np.ndarray:
    """Fine noise with a label at the top left and a scratch at the bottom right."""
    image = np.random.default_rng(seed).normal(128, 6, (160, 200)).clip(0, 255).astype(np.uint8)
    image[10:40, 10:60] = 255
    image[120:128, 150:180] = 10
    return image


LABEL = np.zeros((160, 200), bool)
LABEL[:60, :80] = True


def test_a_label_is_not_judged_and_the_scratch_still_is() -> None:
    detector = Detector()
    everything, rest = detector(sheet()), detector(sheet(), ignore=LABEL)
    assert rest.is_defective and not (rest.mask & LABEL).any()
    assert (everything.mask & LABEL).any() and everything.ignored_share == 0.0
    assert all(region.box[0] > 80 or region.box[1] > 60 for region in rest.regions)
    assert rest.ignored_share == pytest.approx(4800 / 32000)
    assert "15.0% of the image ignored, not judged" in rest.notes


def test_both_defects_ignored_is_good() -> None:
    assert not Detector()(sheet(), roi=(0, 60, 120, 100)).is_defective
    image = sheet()
    image[120:128, 150:180] = 128
    assert not Detector()(image, ignore=LABEL.astype(np.uint8) * 7).is_defective


def test_what_is_ignored_does_not_bleed_into_what_is_judged() -> None:
    """A map with a mountain under the mask gives the same as one without, blur and median included."""
    flat = np.random.default_rng(0).random((60, 80), np.float32)
    mountain = flat.copy()
    mountain[:20, :30] = 1e6
    ignore = np.zeros((60, 80), bool)
    ignore[:20, :30] = True
    for normalise in ("none", "median", "robust"):
        decision = Decision(threshold=1.0, blur_sigma_px=3.0, normalise=normalise)
        low, high = (decision.judge(RawMap(each), each.shape, ignore=ignore) for each in (flat, mountain))
        assert low.score == pytest.approx(high.score, rel=1e-4)
        assert (low.mask == high.mask).all()
    nan = np.where(ignore, np.float32(np.nan), flat)
    assert np.isfinite(Decision(threshold=1.0, blur_sigma_px=3.0).judge(RawMap(nan), nan.shape, ignore=ignore).score)


def test_a_bundle_carries_its_mask(tmp_path: Path) -> None:
    bundle = default_bundle()
    bundle = replace(bundle, arrays={**bundle.arrays, "decision/ignore": LABEL[::20, ::20].copy()})
    bundle.write(tmp_path / "b.surfedge")
    detector = Detector(Bundle.read(tmp_path / "b.surfedge"))
    assert detector(sheet()).score == Detector()(sheet(), ignore=LABEL).score
    both = detector(sheet(), roi=(0, 0, 200, 110))
    assert not both.is_defective and both.ignored_share == pytest.approx((50 * 200 + 4800) / 32000)


@pytest.mark.parametrize("method", [*WITHOUT_NETWORK, "quantile", "border"])
def test_score_alone_is_the_score(method: str) -> None:
    detector = Detector(default_bundle(method if method in WITHOUT_NETWORK else "statistics"))
    if method == "quantile":
        detector = detector.with_decision(replace(detector.decision, score_quantile=0.99))
    if method == "border":
        detector = detector.with_decision(replace(detector.decision, border_px=5, opening_radius_px=2))
    for seed, cut in enumerate((0, 1, 3)):
        image = np.ascontiguousarray(sheet(seed)[cut:, cut:])
        result, alone = detector(image), detector(image, maps=False)
        assert detector.score(image) == pytest.approx(result.score, rel=1e-5)
        assert alone.is_defective == result.is_defective
        assert alone.anomaly_map is None and alone.mask is None and alone.regions == ()
        assert alone.to_dict()["width"] == image.shape[1]


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ({"ignore": np.zeros((3, 3), bool)}, "ignore: found bool of"),
        ({"ignore": np.zeros((160, 200))}, "ignore: found float64"),
        ({"ignore": [[True]]}, "ignore: found list"),
        ({"ignore": np.ones((160, 200), bool)}, "a mask that covers the image"),
        ({"roi": (300, 0, 5, 5)}, "roi"),
        ({"roi": (0, 0, 5)}, "roi"),
        ({"roi": (0.0, 0, 5, 5)}, "roi"),
    ],
)
def test_masks_that_do_not_fit_are_refused(how: dict, what: str) -> None:
    with pytest.raises(ArgumentError, match=what):
        Detector()(sheet(), **how)


def test_a_video_is_streamed_by_frame_number(tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "v.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (200, 160))
    if not writer.isOpened():
        pytest.skip("this build of OpenCV writes no video")
    for number in range(9):
        frame = np.zeros((160, 200, 3), np.uint8)
        frame[..., number % 3] = 100 + number
        frame[60:64, 60:140] = 250
        writer.write(frame)
    writer.release()
    capture = cv2.VideoCapture(str(tmp_path / "v.avi"))
    found = list(Detector(default_bundle("dzl")).stream(capture, workers=2))
    assert [number for number, _ in found] == list(range(9))
    blue = found[0][1].image[80, 100]
    assert blue[2] > 80 > blue[0]  # RGB, though the video gives BGR


def test_frames_are_taken_from_any_iterator_with_masks() -> None:
    images = [sheet(seed) for seed in range(6)]
    serial = [Detector()(image, ignore=LABEL).score for image in images]
    streamed = Detector().stream(iter(images), workers=2, ignore=LABEL)
    assert [result.score for _, result in streamed] == serial

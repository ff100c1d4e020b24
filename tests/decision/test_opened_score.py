"""The score that goes with an opening: the highest limit at which a disk is left."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from surfedge.calibration import calibrate
from surfedge.decision import Decision, RawMap
from surfedge.detector import Detector
from surfedge.methods.pixel_zscore import PixelZScore


def maps(seed: int) -> np.ndarray:
    """Smooth noise, float32 (40, 56)."""
    return cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(40, 56)).astype(np.float32), (0, 0), 2.5)


@pytest.mark.parametrize("border_px", [0, 5])
@pytest.mark.parametrize("is_ignoring", [False, True])
def test_above_the_score_no_disk_is_left_and_below_it_one_is(border_px: int, is_ignoring: bool) -> None:
    ignore = None
    if is_ignoring:
        ignore = np.zeros((40, 56), bool)
        ignore[12:30, 20:40] = True
    for seed in range(6):
        decision = Decision(opening_radius_px=3, image_score_by="opened", border_px=border_px)
        finished = maps(seed)
        score = decision.score(finished, ignore)
        assert score < decision.judged(finished, ignore).max()
        below = decision.with_limit(float(np.nextafter(np.float32(score), np.float32(-9))))
        assert below.mask(finished, ignore).any()
        assert not decision.with_limit(score).mask(finished, ignore).any()


def test_verdict_and_mask_are_one() -> None:
    decision = Decision(threshold=0.2, opening_radius_px=3, image_score_by="opened")
    found = [decision.judge(RawMap(maps(seed)), (40, 56)) for seed in range(40)]
    assert all(each.is_defective == bool(each.mask is not None and each.mask.any()) for each in found)
    assert 0 < sum(each.is_defective for each in found) < 40
    scores = [decision.judge(RawMap(maps(seed)), (40, 56), maps=False).score for seed in range(40)]
    assert scores == [each.score for each in found]


def test_without_an_opening_it_is_the_maximum_and_where_no_disk_fits_the_least_value() -> None:
    assert Decision(image_score_by="opened").score(maps(0)) == maps(0).max()
    ignore = np.ones((40, 56), bool)
    ignore[::2, ::2] = False
    narrow = Decision(image_score_by="opened", opening_radius_px=2)
    assert narrow.score(maps(0), ignore) == maps(0)[~ignore].min()


def test_a_limit_from_good_images_is_one_for_scores_and_pixels(tmp_path: Path) -> None:
    for number in range(24):
        pixels = np.random.default_rng(number).integers(100, 130, (48, 48)).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f"{number:02}.png"), pixels)
    decision = Decision(opening_radius_px=2, image_score_by="opened")
    paths = sorted(tmp_path.iterdir())
    outcome = calibrate(PixelZScore(), decision, paths, rule="false-calls:0.1", plausibility="note", foreground=False)
    detector = Detector(outcome.bundle)
    assert "pixel_threshold" not in outcome.bundle.decision or outcome.bundle.decision["pixel_threshold"] is None
    assert outcome.bundle.decision["image_score_by"] == "opened"
    assert sum(detector(path).is_defective for path in paths) <= 3
    spotted = cv2.imread(str(paths[0]), 0)
    spotted[20:30, 20:30] = 230
    assert detector(spotted).is_defective

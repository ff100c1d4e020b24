"""A choice made on the good images is learned too: an image is scored by the way that the others chose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from surfedge.calibration import calibrate
from surfedge.calibration.calibration import Calibration
from surfedge.calibration.trial import Comparison
from surfedge.decision import Decision, RawMap
from surfedge.images import Frame, to_grey_f32
from surfedge.methods import Method

COUNT, ODD = 10, 3


@dataclass(frozen=True)
class Half(Method):
    """The largest grey value of one half of the image."""

    name: ClassVar[str] = "statistics"
    chosen: str = "left"

    def variants(self) -> tuple[Half, ...]:
        """Either half."""
        return Half("left"), Half("right")

    def inspect(self, frame: Frame) -> RawMap:
        """The half, as it is."""
        grey = to_grey_f32(frame)
        middle = grey.shape[1] // 2
        seen = grey[:, :middle] if self.chosen == "left" else grey[:, middle:]
        return RawMap(np.hstack([seen, seen]))


def told_by(image: int | None) -> Comparison:
    """The second way finds more, but for what is seen of one image, or of none."""
    pairs = np.full((2, COUNT, COUNT), 0.5)
    pairs[1] = 0.9 if image is None else 0.52
    if image is not None:
        pairs[1, image] = 1.0
    return Comparison.of(pairs)


def calibrated(folder: Path, monkeypatch: pytest.MonkeyPatch, trial: Comparison) -> Calibration:
    paths = [folder / f"{number}.png" for number in range(COUNT)]
    for number, path in enumerate(paths):
        pixels = np.random.default_rng(number).integers(90, 110, (32, 32)).astype(np.uint8)
        pixels[4, 4], pixels[4, 20] = 120 + number, 220 + number
        cv2.imwrite(str(path), pixels)
    monkeypatch.setattr("surfedge.calibration.variant.compared", lambda *_: trial)
    return calibrate(
        Half(), Decision(), paths, rule="max", normalise="none", prefilter="none", foreground=False, plausibility="note"
    )


def test_the_image_that_decided_is_scored_by_what_the_others_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = calibrated(tmp_path, monkeypatch, told_by(ODD))
    assert outcome.bundle.settings["chosen"] == "right"
    expected = np.array([220 + number for number in range(COUNT)]) / 255
    expected[ODD] = (120 + ODD) / 255
    assert outcome.scores == pytest.approx(expected, abs=1e-6)


def test_where_all_chose_the_same_the_scores_are_of_that_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = calibrated(tmp_path, monkeypatch, told_by(None))
    assert outcome.scores == pytest.approx(np.array([220 + number for number in range(COUNT)]) / 255, abs=1e-6)


def test_a_comparison_without_an_image_is_that_of_the_others() -> None:
    pairs = np.random.default_rng(0).uniform(size=(2, 5, 5))
    kept = [0, 1, 3, 4]
    expected = pairs[:, kept][:, :, kept].mean(axis=(1, 2))
    assert Comparison.of(pairs).without(2).means == pytest.approx(expected)
    assert Comparison(pairs.mean(axis=2)).without(2).means == pytest.approx(pairs[:, kept].mean(axis=(1, 2)))

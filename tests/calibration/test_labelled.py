"""Limits from labelled images, by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from surfedge.calibration import LABELLED_RULES, labelled, split_f1, with_labelled_threshold
from surfedge.calibration.labelled import drawn, threshold_from_labelled
from surfedge.datasets import Sample
from surfedge.detector import Detector, default_bundle
from surfedge.errors import ArgumentError
from surfedge.metrics.image_f1 import image_f1

TRUTH = [False, False, False, True, True]
SCORES = [0.0, 1.0, 4.0, 3.0, 5.0]


def test_limits_by_hand() -> None:
    """Above 2: 2 hits, 1 false call, F1 0.8, 1 wrong. Above 4.5: 1 hit, F1 0.667, 1 wrong. Of equals the lowest."""
    assert threshold_from_labelled("image-f1", TRUTH, SCORES) == 2.0
    assert threshold_from_labelled("fewest-misses", TRUTH, SCORES) == 2.0
    assert threshold_from_labelled("fewest-misses", [False] * 4 + [True] * 2, [0, 1, 4, 4, 3, 5]) == 4.5


def test_a_bundle_gets_its_limit_from_labelled_images(tmp_path: Path) -> None:
    """Grey images with a bright square: the rules part the two kinds; the rule stands in the bundle."""
    rng = np.random.default_rng(0)
    samples = []
    for number in range(6):
        pixels = rng.integers(100, 140, (64, 64), np.uint8)
        mask = np.zeros_like(pixels)
        if number % 2:
            pixels[16:32, 16:24] = mask[16:32, 16:24] = 255
        for name, picture in (("", pixels), ("_mask", mask)):
            cv2.imwrite(str(tmp_path / f"{number}{name}.png"), picture)
        path = tmp_path / f"{number}.png"
        samples.append(Sample(path, "square", tmp_path / f"{number}_mask.png") if number % 2 else Sample(path, "good"))
    for rule in LABELLED_RULES:
        bundle = with_labelled_threshold(default_bundle("pixel_zscore"), samples, rule)
        results = [Detector(bundle)(sample.path) for sample in samples]
        if rule == "pixel-f1":  # the square is called, whatever the images' maxima are
            assert results[1].mask is not None and results[1].mask[18:30, 18:22].all()
            assert results[1].mask.mean() < 0.3
        else:
            assert [result.is_defective for result in results] == [sample.is_defective for sample in samples]
        assert bundle.calibration["rule"] == rule and bundle.calibration["labelled_images"] == 6
    part = with_labelled_threshold(default_bundle("pixel_zscore"), samples, "fewest-misses", share=0.3)
    assert part.calibration["labelled_images"] == 2 and part.calibration["labelled_others"] == 4
    assert part.calibration["labelled_f1"] == 1.0  # of the four that did not choose
    assert "labelled_f1" not in with_labelled_threshold(part, samples, "image-f1").calibration
    for share, some in ((0.0, samples), (1.1, samples), (0.3, samples[:3])):
        with pytest.raises(ArgumentError, match="labelled"):
            with_labelled_threshold(part, some, "image-f1", share=share)


def test_what_is_refused() -> None:
    with pytest.raises(ArgumentError, match="one kind only"):
        threshold_from_labelled("image-f1", [True, True], [1, 2])
    with pytest.raises(ArgumentError, match="image-f1 or fewest-misses"):
        threshold_from_labelled("max", TRUTH, SCORES)
    for rule, share, message in (("max", 1.0, "image-f1"), ("image-f1", 0.0, "above 0"), ("image-f1", 1.01, "above 0")):
        with pytest.raises(ArgumentError, match=message):
            with_labelled_threshold(default_bundle(), [], rule, share=share)


def test_the_split_judges_what_it_did_not_choose_on() -> None:
    truth = [False] * 20 + [True] * 20
    assert split_f1(truth, [0] * 20 + [1] * 20) == 1.0
    overlapping = [i % 20 for i in range(40)]
    assert split_f1(truth, overlapping, seed=1) < 0.8
    chosen = drawn(truth, 0.3)
    assert chosen[:20].sum() == chosen[20:].sum() == 6 and (chosen == drawn(truth, 0.3)).all()
    assert drawn(truth, 1.0).all() and drawn(truth, 0.999).sum() == 38
    assert math.isnan(split_f1([False, False, True], [0, 1, 2]))


def test_all_images_choose_where_none_is_kept_to_check() -> None:
    assert drawn([False, True], 1.0).all()
    with pytest.raises(ArgumentError, match="1 good"):
        drawn([False, True, True], 0.5)


@dataclass
class Tallied:
    """In place of a tally: which images were counted."""

    counted: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.counted)

    def add(self, judged: Any) -> None:
        self.counted.append(judged.index)

    def record(self) -> Any:
        return SimpleNamespace(thresholds={"pixel_f1_best": 7.0})


@pytest.fixture
def tallied(monkeypatch: pytest.MonkeyPatch) -> Tallied:
    """Eight images, good ones and defective ones in turn, that score 0, 1, ... 7; one was skipped and one cut."""

    class Judged(list[Any]):
        skipped, partly = [("a.png", "broken")], [("b.png", "page 1 of 2")]

        def __init__(self, detectors: Any, samples: Any, *, progress: Any, masks: bool) -> None:
            super().__init__(
                SimpleNamespace(index=number, sample=sample, result=SimpleNamespace(score=float(number)))
                for number, sample in enumerate(samples)
            )

    found = Tallied()
    monkeypatch.setattr(labelled, "Judging", Judged)
    monkeypatch.setattr(labelled, "Tally", lambda: found)
    return found


SAMPLES = [Sample(Path(f"{n}.png"), "hole" if n % 2 else "good") for n in range(8)]
ORIGIN = replace(
    default_bundle("pixel_zscore"),
    calibration={"good_images": 9, "promise": {}, "drawn_found": 0.5, "labelled_share": 0.1},
    identity="abc",
)


def test_pixels_of_those_that_choose_make_the_limit(tallied: Tallied) -> None:
    said: list[str] = []
    found = with_labelled_threshold(ORIGIN, SAMPLES, "pixel-f1", share=0.5, tell=said.append)
    chosen = np.flatnonzero(drawn([sample.is_defective for sample in SAMPLES], 0.5)).tolist()
    assert tallied.counted == chosen and len(chosen) == 4
    assert found.decision["threshold"] == 7.0 and found.identity == ""
    others = [n for n in range(8) if n not in chosen]
    f1 = image_f1([n % 2 for n in others], [float(n) for n in others], 7.0)
    assert found.calibration == {
        "good_images": 9,
        "rule": "pixel-f1",
        "labelled_images": 4,
        "labelled_skipped": 1,
        "labelled_partly": 1,
        "labelled_share": 0.5,
        "labelled_others": 4,
        "labelled_f1": f1,
    }
    assert said == ["skipped a.png: broken", "in part b.png: page 1 of 2"]


def test_scores_of_all_make_the_limit_where_none_are_kept(tallied: Tallied) -> None:
    found = with_labelled_threshold(ORIGIN, SAMPLES, "image-f1")
    assert not tallied.counted and found.decision["threshold"] == 0.5
    assert found.calibration["labelled_images"] == 8 and "labelled_f1" not in found.calibration


def test_without_a_mask_of_a_defect_pixels_have_no_limit(tallied: Tallied, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = SimpleNamespace(thresholds={"pixel_f1_best": float("nan")})
    monkeypatch.setattr(Tallied, "record", lambda self: nothing)
    with pytest.raises(ArgumentError, match="no defect with a mask"):
        with_labelled_threshold(ORIGIN, SAMPLES, "pixel-f1")
    monkeypatch.setattr(Tallied, "add", lambda self, judged: None)
    with pytest.raises(ArgumentError, match="no defect with a mask"):
        with_labelled_threshold(ORIGIN, SAMPLES, "pixel-f1")


def test_shares_at_the_end_of_their_range(tallied: Tallied) -> None:
    for share in (0.0, 1.01):
        with pytest.raises(ArgumentError, match="above 0, at most 1"):
            with_labelled_threshold(ORIGIN, SAMPLES, "image-f1", share=share)
    with pytest.raises(ArgumentError, match="median"):
        with_labelled_threshold(ORIGIN, SAMPLES, "median")

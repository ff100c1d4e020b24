"""Limits from maps that are given, and what a calibration keeps of them: worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from surfedge.bundle import Bundle
from surfedge.calibration import calibrate, calibration, parse_rule
from surfedge.calibration.chosen_way import ChosenWay, _asked_prefilter, _key
from surfedge.calibration.labelled import drawn, split_f1
from surfedge.calibration.trial import Way
from surfedge.decision import Decision, RawMap
from surfedge.errors import ArgumentError
from surfedge.images import Frame, to_grey_f32
from surfedge.methods import Method
from surfedge.methods.pattern import Pattern
from surfedge.methods.statistics import Statistics

PATHS = tuple(Path(f"{number}.png") for number in range(4))


def _maps() -> list[np.ndarray]:
    """Four of 10 x 12: an area of 6 values of 2, 4, 6 and 8, of which one is half as much again."""
    maps = np.zeros((4, 10, 12), np.float32)
    for number in range(4):
        maps[number, 2:4, 3:6] = 2 * number + 2
        maps[number, 3, 4] *= 1.5
    return list(maps)


def _unseen(maps: list[np.ndarray]) -> Any:
    return SimpleNamespace(
        good=SimpleNamespace(paths=PATHS[: len(maps)]),
        finished=lambda decision: ((RawMap(each), each, decision) for each in maps),
    )


def _found(rule: str, decision: Decision | None = None, others: dict[Path, float] | None = None) -> Any:
    start = decision or Decision()
    return calibration._with_threshold(_unseen(_maps()), start, parse_rule(rule), others or {})


def test_the_highest_score_is_the_limit_of_scores_and_pixels() -> None:
    decision, scores, promise = _found("max")
    assert scores.tolist() == [3, 6, 9, 12] and decision == Decision(threshold=12.0)
    assert (promise.images, promise.above, promise.expected) == (4, 0, 1 / 5)
    decision, scores, promise = _found("quantile:0.5")
    assert decision == Decision(threshold=9.0) and (promise.images, promise.above) == (4, 1)


def test_scores_of_another_way_take_the_place_of_their_own() -> None:
    decision, scores, promise = _found("max", others={PATHS[1]: 20.0, PATHS[3]: 1.0, Path("none"): 99.0})
    assert scores.tolist() == [3, 20, 9, 1] and decision.threshold == 20.0 and promise.above == 0


def test_an_area_that_is_allowed() -> None:
    """Of 5 the limit lies where at most 5 of the 6 values are above it: at their lower value, and not above it."""
    for area, limits in ((5, (2, 4, 6, 8)), (6, (0, 0, 0, 0)), (1, (2, 4, 6, 8)), (0.5, (3, 6, 9, 12))):
        decision, scores, promise = _found(f"max-area:{area}")
        assert decision.min_area_px == int(area) + 1 and decision.threshold == pytest.approx(max(limits), abs=1e-4)
        assert scores.tolist() == [3, 6, 9, 12] and decision.pixel_threshold is None
        assert (promise.images, promise.above) == (4, 0)
        each = [calibration._area_limit(values, Decision(), area) for values in _maps()]
        assert each == pytest.approx(limits, abs=1e-4)


def test_pixels_have_a_limit_of_their_own_where_scores_are_means() -> None:
    mean = Decision(image_score_by="mean")
    decision, scores, promise = _found("max", mean)
    assert scores == pytest.approx([6.5 * (2 * n + 2) / 120 for n in range(4)])
    assert (decision.threshold, decision.pixel_threshold) == (scores[3], 12.0) and promise.above == 0
    for rule in ("max-area:5", "pixel-quantile:0.9", "pixel-ksigma:3"):
        with pytest.raises(ArgumentError, match="a rule on scores"):
            _found(rule, mean)


def test_limits_of_pixels_are_of_all_images_together() -> None:
    """24 of 480 values are not 0; those above 4 are 13, of the second (one), the third and the fourth image."""
    decision, scores, promise = _found(f"pixel-quantile:{1 - 13 / 480}")
    assert decision.threshold == pytest.approx(4.0, rel=1e-3) and decision.pixel_threshold is None
    assert (promise.images, promise.above) == (4, 3) and scores.tolist() == [3, 6, 9, 12]
    values = np.concatenate([each.ravel() for each in _maps()]).astype(float)
    decision, _, promise = _found("pixel-ksigma:3")
    assert decision.threshold == pytest.approx(values.mean() + 3 * values.std(), rel=1e-6)
    assert promise.above == np.count_nonzero(np.array([3, 6, 9, 12]) > decision.threshold)
    ringed = _found("pixel-ksigma:3", Decision(border_px=2))[0]
    inner = np.concatenate([each[2:-2, 2:-2].ravel() for each in _maps()]).astype(float)
    assert ringed.threshold == pytest.approx(inner.mean() + 3 * inner.std(), rel=1e-6)


def test_limits_of_other_rules_are_those_that_the_images_can_keep() -> None:
    few = calibration._alternatives(np.arange(10.0))
    assert list(few) == ["max", "quantile:0.99", "quantile:0.98", "ksigma:3", "false-calls:0.1"]
    assert few["max"] == few["false-calls:0.1"] == 9.0 and few["ksigma:3"] == pytest.approx(4.5 + 3 * np.sqrt(8.25))
    assert "false-calls:0.05" in calibration._alternatives(np.arange(19.0))


def test_what_an_earlier_calibration_put_in_is_left_out() -> None:
    ones = np.ones((1, 1), np.float32)
    before = Decision(5.0, normalise="good", good_mean=ones, good_deviation=ones, min_area_px=7, own_limit=True)
    start = replace(before, normalise="none", good_mean=None, good_deviation=None, own_limit=False)
    for rule, least_px in (("max-area:6", 0), ("max", 7), ("", 7)):
        origin = Bundle(method="statistics", calibration={"rule": rule} if rule else {})
        assert calibration._start(before, origin) == replace(start, min_area_px=least_px)
    assert calibration._start(before, None) == start


@dataclass(frozen=True)
class Grey(Method):
    """The image's own grey, 0 to 1."""

    name: ClassVar[str] = "statistics"

    def inspect(self, frame: Frame) -> RawMap:
        """As it is."""
        return RawMap(to_grey_f32(frame))


@pytest.fixture(scope="module")
def greys(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Nine images of grey 100 with one value of 110, 120, ... 190."""
    folder = tmp_path_factory.mktemp("greys")
    for number in range(9):
        pixels = np.random.default_rng(number).integers(98, 103, (24, 32), np.uint8)
        pixels[5, 7] = 110 + 10 * number
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
    (folder / "x.png").write_text("no image")
    return sorted(folder.glob("*.png"))


def _calibrated(paths: list[Path], **settings: Any) -> Any:
    given: dict[str, Any] = {"rule": "max", "normalise": "none", "prefilter": "none", "foreground": False}
    return calibrate(Grey(), settings.pop("decision", Decision()), paths, **given | settings)


def test_a_calibration_says_what_it_came_from(greys: list[Path]) -> None:
    outcome = _calibrated(greys)
    scores = [(110 + 10 * number) / 255 for number in range(9)]
    assert (
        outcome.scores == pytest.approx(scores, abs=1e-6) and outcome.bundle.decision["threshold"] == outcome.scores[-1]
    )
    assert outcome.skipped[0][0].endswith("x.png") and len(outcome.skipped) == 1 and outcome.partly == ()
    said = outcome.bundle.calibration
    assert (said["rule"], said["good_images"], said["skipped"]) == ("max", 9, 1)
    assert said["promise"] == outcome.promise.to_dict() and said["promise"]["images"] == 9
    assert said["thresholds"] == calibration._alternatives(outcome.scores)
    assert (said["drawn_defects"], "marked_images" in said, "drawn_ranked" in said) == (9, False, False)
    assert outcome.bundle.plausibility["action"] == "refuse" and len(outcome.bundle.plausibility) > 1
    assert outcome.bundle.arrays["calibration/scores"].tolist() == outcome.scores.tolist()
    assert outcome.bundle.input["prefilter"] == "none" and outcome.notes == ()


def test_an_implausible_image_is_treated_as_asked_or_as_before(greys: list[Path]) -> None:
    noting = _calibrated(greys, plausibility="note").bundle
    assert noting.plausibility["action"] == "note"
    assert _calibrated(greys, origin=noting).bundle.plausibility["action"] == "note"
    assert _calibrated(greys, origin=noting, plausibility="refuse").bundle.plausibility["action"] == "refuse"
    assert _calibrated(greys, origin=replace(noting, plausibility={})).bundle.plausibility["action"] == "refuse"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"plausibility": "ignore"}, "plausibility: found 'ignore', expected refuse or note"),
        ({"normalise": "rows"}, "normalise: found 'rows', expected position, overall, none"),
        ({"rule": "median"}, "for example false-calls:0.02"),
        ({"rule": "false-calls:0.05"}, "found 9 good images, expected 19 or more"),
    ],
)
def test_settings_that_there_are_none_of(greys: list[Path], settings: dict[str, str], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        _calibrated(greys, **settings)


def test_means_over_all_images_or_at_each_position(greys: list[Path]) -> None:
    for normalise, shape in (("overall", (1, 1)), ("position", (3, 4))):
        bundle = _calibrated(greys, normalise=normalise).bundle
        assert bundle.decision["normalise"] == "good" and bundle.arrays["decision/good_mean"].shape == shape
        assert bundle.arrays["decision/good_mean"].mean() == pytest.approx(100 / 255, abs=1e-3)
    assert "decision/good_mean" not in _calibrated(greys).bundle.arrays


def test_a_prefilter_is_left_to_whoever_asked_for_one() -> None:
    good: Any = SimpleNamespace(preparation=SimpleNamespace(prefilter="harmonics"))
    for method, asked, expected in (
        (Statistics(), "auto", "auto"),
        (Pattern(), "auto", "none"),
        (Pattern(), "cells", "cells"),
        (Statistics(), "notch", "notch"),
    ):
        assert _asked_prefilter(good, Way(asked, method, Decision(), "none")) == expected


def test_ways_are_scored_once_each_and_only_for_whom_they_were_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (Way("none", Grey(), Decision(), normalise) for normalise in ("none", "overall"))
    asked: list[Way] = []

    def scores(way: Way, good: Any, marks_of: Any) -> dict[Path, float]:
        asked.append(way)
        return {path: number + 10.0 * (way is second) for number, path in enumerate(PATHS[:3])}

    monkeypatch.setattr("surfedge.calibration.chosen_way._scores_by", scores)
    chosen = ChosenWay(first, without={PATHS[0]: first, PATHS[1]: second, PATHS[2]: first, PATHS[3]: second})
    good: Any = None
    assert chosen.scores(good, lambda seen: []) == {PATHS[0]: 0.0, PATHS[1]: 11.0, PATHS[2]: 2.0}
    assert asked == [first, second] and _key(first) != _key(second)


def test_drawn_shares_are_rounded_and_never_all_or_none() -> None:
    for counts, share, expected in (((10, 4), 0.3, (3, 1)), ((3, 2), 0.1, (1, 1)), ((3, 2), 0.99, (2, 1))):
        truth = [False] * counts[0] + [True] * counts[1]
        chosen = drawn(truth, share)
        assert (int(chosen[: counts[0]].sum()), int(chosen[counts[0] :].sum())) == expected
        assert np.array_equal(chosen, drawn(truth, share, seed=0))
    assert drawn([False, True], 1.0).all()
    assert (
        np.isnan(split_f1([False, True, True], [0, 1, 2])) and split_f1([False, False, True, True], [0, 1, 2, 3]) == 1
    )


def test_marks_that_a_method_keeps_are_counted_where_none_are_given(
    greys: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "_marked_before", lambda method: 3)
    assert _calibrated(greys).bundle.calibration["marked_images"] == 3


def test_images_of_marks_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert calibration._marked_before(Grey()) == 0 == calibration._marked_before(Statistics())
    kept: Any = SimpleNamespace(marked_images=np.array([4, 4, 7, 4]))
    monkeypatch.setattr(calibration, "MarkedMethod", SimpleNamespace)
    assert calibration._marked_before(kept) == 2

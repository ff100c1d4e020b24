"""What is left open is chosen, and what is asked for is done: by comparisons that are given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from surfedge.bundle import Bundle
from surfedge.calibration import calibrate, chosen_way, foreground_choice
from surfedge.calibration.chosen_way import ChosenWay
from surfedge.calibration.foreground_choice import LEAST_JUDGED, LEAST_LEFT_OUT, Foreground, chosen_foreground, in_words
from surfedge.calibration.prefilter import Choice
from surfedge.calibration.trial import Comparison, Way
from surfedge.calibration.variant import Variant
from surfedge.decision import Decision, RawMap
from surfedge.errors import ArgumentError
from surfedge.methods import Method
from surfedge.methods.bank import Bank
from surfedge.methods.statistics import Statistics

PLAIN = Decision(threshold=1.0)
MASKED = Decision(threshold=1.0, ignore=np.array([[True, False]]))
STATISTICS = Statistics()


@dataclass(frozen=True)
class Netlike(Method):
    """Stands for a method with a network."""

    name: ClassVar[str] = "map"

    def inspect(self, frame: Any) -> RawMap:
        """Nothing."""
        return RawMap(np.zeros((2, 2), np.float32))


class Good:
    """Six images that are not read."""

    def __init__(self) -> None:
        self.paths = [Path(f"{number}.png") for number in range(6)]
        self.shapes = [(16, 16)] * 6
        self.prefilter = ""

    def __len__(self) -> int:
        return 6

    def set_prefilter(self, prefilter: str) -> None:
        self.prefilter = prefilter


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Any, ...]]:
    """What each choice was asked with; what it chooses is another than what is asked for."""
    seen: dict[str, tuple[Any, ...]] = {}
    paths = Good().paths

    def chooses(name: str, answer: Any) -> None:
        monkeypatch.setattr(chosen_way, name, lambda *given: seen.setdefault(name, given) and answer)

    chooses("chosen_foreground", Foreground(MASKED, ("masked",), {paths[0]: PLAIN}))
    chooses("with_foreground", (MASKED, 0.25))
    chooses("chosen_prefilter", Choice("cells", ("cells",), {paths[1]: "none"}))
    chooses("chosen_form", Variant(Bank(), ("bank",), {paths[2]: STATISTICS}, {"bank": 0.5}))
    chooses("chosen_variant", Variant(STATISTICS, ("variant",)))
    monkeypatch.setattr(chosen_way, "Networked", Netlike)
    return seen


def test_all_that_is_left_open_is_chosen_in_turn(asked: dict[str, tuple[Any, ...]]) -> None:
    good: Any = Good()
    found = ChosenWay.of(good, Way("auto", STATISTICS, PLAIN, "position"), None, True)
    assert asked["chosen_prefilter"] == (good, STATISTICS, MASKED, "position") and good.prefilter == "cells"
    assert asked["chosen_form"] == (good, Way("cells", STATISTICS, MASKED, "position"))
    assert found.way == Way("cells", Bank(), MASKED, "position") and found.notes == ("masked", "cells", "bank")
    assert found.without == {
        good.paths[0]: Way("cells", Bank(), PLAIN, "position"),
        good.paths[1]: Way("none", Bank(), MASKED, "position"),
        good.paths[2]: Way("cells", STATISTICS, MASKED, "position"),
    }
    assert found.ranked == {"bank": 0.5} and "chosen_variant" not in asked


def test_what_is_asked_for_is_done(asked: dict[str, tuple[Any, ...]]) -> None:
    good: Any = Good()
    found = ChosenWay.of(good, Way("notch", STATISTICS, PLAIN, "none"), False, False)
    assert list(asked) == ["chosen_variant"] and good.prefilter == "notch"
    assert asked["chosen_variant"] == (good, STATISTICS, PLAIN, "none", "notch")
    assert found == ChosenWay(Way("notch", STATISTICS, PLAIN, "none"), ("variant",), {}, {})
    found = ChosenWay.of(good, Way("none", STATISTICS, PLAIN, "none"), True, False)
    assert found.way.decision is MASKED and found.notes[0] == "foreground: 25 % of the image is judged"


@pytest.mark.parametrize(
    ("decision", "method", "is_chosen"),
    [
        (PLAIN, STATISTICS, True),
        (MASKED, STATISTICS, False),
        (replace(PLAIN, border_px=1), STATISTICS, False),
        (PLAIN, Netlike(), False),
    ],
)
def test_the_foreground_is_looked_for_where_nothing_is_left_out_yet(
    decision: Decision, method: Method, is_chosen: bool, asked: dict[str, tuple[Any, ...]]
) -> None:
    good: Any = Good()
    found = ChosenWay.of(good, Way("none", method, decision, "none"), None, False)
    assert ("chosen_foreground" in asked) == is_chosen and (found.way.decision is MASKED) >= is_chosen


def _trial(plain: float, masked: float, odd: int | None = None) -> Comparison:
    """Without the image `odd` the second way finds no more than the first."""
    pairs = np.full((2, 6, 6), plain)
    pairs[1] += masked - plain if odd is None else 0.0
    if odd is not None:
        pairs[1, odd], pairs[1, :, odd] = 1.0, 1.0
    return Comparison.of(pairs)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets what the foreground is, how much of the image, and what the comparison says."""

    def setting(fraction: float, trial: Comparison, *, is_steady: bool = True) -> list[Any]:
        given: list[Any] = []
        monkeypatch.setattr(foreground_choice, "with_foreground", lambda decision, good: (MASKED, fraction))
        monkeypatch.setattr(foreground_choice, "is_steady", lambda good: is_steady)
        monkeypatch.setattr(
            foreground_choice, "compared", lambda *all_, **more: given.append((all_[1:], more)) or trial
        )
        return given

    return setting


@pytest.mark.parametrize(
    ("fraction", "is_tried"),
    [
        (LEAST_JUDGED, True),
        (LEAST_JUDGED - 1e-6, False),
        (1 - LEAST_LEFT_OUT, True),
        (1 - LEAST_LEFT_OUT + 1e-6, False),
    ],
)
def test_a_background_is_neither_nearly_nothing_nor_nearly_all(fraction: float, is_tried: bool, judged: Any) -> None:
    good: Any = Good()
    given = judged(fraction, _trial(0.5, 0.9))
    found = chosen_foreground(good, STATISTICS, PLAIN, "position")
    assert bool(given) == is_tried and (found.decision is MASKED) == is_tried
    if is_tried:
        ((numbers, ways, _, _), more) = given[0]
        assert numbers == [0, 1, 2, 3, 4, 5] and more == {"placed_by": MASKED}
        assert ways == [Way("none", STATISTICS, one, "position") for one in (PLAIN, MASKED)]
    given = judged(fraction, _trial(0.5, 0.9), is_steady=False)
    assert chosen_foreground(good, STATISTICS, PLAIN, "position") == Foreground(PLAIN) and not given


def test_the_background_is_left_out_where_that_helps_and_that_is_said(judged: Any) -> None:
    good: Any = Good()
    judged(0.5, _trial(0.5, 0.9))
    found = chosen_foreground(good, STATISTICS, PLAIN, "none")
    assert found.decision is MASKED and not found.without
    assert found.notes == (
        "foreground: 50 % of the image is judged, edges and background are not: drawn defects rank above good images "
        "with probability 0.90, otherwise 0.50; --no-foreground judges all",
    )
    judged(0.5, _trial(0.5, 0.5))
    found = chosen_foreground(good, STATISTICS, PLAIN, "none")
    assert found.decision is PLAIN and not found.without
    assert found.notes[0].startswith("edges and background are judged too: without them, drawn defects rank")


def test_an_image_that_decides_has_what_the_others_choose(judged: Any) -> None:
    good: Any = Good()
    pairs = np.full((2, 6, 6), 0.5)
    pairs[1] = 0.6
    pairs[1, 2] = pairs[1, :, 2] = 0.0  # but for this image the second way is better
    judged(0.5, Comparison.of(pairs))
    found = chosen_foreground(good, STATISTICS, PLAIN, "none")
    assert found.decision is PLAIN and found.without == {good.paths[2]: MASKED}
    pairs[1] = 0.53
    pairs[1, 2] = pairs[1, :, 2] = 1.0  # it is by this image alone
    judged(0.5, Comparison.of(pairs))
    found = chosen_foreground(good, STATISTICS, PLAIN, "none")
    assert found.decision is MASKED and found.without == {good.paths[2]: PLAIN}


def test_where_nothing_would_be_left_all_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(decision: Decision, good: Any) -> Any:
        raise ArgumentError("ignore", found="all", expected="something")

    monkeypatch.setattr(foreground_choice, "with_foreground", refused)
    good: Any = Good()
    assert chosen_foreground(good, STATISTICS, PLAIN, "none") == Foreground(PLAIN)


def test_halves_of_other_shapes_show_no_steady_background(monkeypatch: pytest.MonkeyPatch) -> None:
    halves = iter([np.ones((2, 2), np.bool_), np.ones((2, 3), np.bool_)])
    monkeypatch.setattr(foreground_choice, "background_of", lambda frames: next(halves))
    good: Any = Good()
    assert not foreground_choice.is_steady(good) and in_words(0.6) == "foreground: 60 % of the image is judged"


@pytest.mark.parametrize("ranked", [True, False])
def test_a_bank_that_was_chosen_is_chosen_afresh(ranked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ways: list[Way] = []

    def stop(good: Any, way: Way, foreground: Any, other_form: bool) -> Any:
        ways.append(way)
        raise ArgumentError("stopped", found="", expected="")

    monkeypatch.setattr("surfedge.calibration.calibration.ChosenWay.of", stop)
    monkeypatch.setattr("surfedge.calibration.calibration.GoodFrames", lambda *given: Good())
    origin = Bundle(method="bank", calibration={"drawn_ranked": {"bank": 0.9}} if ranked else {})
    with pytest.raises(ArgumentError, match="stopped"):
        calibrate(Bank(), Decision(), [], origin=origin)
    assert ways[0].method.name == ("statistics" if ranked else "bank")

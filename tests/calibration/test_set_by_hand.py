"""A limit that a person sets: what is refused, what stays of the bundle, and the limits before."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from surfedge.bundle import Bundle
from surfedge.calibration.by_hand import with_limit
from surfedge.errors import ArgumentError

SCORES = np.arange(1.0, 20.0)
START = Bundle(
    method="statistics",
    decision={"threshold": 4.0, "own_limit": True, "pixel_threshold": 3.0, "normalise": "median"},
    calibration={"rule": "max", "good_images": 19, "promise": {"above": 0}, "labelled_f1": 0.5, "drawn_found": 0.5},
    arrays={"calibration/scores": SCORES},
    identity="abc",
)


def test_what_a_person_says_takes_the_place_of_the_rule() -> None:
    found = with_limit(START, 17, by=" M. Weber ")
    assert found.decision == {"threshold": 17.0, "normalise": "median"} and found.identity == ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.calibration["set_at"])
    assert {name: value for name, value in found.calibration.items() if name != "set_at"} == {
        "rule": "set by hand",
        "set_by": "M. Weber",
        "good_images": 19,
        "promise": {"images": 19, "above": 2, "expected": 3 / 20, "at_most": found.calibration["promise"]["at_most"]},
        "history": [{"threshold": 4.0, "rule": "max"}],
    }
    assert START.decision["threshold"] == 4.0 and "history" not in START.calibration
    assert with_limit(START, 17, by="a", pixel_limit=2).decision["pixel_threshold"] == 2.0


def test_the_limits_before_are_kept_with_who_set_them() -> None:
    first = with_limit(START, 5.0, by="one")
    second = with_limit(first, 6.0, by="other")
    said = {name: first.calibration[name] for name in ("set_by", "set_at")}
    assert second.calibration["history"] == [
        {"threshold": 4.0, "rule": "max"},
        {"threshold": 5.0, "rule": "set by hand", **said},
    ]
    unsaid = replace(first, calibration={"set_by": "one"}, decision={})
    assert with_limit(unsaid, 1.0, by="b").calibration["history"] == [{"threshold": 0.0, "rule": "", "set_by": "one"}]


@pytest.mark.parametrize("arrays", [{}, {"calibration/scores": np.empty(0)}])
def test_without_scores_nothing_is_promised(arrays: dict[str, np.ndarray]) -> None:
    assert "promise" not in with_limit(replace(START, arrays=arrays), 5.0, by="a").calibration


def test_limits_and_names_at_the_end_of_their_range() -> None:
    for limit in (np.nan, np.inf, 3e38, -3e38):
        with pytest.raises(ArgumentError, match="limit: found"):
            with_limit(START, limit, by="a")
    for name in ("", " \t", "n" * 201):
        with pytest.raises(ArgumentError, match="by: found"):
            with_limit(START, 1.0, by=name)
    for limit, name in ((2.9e38, "n" * 200), (-2.9e38, "n")):
        assert with_limit(START, limit, by=name).calibration["set_by"] == name

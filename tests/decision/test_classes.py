"""Verdicts of methods that only classify, and which classes are good."""

from __future__ import annotations

import pytest

from surfedge.decision import Decision, RawMap
from surfedge.decision.classes import check_good_classes, probability_of_a_defect, shown_class
from surfedge.errors import ArgumentError

CLASSES = {"good": 0.25, "clean": 0.25, "dent": 0.375, "hole": 0.125}


@pytest.mark.parametrize(
    ("good", "score"), [(("good",), 0.75), (("good", "clean"), 0.5), (("good", "clean", "dent"), 0.125), ((), 1.0)]
)
def test_the_score_is_what_the_good_classes_leave(good: tuple[str, ...], score: float) -> None:
    assert probability_of_a_defect(CLASSES, good) == score
    for threshold, is_defective in ((score, False), (score - 0.01, True)):
        judged = Decision(threshold=threshold, good_classes=good).judge(RawMap(None, classes=CLASSES), (4, 4))
        assert (judged.score, judged.is_defective, judged.probabilities) == (score, is_defective, CLASSES)
        assert judged.label == shown_class(CLASSES, good, is_defective)


def test_a_score_is_a_probability_whatever_rounding_adds() -> None:
    assert probability_of_a_defect({"good": 1 + 1e-7, "dent": 0.0}, ("good",)) == 0.0
    assert probability_of_a_defect({"good": -1e-7, "dent": 1.0}, ("good",)) == 1.0


@pytest.mark.parametrize(
    ("good", "is_defective", "label"),
    [
        (("good", "clean"), True, "dent"),
        (("clean",), True, "dent"),
        (("dent",), True, "good"),
        (("good", "hole"), False, "good"),
        (("hole",), False, "hole"),
        ((), True, "dent"),
        ((), False, "dent"),  # none is good: the most probable of all
        (None, False, "dent"),
    ],
)
def test_the_label_is_on_the_verdicts_side(good: tuple[str, ...] | None, is_defective: bool, label: str) -> None:
    assert shown_class(CLASSES, good, is_defective) == label


@pytest.mark.parametrize(
    ("good", "names", "found"),
    [
        (("good", "other"), ("good", "dent"), "good, other"),
        (("good",), ("good",), "good"),
        (("good",), (), "good"),
        (None, ("good", "dent"), "none"),
    ],
)
def test_good_classes_that_do_not_fit_are_named(
    good: tuple[str, ...] | None, names: tuple[str, ...], found: str
) -> None:
    for refused in (lambda: check_good_classes(good, names), lambda: Decision(good_classes=good).check_classes(names)):
        with pytest.raises(ArgumentError, match=f"found {found}, expected"):
            refused()
    if names:
        with pytest.raises(ArgumentError, match="good_classes"):
            probability_of_a_defect(dict.fromkeys(names, 0.5), good)

"""Metrics of classifiers: by hand, against each other, in the record of a test set and its bootstrap samples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.metrics import Confusion, Evaluation
from surfedge.metrics.class_accuracy import class_accuracy
from surfedge.metrics.global_accuracy import global_accuracy
from surfedge.metrics.global_loss import global_loss
from surfedge.metrics.macro_f1 import macro_f1

TRUTH = ["good"] * 4 + ["dent"] * 3 + ["hole"] * 3
GIVEN = ["good", "good", "good", "dent", "dent", "dent", "hole", "hole", "good", "hole"]
PROBABILITIES = [0.9, 0.8, 0.7, 0.2, 0.6, 0.6, 0.3, 0.9, 0.1, 0.5]


def test_by_hand() -> None:
    assert global_accuracy(TRUTH, GIVEN) == pytest.approx(7 / 10)
    assert class_accuracy(TRUTH, GIVEN) == pytest.approx(4 / 6)
    f1 = [2 * 3 / (4 + 4), 2 * 2 / (3 + 3), 2 * 2 / (3 + 3)]  # good, dent, hole
    assert macro_f1(TRUTH, GIVEN) == pytest.approx(np.mean(f1))
    assert global_loss(PROBABILITIES) == pytest.approx(-np.log(PROBABILITIES).mean())
    assert global_loss([1 + 1e-6]) == pytest.approx(0.0, abs=1e-5)  # what rounding may add to a probability
    assert math.isnan(class_accuracy(["good"], ["dent"])) and global_loss([0.0]) == pytest.approx(-math.log(1e-12))


def test_the_confusion_matrix() -> None:
    found = Confusion.of(TRUTH, GIVEN, ("good", "dent", "hole", "scratch"))
    assert found.counts.tolist() == [[3, 1, 0, 0], [0, 2, 1, 0], [1, 0, 2, 0], [0, 0, 0, 0]]
    assert found.images == [4, 3, 3, 0] and found.accuracy == pytest.approx(0.7)
    np.testing.assert_allclose(found.recall, [3 / 4, 2 / 3, 2 / 3, math.nan])
    np.testing.assert_allclose(found.precision, [3 / 4, 2 / 3, 2 / 3, math.nan])
    assert found.macro_f1 == macro_f1(TRUTH, GIVEN)  # a class without images is not averaged
    plain = found.to_dict()
    assert plain["classes"] == ["good", "dent", "hole", "scratch"] and plain["of_class"]["dent"]["images"] == 3


@pytest.mark.parametrize(
    ("truth", "given", "names", "message"),
    [
        ([], [], (), "0 true and 0 given"),
        (["a"], ["a", "b"], (), "1 true and 2 given"),
        (["a", "b"], ["a", "c"], ("a", "b"), "found c, expected some of a, b"),
    ],
)
def test_what_cannot_be_counted(truth: list[str], given: list[str], names: tuple[str, ...], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Confusion.of(truth, given, names)


def test_probabilities_that_are_none() -> None:
    for values in ([], [1.2], [-0.1], [math.nan]):
        with pytest.raises(ArgumentError, match="probabilities"):
            global_loss(values)


def evaluation() -> Evaluation:
    found = Evaluation()
    for number, (truth, given, probability) in enumerate(zip(TRUTH, GIVEN, PROBABILITIES, strict=True)):
        score = 0.9 if given != "good" else 0.1
        held = {truth: probability, "other": 1 - probability}
        found.add(f"{number}.png", truth, score, threshold=0.5, given_class=given, probabilities=held)
    return found


def test_a_record_has_them_and_which_images_are_wrong() -> None:
    record = evaluation().record(bootstrap=300)
    assert record.figures["global_accuracy"] == pytest.approx(global_accuracy(TRUTH, GIVEN))
    assert record.figures["class_accuracy"] == pytest.approx(class_accuracy(TRUTH, GIVEN))
    assert record.figures["macro_f1"] == pytest.approx(macro_f1(TRUTH, GIVEN))
    assert record.figures["global_loss"] == pytest.approx(global_loss(PROBABILITIES))
    assert record.confusion is not None and record.confusion.names == ("good", "dent", "hole")
    for name in ("global_accuracy", "class_accuracy", "macro_f1", "global_loss"):
        low, high = record.intervals[name]
        assert low <= record.figures[name] <= high and low < high
    assert record.support["class_accuracy"] == (0, 6) and record.support["macro_f1"] == (4, 6)
    assert [row.path for row in record.worst(3)] == [
        "8.png",
        "3.png",
        "6.png",
    ]  # the least held of the true class first
    assert not record.rows[6].is_right and record.rows[6].is_called  # found, but as a hole
    assert "global_accuracy" not in record.classes["dent"] and not record.is_of_kinds
    assert record.to_dict()["confusion"]["counts"][0] == [3, 1, 0]


def test_detectors_without_classes_have_none_of_them() -> None:
    found = Evaluation()
    found.add("a.png", "good", 0.1, threshold=0.5)
    found.add("b.png", "dent", 0.9, threshold=0.5)
    record = found.record(bootstrap=10)
    assert record.confusion is None and not {"global_accuracy", "macro_f1"} & {*record.figures, *record.support}
    assert "confusion" not in record.to_dict()


def test_probabilities_reach_one_and_not_beyond() -> None:
    assert global_loss([1.0, 1.0]) == 0.0 and global_loss([1.0, 0.5]) == pytest.approx(math.log(2) / 2)
    for wrong in ([1.001], [-0.1], []):
        with pytest.raises(ArgumentError, match="probabilities"):
            global_loss(wrong)


def test_no_loss_is_not_minus_nothing() -> None:
    assert math.copysign(1.0, global_loss([1.0, 1.0])) == 1.0


def test_as_many_classes_are_given_as_there_are_images() -> None:
    with pytest.raises(ArgumentError, match="2 true and 1 given, expected as many"):
        class_accuracy(["good", "dent"], ["good"])

"""The confusion matrix against scikit-learn's, on classes of different sizes that are confused one way only."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_fscore_support

from surfedge.errors import ArgumentError
from surfedge.metrics import Confusion
from surfedge.metrics.counting.calls import Calls
from surfedge.metrics.macro_f1 import FIGURES
from surfedge.metrics.test_set.record import ImageRow

TRUTH = ["good"] * 6 + ["dent"] * 3 + ["hole"]
GIVEN = ["good"] * 3 + ["dent"] * 3 + ["dent", "hole", "hole"] + ["hole"]


def test_rows_are_the_truth_and_columns_what_was_given() -> None:
    found = Confusion.of(TRUTH, GIVEN)
    assert found.names == ("dent", "good", "hole") and found.images == [3, 6, 1]
    precision, recall, f1, images = precision_recall_fscore_support(TRUTH, GIVEN)
    for mine, expected in ((found.precision, precision), (found.recall, recall), (found.f1, f1)):
        assert mine == pytest.approx(expected)
    assert found.macro_f1 == pytest.approx(f1_score(TRUTH, GIVEN, average="macro"))
    columns = {"images": images, "recall": recall, "precision": precision, "f1": f1}
    for number, name in enumerate(found.names):
        expected = {column: pytest.approx(values[number]) for column, values in columns.items()}
        assert found.to_dict()["of_class"][name] == expected


def test_five_unknown_classes_are_named() -> None:
    with pytest.raises(ArgumentError, match="found b, c, d, e, f, expected some of a$"):
        Confusion.of(["a"] * 6, list("bcdefg"), ["a"])


def test_a_class_that_a_sample_left_out_is_not_averaged() -> None:
    """Of images drawn again and again: as if those drawn were the test set, a class drawn once counted."""
    rows = [
        ImageRow("", label, False, 0.0, 0.5, False, given_class=given)
        for label, given in zip(TRUTH, GIVEN, strict=True)
    ]
    drawn = [[0, 1, 3, 3, 9], [0, 3, 6, 7, 7], [0, 0, 3, 4, 5]]
    weights = np.array([np.bincount(each, minlength=len(rows)) for each in drawn], np.float64)
    expected = []
    for each in drawn:
        truth, given = [TRUTH[i] for i in each], [GIVEN[i] for i in each]
        expected.append(f1_score(truth, given, average="macro", labels=sorted(set(truth))))
    assert FIGURES[0].of(Calls(rows, weights)) == pytest.approx(expected)

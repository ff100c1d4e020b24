"""Curves by hand, and which of many points are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.metrics.test_set import curves

NEGATIVES, POSITIVES, SCORES = np.array([0.0, 1.0, 3.0]), np.array([1.0, 0.0, 1.0]), [9.0, 5.0, 2.0]


def test_curves_by_hand() -> None:
    roc, pr = curves.roc_points("", NEGATIVES, POSITIVES), curves.pr_points("", NEGATIVES, POSITIVES)
    f1 = curves.f1_points("", SCORES, NEGATIVES, POSITIVES)
    assert (roc.x.tolist(), roc.y.tolist()) == ([0, 0, 0.25, 1], [0, 0.5, 0.5, 1])
    assert (pr.x.tolist(), pr.y.tolist()) == ([0, 0.5, 0.5, 1], [1, 1, 0.5, pytest.approx(2 / 6)])
    assert f1.x.tolist() == [2, 3.5, 7, 9]
    assert f1.y.tolist() == pytest.approx([2 * 2 / 8, 2 * 1 / 4, 2 * 1 / 3, 0])


def test_a_curve_that_is_not_defined_has_no_point() -> None:
    for negatives, positives in ((0 * NEGATIVES, POSITIVES), (NEGATIVES, 0 * POSITIVES)):
        curve = curves.roc_points("", negatives, positives)
        assert curve.x.size == curve.y.size == 0


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (8.0, -3.0)])
def test_points_lie_evenly_along_the_curve_and_denser_at_the_left(
    monkeypatch: pytest.MonkeyPatch, scale: float, shift: float
) -> None:
    """A twentieth of the width counts as much as all of it: 101 points whose first 5 steps are 21 times as long."""
    monkeypatch.setattr(curves, "MAX_POINTS", 4)
    x = np.arange(101) / 100
    curve = curves._thinned("", scale * x + shift, 0.5 * np.ones(101))
    assert ((curve.x - shift) / scale).tolist() == pytest.approx([0, 0.04, 0.34, 1])  # at 0, 2/3, 4/3 and 2 of 2
    steep = curves._thinned("", scale * x + shift, np.where(x < 1, 0.5, 3.5))  # its last step alone is 3 of 5
    assert ((steep.x - shift) / scale).tolist() == pytest.approx([0, 0.67, 1])
    wide = curves._thinned("", scale * np.minimum(10 * x, 7) + shift, 0.5 * np.ones(101))  # it stays where it is
    assert ((wide.x - shift) / scale).tolist() == pytest.approx([0, 0.3, 2.4, 7, 7])


def test_what_stays_at_one_place_is_its_two_ends() -> None:
    curve = curves._thinned("", np.full(5, 2.0), np.full(5, 0.5))
    assert curve.x.tolist() == [2, 2]

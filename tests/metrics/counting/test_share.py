"""Wilson's interval: equal to SciPy's, and honest at 0 and 1."""

from __future__ import annotations

import math

import pytest
from scipy.stats import binomtest

from surfedge.metrics.counting.share import Share


@pytest.mark.parametrize(
    ("count", "total"), [(0, 1), (0, 30), (1, 30), (15, 30), (29, 30), (30, 30), (88, 92), (3, 2000)]
)
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_intervals_equal_scipy(count: int, total: int, confidence: float) -> None:
    expected = binomtest(count, total).proportion_ci(confidence, "wilson")
    assert Share(count, total, confidence).interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_none_of_none_is_said() -> None:
    assert str(Share(0, 0)) == "none of none"
    assert math.isnan(Share(0, 0).value) and all(map(math.isnan, Share(0, 0).interval))
    assert Share(3, 3).interval[1] == 1.0 and Share(0, 3).interval[0] == 0.0


def test_a_share_is_said_in_percent_with_its_interval() -> None:
    assert str(Share(1, 30)) == "1 of 30 (3.3 %, 95 % interval 0.6 to 16.7 %)"
    assert str(Share(30, 30)) == "30 of 30 (100.0 %, 95 % interval 88.6 to 100.0 %)"


def test_none_and_all_reach_the_ends() -> None:
    """Not only to rounding: the interval of 0 of n begins at 0, that of n of n ends at 1."""
    for total in range(1, 200):
        assert Share(0, total).interval[0] == 0.0 and 0 < Share(0, total).interval[1] < 1
        assert Share(total, total).interval[1] == 1.0 and 0 < Share(total, total).interval[0] < 1

"""Which values of a map are peaks, and how a limit rises with the end of their tail; heights worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from surfedge.decision import Decision, RawMap
from surfedge.decision.own_tail import own_limit, tail_end


def _end_of_equal(peaks: int) -> float:
    """Peaks of height 5: no excess, the least scale."""
    return 5.0 + 0.3 * (math.log(peaks // 2) + 4.0)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("falling", [False, True])
def test_a_peak_is_the_highest_within_four_values_either_way(turned: bool, falling: bool) -> None:
    for apart, found in ((4, 1), (5, 8)):
        row = np.zeros((1, 8 * apart), np.float32)
        row[0, ::apart] = np.arange(1, 9)
        row = row[:, ::-1].copy() if falling else row
        assert math.isfinite(tail_end(row.T.copy() if turned else row)) == (found == 8)


def test_seven_peaks_have_no_tail() -> None:
    row = np.zeros((1, 90), np.float32)
    row[0, 3:75:10] = 5.0
    assert tail_end(row) == pytest.approx(_end_of_equal(8))
    row[0, 3] = 0.0
    assert tail_end(row) == -math.inf


def test_of_a_level_stretch_its_ends_are_peaks() -> None:
    """Where no neighbour is lower there is none: at the edge of the map one of two values, of three the outer two."""
    for stretch, place, peaks in (([5, 5], 0, 1), ([5, 5, 5], 5, 2), ([5, 5, 5, 5], 5, 2), ([5], 5, 1)):
        row = np.zeros((1, 140), np.float32)
        row[0, place : place + len(stretch)] = stretch
        row[0, 20:140:12] = 5.0  # ten others
        for values in (row, row[:, ::-1].copy(), row.T.copy()):
            assert tail_end(values) == pytest.approx(_end_of_equal(10 + peaks)), stretch


@pytest.mark.parametrize("least", [0.5, 8.0])
def test_a_limit_rises_from_one_and_a_half_to_three_times_the_least(least: float) -> None:
    for times, expected in ((-math.inf, 1), (0.6, 1), (1.5, 1), (1.875, 1.5), (2.25, 2), (3, 3), (5, 5)):
        assert own_limit(times * least, least) == pytest.approx(expected * least)


def test_a_decision_for_one_map_has_that_limit_alone() -> None:
    row = np.zeros((1, 90), np.float32)
    row[0, 3:75:10] = 5.0
    own = Decision(threshold=1.0, own_limit=True)
    assert own.for_map(RawMap(row), row.shape) == replace(own, threshold=_end_of_equal(8), own_limit=False)
    short = replace(own, own_limit=True).for_map(RawMap(row[:, :30].copy()), (1, 30))
    assert (short.threshold, short.own_limit) == (1.0, False)  # three peaks have no tail

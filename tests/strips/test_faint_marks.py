"""Marks under the limit: seen on the map, turn by turn; and never where no roll left any."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from conftest import Budget
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.strips import LineScan, Roll, strip
from surfedge.strips.faint_marks import find_faint
from surfedge.strips.folding import folded
from surfedge.strips.lane_signal import BIN_M, LaneSignal, joined, lane_signal
from surfedge.synthesis import RenderedCoil, RollMarks

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from faint_marks import draw, is_recognised


@pytest.mark.parametrize(("count", "length"), [(2, 5), (4, 7), (16, 9)])
def test_folding_adds_up_every_line(count: int, length: int) -> None:
    """Against a twin that adds up each pitch by itself."""
    rows = np.random.default_rng(0).normal(size=(count, length, 3)).astype(np.float32)

    def drifts(drift: int, rows: int) -> list[int]:
        if rows == 1:
            return [0]
        half = drifts(drift // 2, rows // 2)
        return [*half, *(drift - drift // 2 + each for each in half)]

    sums = folded(rows)
    for drift in range(count):
        shifts = drifts(drift, count)
        assert shifts[-1] == drift and max(abs(s - k * drift / (count - 1)) for k, s in enumerate(shifts)) <= 1
        expected = sum(np.roll(rows[k], -shift, axis=0) for k, shift in enumerate(shifts))
        assert sums[drift] == pytest.approx(expected, abs=1e-5)


def test_a_roll_is_recognised(budget: Budget) -> None:
    count = budget.count(test=2, nightly=100, release=300)
    assert sum(is_recognised(5000 + n, 4.0, 1.0, 0.0, 9) for n in range(count)) >= 0.9 * count


def test_nothing_is_found_without_a_roll(budget: Budget) -> None:
    for number in range(budget.count(test=2, nightly=300, release=3000)):
        assert find_faint(draw(6000 + number, lanes=9)[0]) == []


def test_what_is_not_judged_does_not_matter() -> None:
    signal, pitch = draw(5002, 4.0, lanes=12)
    cells = signal.cells.copy()
    cells[1000:2000] = 0
    cells[:, :2] = 0
    (found,) = find_faint(LaneSignal(0, cells), (Roll("a roll", 1e3 * pitch / np.pi - 5, 1e3 * pitch / np.pi + 5),))
    assert found.pitch_m == pytest.approx(pitch, rel=2e-3) and found.suspects[0].name == "a roll" and found.is_faint
    for none in (LaneSignal(0, np.zeros((0, 0), np.uint8)), LaneSignal(0, np.zeros((5000, 3), np.uint8))):
        assert find_faint(none) == []


def test_the_signal_does_not_depend_on_tiles() -> None:
    rng = np.random.default_rng(0)
    scores, places = rng.uniform(-0.1, 1.2, (300, 90)).astype(np.float32), 5e-4 * np.arange(301)
    for sign, edge in ((1, 10), (-1, 80)):
        edges = np.full(300, edge)
        whole = lane_signal(scores, 1.0, places, edges, sign, 0.5)
        parts = [
            lane_signal(scores[a:b], 1.0, places[a : b + 1], edges[a:b], sign, 0.5) for a, b in ((0, 70), (70, 300))
        ]
        again = joined(parts)
        assert again.first == whole.first and (again.cells == whole.cells[:, : again.cells.shape[1]]).all()
        lines = round(BIN_M / 5e-4)
        cell = scores[:lines, 10:42] if sign > 0 else scores[:lines, 48:80]
        assert whole.cells[0, 0] == int(np.clip(1 + 199 * cell.max(), 1, 200))


def test_faint_marks_of_a_rendered_coil(tmp_path: Path) -> None:
    """A roll whose marks stay under the limit: the list does not have it, the map has."""
    rolls = (RollMarks(1.1, 60.0, size_mm=7.0, gain=0.86),)
    coil = RenderedCoil(40.0, 120.0, 120.0, 1.0, per_100_m={}, rolls=rolls, seed=4)
    scan = LineScan(Detector().with_threshold(16.0), 1.0, faint_marks=True)  # above all that the grain shows
    summary = strip(scan, coil.blocks(2048), tmp_path, name="faint", rolls=(Roll("bridle roll", 340, 360),))
    assert summary.defects == 0
    (found,) = summary.series
    assert found["is_faint"] and found["pitch_m"] == pytest.approx(1.1, rel=2e-3)
    assert found["y_mm"] == pytest.approx(60, abs=12) and found["suspects"][0]["name"] == "bridle roll"
    page = (tmp_path / "coil.html").read_text()
    assert "under the limit" in page and "stroke-dasharray" in page


def test_a_limit_that_is_not_above_0() -> None:
    detector = Detector().with_threshold(0.0)
    with pytest.raises(ArgumentError, match="faint_marks"):
        LineScan(detector, 0.5, faint_marks=True)

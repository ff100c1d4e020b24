"""Marks of a roll in lists of defects: found, named, and never where there is no roll."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from conftest import Budget
from surfedge.errors import ArgumentError
from surfedge.strips import PeriodicSearch, Roll, find_periodic, read_rolls
from surfedge.strips.rolls import suspects

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from periodic_coils import WIDTH_MM, Drawn, draw, false_alarms, is_told_apart, turns_to_alarm


def series(coil: Drawn) -> list:
    return find_periodic(coil.x_m, coil.y_mm, WIDTH_MM)


def test_coils_with_a_roll_are_told_apart(budget: Budget) -> None:
    """80 % hits, 10 random defects per 100 m: at least 95 % (the source's figure), encoder right or off by 0.5 %."""
    count = budget.count(test=20, nightly=300, release=1000)
    for encoder, drift in ((0.0, 0.0), (0.005, 10.0)):
        told = sum(is_told_apart(draw(5000 + n, 0.8, 10.0, encoder, drift), encoder) for n in range(count))
        assert told >= 0.95 * count


def test_an_alarm_comes_within_four_turns(budget: Budget) -> None:
    count = budget.count(test=120, nightly=300, release=1000)
    turns = sorted(turns_to_alarm(draw(5000 + n, 0.8, 10.0), 12) for n in range(count))
    assert turns[count // 2] <= 4


def test_lists_without_a_roll_raise_no_alarm(budget: Budget) -> None:
    count = budget.count(test=300, nightly=10_000, release=30_000)
    assert false_alarms(count, 10.0, 2_000_000) == 0
    assert false_alarms(count // 10, 100.0, 3_000_000) == 0


def test_what_is_reported() -> None:
    coil = draw(5000, 0.8, 10.0, 0.0, 10.0)
    (found,) = series(coil)
    assert found.pitch_m == pytest.approx(coil.pitch_m, rel=1e-3)
    assert found.diameter_mm == pytest.approx(1e3 * coil.pitch_m / np.pi, rel=1e-3)
    assert found.drift_mm_per_100_m == pytest.approx(10, abs=1)
    assert 0.65 < found.hit_share < 0.95 and found.p < 1e-20 and found.coherence > 0.99
    assert found.hits == len(found.members) and found.expected == pytest.approx(len(coil.turns_m), abs=10)
    assert found.from_m < 5 * coil.pitch_m and found.to_m > 300 - 5 * coil.pitch_m
    assert (np.abs(np.diff(coil.x_m[found.members]) / coil.pitch_m % 1 - 0.5) > 0.45).all()


def test_the_order_of_the_list_does_not_matter() -> None:
    coil = draw(5001, 0.8, 10.0)
    shuffled = np.random.default_rng(0).permutation(len(coil.x_m))
    (one,), (other,) = series(coil), find_periodic(coil.x_m[shuffled], coil.y_mm[shuffled], WIDTH_MM)
    assert one == other and (np.sort(shuffled[other.members]) == one.members).all()


def test_two_rolls_are_two_series_and_a_harmonic_is_none() -> None:
    one, other = (draw(seed, 0.9, 5.0) for seed in (5002, 5003))
    x, y = np.concatenate([one.x_m, other.x_m]), np.concatenate([one.y_mm, other.y_mm])
    found = find_periodic(x, y, WIDTH_MM)
    assert sorted(each.pitch_m for each in found) == pytest.approx(sorted([one.pitch_m, other.pitch_m]), rel=1e-3)


def test_a_mark_that_begins_and_ends_in_the_coil() -> None:
    coil = draw(5004, 1.0, 10.0)
    kept = (np.abs(coil.x_m - 150) < 40) | (np.abs(coil.y_mm - np.median(coil.y_mm[series(coil)[0].members])) > 30)
    (found,) = find_periodic(coil.x_m[kept], coil.y_mm[kept], WIDTH_MM)
    assert 110 <= found.from_m < 116 and 184 < found.to_m <= 190


def test_a_scratch_in_even_pieces_is_no_roll() -> None:
    x, y = np.arange(3, 12, 0.29), np.full(32, 140.0)
    (found,) = find_periodic(x, y, 1000.0, length_m=np.full(32, 0.02))
    assert found.pitch_m == pytest.approx(0.29)
    assert find_periodic(x, y, 1000.0, length_m=np.full(32, 0.24)) == []
    with pytest.raises(ArgumentError, match="length_m"):
        find_periodic(x, y, 1000.0, length_m=np.zeros(3))


def test_nothing_and_too_few() -> None:
    for count in (0, 1, 2):
        assert find_periodic(np.arange(count), np.zeros(count), 1000.0) == []
    assert find_periodic(np.zeros(50), np.zeros(50), 1000.0) == []


def test_wrong_lists() -> None:
    for x, y in (([1.0, 2.0], [1.0]), ([np.nan], [0.0]), ([[1.0]], [[1.0]])):
        with pytest.raises(ArgumentError, match="x_m"):
            find_periodic(np.array(x), np.array(y), 1000.0)
    with pytest.raises(ArgumentError, match="pitch_m"):
        PeriodicSearch(min_pitch_m=2, max_pitch_m=1)


def test_rolls_by_their_diameter(tmp_path: Path) -> None:
    table = tmp_path / "rolls.toml"
    table.write_text(
        '[[roll]]\nname = "F7 work roll"\ndiameter_mm = [640, 700]\nforward_slip = 0.03\n'
        '[[roll]]\nname = "F6 work roll"\ndiameter_mm = [640, 700]\nthickness_ratio = 1.25\nforward_slip = 0.03\n'
        '[[roll]]\nname = "pinch roll"\ndiameter_mm = 500\n'
    )
    rolls = read_rolls(table)
    assert [roll.name for roll in rolls] == ["F7 work roll", "F6 work roll", "pinch roll"]
    pitch = rolls[1].pitch_m(665)
    assert pitch == pytest.approx(np.pi * 0.665 * 1.03 * 1.25)
    (suspect,) = suspects(rolls, pitch)
    assert suspect.name == "F6 work roll" and suspect.diameter_mm == pytest.approx(665)
    x = np.arange(2, 60, pitch)
    (found,) = find_periodic(x, np.full(len(x), 300.0), 1200.0, rolls)
    assert found.suspects == (suspect,) or found.suspects[0].name == suspect.name
    assert suspects(rolls, 9.0) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "roll = 3",
        "[[roll]]\nname = 'a'",
        "[[roll]]\nname='a'\ndiameter_mm=[3, 2]",
        "[[roll]]\nname='a'\ndiameter_mm=5\nwidth=3",
        "[[",
    ],
)
def test_a_table_of_rolls_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "rolls.toml").write_text(text)
    with pytest.raises(ArgumentError):
        read_rolls(tmp_path / "rolls.toml")
    with pytest.raises(ArgumentError, match="diameter"):
        Roll("a", 0, 5)

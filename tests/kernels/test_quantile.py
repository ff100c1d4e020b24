"""Exact quantiles, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import reference
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

F32 = np.float32


def random_values(rng: np.random.Generator, count: int) -> np.ndarray:
    """Values of many kinds: smooth, with ties, of all magnitudes, denormal, infinite, sorted, constant."""
    kind = rng.integers(8)
    values = rng.normal(size=count).astype(F32)
    if kind == 0:
        values = rng.integers(0, 4, count).astype(F32)
    elif kind == 1:
        values = rng.integers(0, 1 << 32, count, dtype=np.uint64).astype(np.uint32).view(F32).copy()
        values[np.isnan(values)] = 0
    elif kind == 2:
        values *= F32(1e-40)
    elif kind == 3:
        values[rng.random(count) < 0.3] = rng.choice([np.inf, -np.inf])
    elif kind == 4:
        values.sort()
    elif kind == 5:
        values[:] = values[:1] if count else 0
    elif kind == 6:
        values[rng.random(count) < 0.9] = 0
    return values


@each_level
@pytest.mark.parametrize(
    ("values", "q", "expected"),
    [
        ([3], 0.0, 3),
        ([3], 0.3, 3),
        ([3], 1.0, 3),
        ([2, 1], 0.0, 1),
        ([2, 1], 0.01, 2),
        ([2, 1], 1.0, 2),
        ([4, 1, 3, 2], 0.5, 3),
        ([5, 1, 4, 2, 3], 0.5, 3),
        ([5, 1, 4, 2, 3], 0.51, 4),
        ([1, 1, 1, 9], 0.6, 1),
        ([1, 1, 1, 9], 0.7, 9),
        ([-1, -2, -3, 0], 0.3, -2),
        ([np.inf, 1, -np.inf], 0.5, 1),
        ([np.inf, 1, -np.inf], 0.9, np.inf),
        ([1e-45, 0, -1e-45], 1.0, 1e-45),
    ],
)
def test_worked_by_hand(level: str, values: list[float], q: float, expected: float) -> None:
    assert native(level).quantile(np.array(values, F32), q) == F32(expected)


@each_level
def test_nan_anywhere_gives_nan(level: str) -> None:
    rng = np.random.default_rng(1)
    for count in (1, 2, 63, 64, 65, 5_000, 100_000):
        values = random_values(rng, count)
        for at in (0, count // 2, count - 1):
            spoiled = values.copy()
            spoiled[at] = np.nan
            for q in (0.0, 0.5, 0.995, 1.0):
                assert np.isnan(native(level).quantile(spoiled, q))
            spoiled.view(np.uint32)[at] |= 0x80000000
            assert np.isnan(native(level).quantile(spoiled, 0.5))


@each_level
def test_nan_in_what_fills_no_register_gives_nan(level: str) -> None:
    for count in range(2_100, 2_117):  # more than are selected among directly
        values = np.random.default_rng(count).normal(size=count).astype(F32)
        for back in range(1, 18):
            spoiled = values.copy()
            spoiled[-back] = np.nan
            assert np.isnan(native(level).quantile(spoiled, 0.3)), (count, back)


@each_level
@pytest.mark.parametrize("count", [2_101, 2_111])
def test_ties_with_the_bounds_that_a_sample_gives(level: str, count: int) -> None:
    """The last values, which fill no register, are equal in turn to each of those that may enclose the rank."""
    values = np.random.default_rng(count).permutation(count).astype(F32)
    rank = -(-(count - 1) // 2)
    for tie in range(rank - 260, rank + 261):
        tied = values.copy()
        tied[-15:] = tie
        assert native(level).quantile(tied, 0.5) == np.partition(tied, rank)[rank], tie


def test_random_values_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(2)
    cases = budget.count(test=1_000, nightly=100_000, release=1_000_000)
    for case in range(cases):
        count = 1 + ugly_length(rng, most=400) if case % 20 else int(rng.integers(1_000, 60_000))
        values = misaligned(random_values(rng, count), int(rng.integers(0, 16)))
        q = float(rng.choice([0.0, 0.001, 0.25, 0.5, 0.9, 0.98, 0.995, 0.9999, 1.0, rng.random()]))
        before, expected = values.copy(), reference.quantile(values, q)
        for level in LEVELS:
            assert native(level).quantile(values, q) == expected, (level, count, q)
        np.testing.assert_array_equal(values, before)
        assert expected == np.quantile(values.astype(float), q, method="higher")
    print(f"quantile: {cases} cases, levels {LEVELS}, all exact")


@each_level
@pytest.mark.parametrize("q", [0.0, 0.0001, 0.3, 0.5, 0.995, 1.0])
def test_maps_of_a_million_values(level: str, q: float) -> None:
    rng = np.random.default_rng(3)
    for values in (
        rng.gamma(2, size=(1000, 1000)).astype(F32),
        np.sort(rng.normal(size=1_000_000)).astype(F32),
        (rng.random(1_000_000) < 0.004).astype(F32),
        np.tile(np.linspace(-1, 1, 1000, dtype=F32), 1000),
    ):
        module, expected = native(level), reference.quantile(values, q)
        for count in (1, 2, 3):
            with threads(module, count):
                assert module.quantile(values, q) == expected


@each_level
@pytest.mark.parametrize("lie", [-1e30, 0.0, 1e30, np.inf])
def test_a_sample_that_misleads_costs_time_only(level: str, lie: float) -> None:
    rng = np.random.default_rng(5)
    for count in (5_000, 70_000, 300_001):
        values, stride = rng.normal(size=count).astype(F32), count // 1024
        looked_at = [i * stride + (i * 2654435761 >> 12) % stride for i in range(1024)]
        values[looked_at] = lie
        values[looked_at[:300]] = -lie
        for q in (0.0, 0.1, 0.5, 0.9, 1.0):
            assert native(level).quantile(values, q) == reference.quantile(values, q)


@each_level
def test_nothing_outside_is_read(level: str) -> None:
    rng, room = np.random.default_rng(4), Guarded()
    for count in [*range(1, 140), 1023, 5_000, 20_001]:
        values = random_values(rng, count)
        for at_end in (True, False):
            inside = room.copy(values, at_end=at_end)
            assert native(level).quantile(inside, 0.7) == reference.quantile(values, 0.7)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    values = np.zeros(4, F32)
    for q in (-0.1, 1.1, 99.0):
        with pytest.raises(ValueError, match="q: found"):
            native(level).quantile(values, q)
    with pytest.raises(ValueError, match="q: found nan"):
        native(level).quantile(values, float("nan"))
    with pytest.raises(ValueError, match="x: found no element"):
        native(level).quantile(values[:0], 0.5)
    with pytest.raises(TypeError, match="x: found float64"):
        native(level).quantile(values.astype(float), 0.5)
    with pytest.raises(ValueError, match="not C-contiguous"):
        native(level).quantile(values[::2], 0.5)

"""Mahalanobis distances, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import reference_statistics as twin
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

F32 = np.float32
UNIT = 2.0**-24
NAN = float("nan")


def random_case(rng: np.random.Generator, most: int = 150) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, mean, whitener; the whitener's upper triangle is full as well, and does not count."""
    size = int(rng.choice([0, 1, 2, 3, 7, 13, 19, 25, 40]))
    x = (10.0 ** rng.integers(-3, 4) * rng.normal(rng.normal(), 1, (size, ugly_length(rng, most=most)))).astype(F32)
    return x, rng.normal(size=size).astype(F32), rng.normal(0, 3, (size, size)).astype(F32)


def bound(x: np.ndarray, mean: np.ndarray, whitener: np.ndarray) -> np.ndarray:
    """Rounding of x - mean, of each product and partial sum, then of the squares and the root."""
    size = len(mean)
    centred = np.abs(x.astype(float) - mean[:, None].astype(float))
    rows = (size + 2) * UNIT * (np.abs(np.tril(whitener).astype(float)) @ centred)
    return np.sqrt((rows**2).sum(axis=0)) + (size + 4) * UNIT * twin.mahalanobis(x, mean, whitener)


@each_level
@pytest.mark.parametrize(
    ("x", "mean", "whitener", "expected"),
    [
        ([[3], [4]], [0, 0], [[1, 0], [0, 1]], [5]),
        ([[3], [8]], [0, 0], [[1, 0], [0, 0.5]], [5]),
        ([[4], [6]], [1, 2], [[1, 0], [0, 1]], [5]),
        ([[-5]], [0], [[1]], [5]),
        ([[7]], [7], [[1000]], [0]),
        ([[1, 2, 3, 4]], [2], [[2]], [2, 0, 2, 4]),
        ([[1], [1]], [0, 0], [[3, 0], [3, 1]], [5]),  # 3, then 3 + 1
        ([[1], [1]], [0, 0], [[3, 99], [3, 1]], [5]),  # the upper triangle is not read
        ([[1], [1]], [0, 0], [[3, NAN], [3, 1]], [5]),
        ([[1], [2], [2]], [0, 0, 0], [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [3]),
        ([[1], [2], [2]], [0, 0, 0], [[0, 0, 0], [0, 0, 0], [2, 1, 1]], [6]),
        ([[NAN, 3], [0, 4]], [0, 0], [[1, 0], [0, 1]], [NAN, 5]),
        ([[np.inf, 0]], [0], [[2]], [np.inf, 0]),
        ([[1e30]], [0], [[1]], [np.inf]),  # its square is beyond float32
        ([[]], [0], [[1]], []),
    ],
)
def test_distances_worked_by_hand(level: str, x: list, mean: list, whitener: list, expected: list) -> None:
    got = native(level).mahalanobis(F32(x), F32(mean), F32(whitener), None)
    assert got.dtype == F32
    np.testing.assert_allclose(got, F32(expected), rtol=3e-7)


@each_level
def test_vectors_of_no_figures_are_where_their_mean_is(level: str) -> None:
    empty = np.zeros((0, 5), F32)
    assert native(level).mahalanobis(empty, np.zeros(0, F32), np.zeros((0, 0), F32), None).tolist() == [0] * 5


def test_random_vectors_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(301)
    cases = budget.count(test=1_000, nightly=100_000, release=1_000_000)
    worst = 0.0
    for _ in range(cases):
        x, mean, whitener = (misaligned(a, int(rng.integers(0, 16))) for a in random_case(rng))
        expected, allowed = twin.mahalanobis(x, mean, whitener), bound(x, mean, whitener)
        for level in LEVELS:
            got = native(level).mahalanobis(x, mean, whitener, None)
            assert got.shape == expected.shape
            error = np.abs(got - expected)
            assert (error <= allowed).all(), (level, x.shape)
            worst = max(worst, float((error / np.maximum(allowed, 1e-300)).max(initial=0.0)))
    print(f"mahalanobis: {cases} cases, levels {LEVELS}, worst error / bound {worst:.2f}")


@each_level
@pytest.mark.parametrize("count", [1023, 1024, 1025, 5000])
def test_pieces_join_without_a_gap(level: str, count: int) -> None:
    x = np.arange(count, dtype=F32)[None]
    np.testing.assert_array_equal(native(level).mahalanobis(x, F32([0]), F32([[1]]), None), x[0])


@each_level
def test_a_distance_does_not_depend_on_its_neighbours(level: str) -> None:
    rng, module = np.random.default_rng(12), native(level)
    x, mean = rng.normal(size=(19, 77)).astype(F32), rng.normal(size=19).astype(F32)
    whitener = np.tril(rng.normal(size=(19, 19))).astype(F32)
    together = module.mahalanobis(x, mean, whitener, None)
    x[3, 40] = np.nan
    spoilt = module.mahalanobis(x, mean, whitener, None)
    assert np.flatnonzero(np.isnan(spoilt)).tolist() == [40]
    for i in (0, 15, 16, 39, 63, 76):
        alone = module.mahalanobis(np.ascontiguousarray(x[:, i : i + 1]), mean, whitener, None)
        assert alone[0] == together[i] == spoilt[i]


@each_level
def test_thread_counts_agree_bit_for_bit(level: str, budget: Budget) -> None:
    rng, module = np.random.default_rng(13), native(level)
    for _ in range(budget.count(test=30, nightly=100, release=1_000)):
        x, mean, whitener = random_case(rng, most=4_000)
        alone = module.mahalanobis(x, mean, whitener, None)
        for count in (2, 3, 5):
            with threads(module, count):
                np.testing.assert_array_equal(alone, module.mahalanobis(x, mean, whitener, None))


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(14), native(level)
    rooms = [Guarded() for _ in range(4)]
    for count in [*range(1, 80), 127, 128, 129, 1025]:
        size = int(rng.integers(1, 26))
        given = rng.normal(size=(size, count)), rng.normal(size=size), rng.normal(size=(size, size))
        x, mean, whitener = (each.astype(F32) for each in given)
        expected = module.mahalanobis(x, mean, whitener, None)
        inside = [r.copy(a, at_end=at_end) for r, a in zip(rooms, (x, mean, whitener, 0 * expected), strict=True)]
        module.mahalanobis(*inside)
        np.testing.assert_array_equal(inside[3], expected)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    call = native(level).mahalanobis
    x, mean, whitener = np.zeros((3, 8), F32), np.zeros(3, F32), np.eye(3, dtype=F32)
    for wrong in (x.astype(float), x.astype(">f4"), [[1.0]], None):
        with pytest.raises(TypeError, match=r"x: found .*, expected float32"):
            call(wrong, mean, whitener, None)
    with pytest.raises(TypeError, match=r"mean: found float64"):
        call(x, mean.astype(float), whitener, None)
    with pytest.raises(TypeError, match=r"whitener: found float64"):
        call(x, mean, whitener.astype(float), None)
    for wrong in (x[:, ::2], x[0], x[None]):
        with pytest.raises(ValueError, match=r"x: found .*expected .*\(D, N\)"):
            call(wrong, mean, whitener, None)
    for m, w in ((mean[:2], whitener), (mean, np.eye(4, dtype=F32)), (mean, np.zeros((3, 2), F32))):
        with pytest.raises(ValueError, match=r"whitener: found .*expected \(D, D\) and \(D,\).*; learn them again"):
            call(x, m, w, None)
    with pytest.raises(ValueError, match="out: found"):
        call(x, mean, whitener, np.zeros(7, F32))
    with pytest.raises(ValueError, match="shared with an input"):
        call(x, mean, whitener, x[0])

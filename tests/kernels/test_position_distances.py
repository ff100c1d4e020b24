"""Distances from the mean of each position, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import reference_statistics as twin
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length
from surfedge.methods.bfloat16 import as_bfloat16, from_bfloat16

F32 = np.float32
UNIT = 2.0**-24
NAN = float("nan")


def random_case(rng: np.random.Generator, most: int = 9) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, mean, whiteners of ugly sizes."""
    size = int(rng.choice([1, 2, 3, 7, 8, 15, 16, 17, 31, 33, 40, 64, 129]))
    positions, count = ugly_length(rng, most=most), ugly_length(rng, most=most)
    x = (10.0 ** rng.integers(-3, 4) * rng.normal(rng.normal(), 1, (positions, count, size))).astype(F32)
    whiteners = as_bfloat16(rng.normal(0, 3, (positions, size * (size + 1) // 2)).astype(F32))
    return x, rng.normal(size=(positions, size)).astype(F32), whiteners


def bound(x: np.ndarray, mean: np.ndarray, whiteners: np.ndarray) -> np.ndarray:
    """Rounding of x - mean, of each product and partial sum, then of the squares and the root."""
    size = mean.shape[1]
    rows = (size + 2) * UNIT * twin.white_of_positions(x, mean, whiteners, np.abs)
    return np.sqrt((rows**2).sum(axis=2)) + (size + 4) * UNIT * twin.position_distances(x, mean, whiteners)


@each_level
@pytest.mark.parametrize(
    ("x", "mean", "columns", "expected"),
    [
        ([[[3, 4]]], [[0, 0]], [[1, 0, 1]], [[5]]),
        ([[[3, 8]]], [[0, 0]], [[1, 0, 0.5]], [[5]]),
        ([[[4, 6]]], [[1, 2]], [[1, 0, 1]], [[5]]),
        ([[[-5]]], [[0]], [[1]], [[5]]),
        ([[[7]]], [[7]], [[1000]], [[0]]),
        ([[[1, 1]]], [[0, 0]], [[3, 3, 1]], [[5]]),  # 3, then 3 + 1
        ([[[1, 0], [0, 1]]], [[0, 0]], [[3, 4, 1]], [[5, 1]]),
        ([[[1]], [[1]]], [[0], [3]], [[2], [4]], [[2], [8]]),  # a mean and a whitener for each position
        ([[[1, 2, 2]]], [[0, 0, 0]], [[1, 0, 0, 1, 0, 1]], [[3]]),
        ([[[1, 2, 2]]], [[0, 0, 0]], [[0, 0, 2, 0, 1, 1]], [[6]]),
        ([[[NAN, 0], [3, 4]]], [[0, 0]], [[1, 0, 1]], [[NAN, 5]]),
        ([[[1e30]]], [[0]], [[1]], [[np.inf]]),  # its square is beyond float32
    ],
)
def test_distances_worked_by_hand(level: str, x: list, mean: list, columns: list, expected: list) -> None:
    got = native(level).position_distances(F32(x), F32(mean), as_bfloat16(F32(columns)), None)
    assert got.dtype == F32
    np.testing.assert_allclose(got, F32(expected), rtol=3e-7)


@each_level
@pytest.mark.parametrize("shape", [(0, 3, 4), (3, 0, 4), (2, 3, 0)])
def test_nothing_is_nowhere(level: str, shape: tuple[int, int, int]) -> None:
    positions, count, size = shape
    whiteners = np.zeros((positions, size * (size + 1)), np.uint8)
    got = native(level).position_distances(np.zeros(shape, F32), np.zeros((positions, size), F32), whiteners, None)
    assert got.shape == (positions, count) and not got.any()


def test_random_vectors_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(401)
    cases = budget.count(test=150, nightly=20_000, release=200_000)
    worst = 0.0
    for _ in range(cases):
        x, mean, whiteners = (misaligned(a, int(rng.integers(0, 16))) for a in random_case(rng))
        expected, allowed = twin.position_distances(x, mean, whiteners), bound(x, mean, whiteners)
        for level in LEVELS:
            got = native(level).position_distances(x, mean, whiteners, None)
            error = np.abs(got - expected)
            assert got.shape == expected.shape and (error <= allowed).all(), (level, x.shape)
            worst = max(worst, float((error / np.maximum(allowed, 1e-300)).max(initial=0.0)))
    print(f"position_distances: {cases} cases, levels {LEVELS}, worst error / bound {worst:.2f}")


@each_level
def test_a_vector_is_judged_alike_alone_and_beside_others(level: str) -> None:
    rng, module = np.random.default_rng(42), native(level)
    x, mean = rng.normal(size=(40, 6, 19)).astype(F32), rng.normal(size=(40, 19)).astype(F32)
    whiteners = as_bfloat16(rng.normal(size=(40, 190)).astype(F32))
    together = module.position_distances(x, mean, whiteners, None)
    for n in range(6):
        alone = module.position_distances(np.ascontiguousarray(x[:, n : n + 1]), mean, whiteners, None)
        np.testing.assert_array_equal(alone[:, 0], together[:, n])


@each_level
def test_thread_counts_agree_bit_for_bit(level: str, budget: Budget) -> None:
    rng, module = np.random.default_rng(43), native(level)
    for _ in range(budget.count(test=10, nightly=100, release=1_000)):
        x, mean, whiteners = random_case(rng, most=70)
        alone = module.position_distances(x, mean, whiteners, None)
        for count in (2, 3, 5):
            with threads(module, count):
                np.testing.assert_array_equal(alone, module.position_distances(x, mean, whiteners, None))


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(44), native(level)
    rooms = [Guarded() for _ in range(4)]
    for size in [*range(1, 36), 63, 64, 65, 128]:
        positions, count = int(rng.integers(1, 4)), int(rng.integers(1, 7))
        x, mean = rng.normal(size=(positions, count, size)).astype(F32), rng.normal(size=(positions, size)).astype(F32)
        whiteners = as_bfloat16(rng.normal(size=(positions, size * (size + 1) // 2)).astype(F32))
        expected = module.position_distances(x, mean, whiteners, None)
        inside = [r.copy(a, at_end=at_end) for r, a in zip(rooms, (x, mean, whiteners, 0 * expected), strict=True)]
        module.position_distances(*inside)
        np.testing.assert_array_equal(inside[3], expected)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    call = native(level).position_distances
    x, mean, whiteners = np.zeros((2, 5, 3), F32), np.zeros((2, 3), F32), np.zeros((2, 12), np.uint8)
    for wrong in (x.astype(float), x.astype(">f4"), [[1.0]], None):
        with pytest.raises(TypeError, match=r"x: found .*, expected float32"):
            call(wrong, mean, whiteners, None)
    with pytest.raises(TypeError, match=r"whiteners: found float32"):
        call(x, mean, whiteners.astype(F32), None)
    for wrong in (x[:, ::2], x[0], x[None]):
        with pytest.raises(ValueError, match=r"x: found .*expected .*\(P, N, D\)"):
            call(wrong, mean, whiteners, None)
    for m, w in ((mean[:1], whiteners), (mean[:, :2].copy(), whiteners), (mean, whiteners[:, :11].copy())):
        with pytest.raises(ValueError, match=r"whiteners: found .*; learn them again"):
            call(x, m, w, None)
    with pytest.raises(ValueError, match="out: found"):
        call(x, mean, whiteners, np.zeros((2, 4), F32))


def test_the_twin_reads_columns() -> None:
    """By hand: W = [[1, 0], [2, 3]] is stored as 1, 2, 3."""
    stored = as_bfloat16(F32([[1, 2, 3]]))
    assert from_bfloat16(stored).tolist() == [[1, 2, 3]]
    assert twin.position_distances(F32([[[1, 1]]]), F32([[0, 0]]), stored)[0, 0] == pytest.approx(26**0.5)

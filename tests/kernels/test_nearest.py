"""The nearest entry of a bank, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import reference_statistics as twin
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

F32 = np.float32
UNIT = 2.0**-24
NAN = float("nan")


def random_case(rng: np.random.Generator, most: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """x, bank; some vectors are entries of the bank."""
    size = int(rng.choice([0, 1, 2, 3, 7, 13, 19, 25, 40]))
    count, entries = ugly_length(rng, most=most), ugly_length(rng, least=1, most=70)
    scale = 10.0 ** rng.integers(-3, 4)
    bank = (scale * rng.normal(rng.normal(), 1, (entries, size))).astype(F32)
    x = (scale * rng.normal(rng.normal(), 1, (size, count))).astype(F32)
    same = rng.random(count) < 0.3
    x[:, same] = bank[rng.integers(0, entries, int(same.sum()))].T
    return x, bank


def slack(x: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """By how much the square of the distance given may be above the least: twice (two entries are compared) twice (a
    square is twice what is compared) the rounding of x.b and |b|^2 / 2; (N,)."""
    size = bank.shape[1]
    products = (
        np.abs(bank.astype(float)) @ np.abs(x.astype(float)) + 0.5 * (bank.astype(float) ** 2).sum(axis=1)[:, None]
    )
    return 4 * (size + 2) * UNIT * products.max(axis=0)


@each_level
@pytest.mark.parametrize(
    ("x", "bank", "expected", "entry"),
    [
        ([[3], [4]], [[0, 0]], [5], [0]),
        ([[3], [4]], [[0, 0], [3, 3]], [1], [1]),
        ([[1, 2, 8, -9]], [[0], [2], [5], [6], [7], [9]], [1, 0, 1, 9], [(0, 1), 1, (4, 5), 0]),
        ([[5]], [[9], [-5], [5], [5]], [0], [(2, 3)]),
        ([[0]], [[9], [8], [7], [6], [1]], [1], [4]),  # the second group, alone in it
        ([[NAN, 3], [0, 4]], [[1, 1], [0, 0], [9, 9], [9, 9], [3, 4]], [NAN, 0], [0, 4]),
        ([[np.inf, 0]], [[2]], [np.inf, 2], [0, 0]),
        ([[]], [[1]], [], []),
        ([[1e15]], [[0], [-1e15]], [1e15], [0]),
    ],
)
def test_entries_found_by_hand(level: str, x: list, bank: list, expected: list, entry: list) -> None:
    distance, index = native(level).nearest(F32(x), F32(bank))
    assert distance.dtype == F32 and index.dtype == np.int32
    np.testing.assert_allclose(distance, F32(expected), rtol=3e-7)
    for got, allowed in zip(index.tolist(), entry, strict=True):
        assert got in (allowed if isinstance(allowed, tuple) else (allowed,))


@each_level
def test_vectors_of_no_features_are_where_every_entry_is(level: str) -> None:
    distance, index = native(level).nearest(np.zeros((0, 5), F32), np.zeros((3, 0), F32))
    assert distance.tolist() == [0] * 5
    assert set(index.tolist()) <= {0, 1, 2}


def test_random_vectors_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(401)
    cases = budget.count(test=600, nightly=50_000, release=500_000)
    worst = 0.0
    for _ in range(cases):
        x, bank = (misaligned(a, int(rng.integers(0, 16))) for a in random_case(rng))
        squares, allowed = twin.nearest(x, bank), slack(x, bank)
        for level in LEVELS:
            distance, index = native(level).nearest(x, bank)
            own = squares[index, np.arange(x.shape[1])]
            rounding = (x.shape[0] + 6) * UNIT * np.sqrt(own)
            assert (np.abs(distance - np.sqrt(own)) <= rounding).all(), (level, x.shape, bank.shape)
            excess = own - squares.min(axis=0)
            assert (excess <= allowed).all(), (level, x.shape, bank.shape)
            worst = max(worst, float((excess / np.maximum(allowed, 1e-300)).max(initial=0.0)))
    print(f"nearest: {cases} cases, levels {LEVELS}, worst excess / slack {worst:.2f}")


@each_level
@pytest.mark.parametrize("count", [767, 768, 769, 5000])
def test_pieces_join_without_a_gap(level: str, count: int) -> None:
    x = np.stack(np.divmod(np.arange(count), 73)).astype(F32)  # whole numbers: their products are exact
    distance, index = native(level).nearest(x, np.ascontiguousarray(x.T))
    np.testing.assert_array_equal(distance, np.zeros(count))
    np.testing.assert_array_equal(index, np.arange(count))


@each_level
def test_a_vector_does_not_depend_on_its_neighbours(level: str) -> None:
    rng, module = np.random.default_rng(12), native(level)
    x, bank = rng.normal(size=(19, 197)).astype(F32), rng.normal(size=(31, 19)).astype(F32)
    together = module.nearest(x, bank)
    x[3, 40] = np.nan
    spoilt = module.nearest(x, bank)
    assert np.flatnonzero(np.isnan(spoilt[0])).tolist() == [40]
    for i in (0, 15, 16, 39, 63, 96, 196):
        alone = module.nearest(np.ascontiguousarray(x[:, i : i + 1]), bank)
        for part in range(2):
            assert alone[part][0] == together[part][i] == spoilt[part][i]


@each_level
def test_thread_counts_agree_bit_for_bit(level: str, budget: Budget) -> None:
    rng, module = np.random.default_rng(13), native(level)
    for _ in range(budget.count(test=20, nightly=100, release=1_000)):
        x, bank = random_case(rng, most=4_000)
        alone = module.nearest(x, bank)
        for count in (2, 3, 5):
            with threads(module, count):
                for one, many in zip(alone, module.nearest(x, bank), strict=True):
                    np.testing.assert_array_equal(one, many)


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_read(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(14), native(level)
    rooms = [Guarded() for _ in range(2)]
    for count in [*range(1, 40), 95, 96, 97, 129, 1025]:
        size, entries = int(rng.integers(1, 26)), int(rng.integers(1, 20))
        given = rng.normal(size=(size, count)).astype(F32), rng.normal(size=(entries, size)).astype(F32)
        inside = [r.copy(a, at_end=at_end) for r, a in zip(rooms, given, strict=True)]
        for expected, got in zip(module.nearest(*given), module.nearest(*inside), strict=True):
            np.testing.assert_array_equal(got, expected)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    call = native(level).nearest
    x, bank = np.zeros((3, 8), F32), np.zeros((5, 3), F32)
    for wrong in (x.astype(float), x.astype(">f4"), [[1.0]], None):
        with pytest.raises(TypeError, match=r"x: found .*, expected float32"):
            call(wrong, bank)
    with pytest.raises(TypeError, match=r"bank: found float64"):
        call(x, bank.astype(float))
    for wrong in (x[:, ::2], x[0], x[None]):
        with pytest.raises(ValueError, match=r"x: found .*expected .*\(D, N\)"):
            call(wrong, bank)
    for wrong in (bank[:, :2].copy(), bank[:0]):
        with pytest.raises(ValueError, match=r"bank: found .*expected \(M, D\).*; learn it again"):
            call(x, wrong)

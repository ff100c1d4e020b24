"""Mean and covariance of vectors, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import reference_statistics as twin
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

F32 = np.float32
UNIT = 2.0**-24
BLOCK = 256  # vectors whose products are summed in float32


def random_case(rng: np.random.Generator, most: int = 700) -> tuple[np.ndarray, np.ndarray | None]:
    size = int(rng.choice([0, 1, 2, 3, 4, 7, 13, 19, 25, 40]))
    x = 10.0 ** rng.integers(-3, 4) * rng.normal(rng.normal(0, 3), 1, (size, ugly_length(rng, most=most)))
    kept = None if rng.random() < 0.3 else rng.random(x.shape[1]) < rng.choice([0.02, 0.5, 0.9])
    return x.astype(F32), kept


def allowed(x: np.ndarray, kept: np.ndarray | None, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What rounding may change in the mean and in the covariance: of values less a centre, products and their sums. The
    centre is a sum of float32 values itself, off by as much of the largest; it counts as a change of each value."""
    some = np.abs(x if kept is None else x[:, kept]).max(axis=1, initial=0.0)
    off = (BLOCK + 4) * UNIT * some
    std = np.sqrt(np.diag(covariance)) + off
    return (BLOCK + 4) * UNIT * std + UNIT * some, (BLOCK + 4) * UNIT * np.outer(std, std) + 1e-300


@each_level
@pytest.mark.parametrize(
    ("x", "kept", "mean", "covariance"),
    [
        ([[1, 3]], None, [2], [[1]]),
        ([[1, 3, 5], [2, 2, 9]], [1, 1, 0], [2, 2], [[1, 0], [0, 0]]),
        ([[1, 3], [3, 1]], None, [2, 2], [[1, -1], [-1, 1]]),
        ([[7], [9]], None, [7, 9], [[0, 0], [0, 0]]),
        ([[0, 0, 6], [0, 3, 0]], None, [2, 1], [[8, -2], [-2, 2]]),
        ([[np.nan, 1, 3]], [0, 1, 1], [2], [[1]]),  # what does not count may be anything
        ([[np.inf, 1, 3], [0, 0, 0]], [0, 1, 1], [2, 0], [[1, 0], [0, 0]]),
        ([[np.nan, 1], [2, 4]], None, [np.nan, 3], [[np.nan, np.nan], [np.nan, 1]]),
        ([[1, 2]], [0, 0], [np.nan], [[np.nan]]),
        ([[]], None, [np.nan], [[np.nan]]),
        ([[1e6, 1e6 + 1]], None, [1e6 + 0.5], [[0.25]]),
        ([[1e-20, 3e-20]], None, [2e-20], [[1e-40]]),  # a product that is subnormal
    ],
)
def test_moments_worked_by_hand(level: str, x: list, kept: list | None, mean: list, covariance: list) -> None:
    got = native(level).moments(F32(x), None if kept is None else np.array(kept, bool))
    np.testing.assert_allclose(got[0], mean, rtol=1e-7)
    np.testing.assert_allclose(got[1], covariance, rtol=1e-5, atol=1e-12)


def test_random_vectors_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(501)
    for _ in range(budget.count(test=200, nightly=20_000, release=200_000)):
        x, kept = random_case(rng)
        x = misaligned(x, int(rng.integers(0, 16)))
        mean, covariance = twin.moments(x, kept)
        off_mean, off = allowed(x, kept, np.nan_to_num(covariance))
        for level in LEVELS:
            got = native(level).moments(x, kept)
            np.testing.assert_array_equal(got[1], got[1].T)
            for ours, wanted, most in zip(got, (mean, covariance), (off_mean, off), strict=True):
                assert (np.isnan(ours) == np.isnan(wanted)).all(), (level, x.shape)
                assert (np.nan_to_num(np.abs(ours - wanted)) <= most).all(), (level, x.shape)


@each_level
def test_thread_counts_agree_bit_for_bit(level: str) -> None:
    rng, module = np.random.default_rng(13), native(level)
    x, kept = rng.normal(size=(5, 9_000)).astype(F32), rng.random(9_000) < 0.7
    alone = module.moments(x, kept)
    for count in (2, 3):
        with threads(module, count):
            for one, other in zip(alone, module.moments(x, kept), strict=True):
                np.testing.assert_array_equal(one, other)


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(14), native(level)
    rooms = Guarded(), Guarded()
    for count in [*range(1, 40), 63, 64, 65, 255, 256, 257, 513]:
        x, kept = rng.normal(size=(int(rng.integers(1, 12)), count)).astype(F32), rng.random(count) < 0.8
        inside = [room.copy(array, at_end=at_end) for room, array in zip(rooms, (x, kept), strict=True)]
        for one, other in zip(module.moments(x, kept), module.moments(*inside), strict=True):
            np.testing.assert_array_equal(one, other)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    call, x = native(level).moments, np.zeros((3, 8), F32)
    for wrong in (x.astype(float), [[1.0]], None):
        with pytest.raises(TypeError, match=r"x: found .*, expected float32"):
            call(wrong, None)
    with pytest.raises(ValueError, match=r"x: found .*expected .*\(D, N\)"):
        call(x[:, ::2], None)
    with pytest.raises(TypeError, match="kept: found uint8"):
        call(x, np.ones(8, np.uint8))
    with pytest.raises(ValueError, match=r"kept: found .*expected \(N,\) for x of shape"):
        call(x, np.ones(7, bool))

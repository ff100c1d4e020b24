"""Autocorrelation of planes together: hand-worked cases, the definition at every level, memory, threads, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import reference_fourier as reference
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads

F32 = np.float32
UNIT = 2.0**-24


@each_level
@pytest.mark.parametrize(
    ("planes", "shape", "expected"),
    [
        ([[[3]]], (1, 1), [[9]]),
        ([[[1, 2]]], (1, 4), [[5, 2, 0, 2]]),
        ([[[1, 2]]], (1, 2), [[5, 4]]),  # not continued: shifts to either side come together
        ([[[1], [2]]], (4, 1), [[5], [2], [0]]),
        ([[[1, 2]], [[2, -1]]], (1, 4), [[10, 0, 0, 0]]),
        ([[[1, 0], [0, 1]]], (4, 4), [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]),  # down to the right
        ([[[0, 1], [1, 0]]], (4, 4), [[2, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]),  # down to the left
        ([[[1, 2, 3]]], (3, 5), [[14, 8, 3, 3, 8], [0, 0, 0, 0, 0]]),
    ],
)
def test_worked_by_hand(level: str, planes: list, shape: tuple[int, int], expected: list) -> None:
    got = native(level).autocorrelation(F32(planes), shape, None, None)
    assert got.dtype == F32
    np.testing.assert_allclose(got, expected, atol=1e-5)


@each_level
def test_a_gain_of_the_mean_alone(level: str) -> None:
    gain = np.zeros((2, 2), F32)
    gain[0, 0] = 1
    got = native(level).autocorrelation(F32([[[1, 2], [3, 4]]]), (2, 2), gain, None)
    np.testing.assert_allclose(got, np.full((2, 2), 25), rtol=1e-6)


def _case(rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int], np.ndarray | None]:
    size = tuple(int(side) for side in rng.choice([1, 2, 3, 5, 7, 8, 16, 17, 31, 33, 48], 2))
    more = [0 if rng.random() < 0.2 else int(rng.integers(0, 2 * side + 2)) for side in size]
    shape = size[0] + more[0], size[1] + more[1]
    planes = rng.normal(rng.normal(), 1, (int(rng.integers(1, 5)), *size)) * 10.0 ** rng.integers(-3, 4)
    gain = rng.random((shape[0], shape[1] // 2 + 1)).astype(F32) if rng.random() < 0.5 else None
    return planes.astype(F32), shape, gain


def test_the_definition(budget: Budget) -> None:
    """Error: that of a filter whose gain is the spectrum, a transform there and back; sides up to 146 may need the
    chirp, which counts seven times. Relative to the sum of squares, the largest value."""
    rng = np.random.default_rng(77)
    for _ in range(budget.count(test=60, nightly=5_000, release=50_000)):
        planes, shape, gain = _case(rng)
        expected = reference.autocorrelation(planes, shape, gain)
        steps = np.log2(shape[0]) + np.log2(shape[1]) + 1
        most = 7 * 3 * 8 * UNIT * steps * float((planes.astype(float) ** 2).sum())
        for level in LEVELS:
            got = native(level).autocorrelation(misaligned(planes, 3), shape, gain, None)
            assert got.shape == expected.shape
            assert np.abs(got - expected).max() <= most, (level, planes.shape, shape)


@each_level
def test_thread_counts_agree_bit_for_bit(level: str) -> None:
    rng, module = np.random.default_rng(5), native(level)
    planes, gain = rng.normal(size=(3, 50, 41)).astype(F32), rng.random((100, 42)).astype(F32)
    alone = module.autocorrelation(planes, (100, 83), gain, None)
    for count in (2, 3):
        with threads(module, count):
            np.testing.assert_array_equal(alone, module.autocorrelation(planes, (100, 83), gain, None))


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(14), native(level)
    rooms = [Guarded() for _ in range(3)]
    for _ in range(40):
        planes, shape, gain = _case(rng)
        gain = np.ones((shape[0], shape[1] // 2 + 1), F32) if gain is None else gain
        expected = module.autocorrelation(planes, shape, gain, None)
        given = planes, gain, 0 * expected
        inside = [room.copy(array, at_end=at_end) for room, array in zip(rooms, given, strict=True)]
        module.autocorrelation(inside[0], shape, inside[1], inside[2])
        np.testing.assert_array_equal(inside[2], expected)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    call, planes = native(level).autocorrelation, np.zeros((2, 3, 4), F32)
    with pytest.raises(TypeError, match="planes: found float64"):
        call(planes.astype(float), (6, 8), None, None)
    for wrong in (planes[0], planes[:0], planes[:, :, ::2]):
        with pytest.raises(ValueError, match="planes: found"):
            call(wrong, (6, 8), None, None)
    with pytest.raises(TypeError, match="shape: found"):
        call(planes, 6, None, None)
    for small in ((2, 8), (6, 3)):
        with pytest.raises(ValueError, match=r"shape: found .*not less than a plane's \(3, 4\)"):
            call(planes, small, None, None)
    with pytest.raises(ValueError, match=r"gain: found .*\(H, W // 2 \+ 1\) = \(6, 5\)"):
        call(planes, (6, 8), np.ones((6, 4), F32), None)
    with pytest.raises(ValueError, match="out: found"):
        call(planes, (6, 8), None, np.zeros((3, 8), F32))

"""Sums that tell how far a reference cell must move, at every level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_cells as twin
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length
from kernels.test_cell_deviations import X, Y, grid_for

F32 = np.float32
WAVE = np.sin(np.arange(16, dtype=F32) * F32(2 * np.pi / 16))[None]


def random_case(rng: np.random.Generator, most: int = 40) -> tuple[Any, ...]:
    shape = ugly_length(rng, least=1, most=most), ugly_length(rng, least=1, most=most)
    median = rng.normal(size=(rng.integers(1, 20), rng.integers(1, 20))).astype(F32)
    step_px = int(rng.choice([2, 3, 5, 16, 17, 44]))
    turn = rng.normal(0, 0.7, (2, 3))
    turn[:, 2] += rng.normal(0, 500)
    shifts = grid_for(shape, step_px)
    shifts += rng.normal(0, 1, shifts.shape)
    how = int(rng.choice([1, 1, 2, 3, 7])), float(step_px * rng.uniform(0.3, 2)), float(rng.uniform(1, 6))
    return rng.normal(size=shape).astype(F32), median, turn[0].tolist(), turn[1].tolist(), shifts, step_px, *how


@each_level
@pytest.mark.parametrize(("moved", "times", "every"), [(1, 1, 1), (-2, 1, 1), (2, 6, 1), (1, 1, 2), (1, 1, 5)])
def test_a_shifted_wave_is_brought_back(level: str, moved: int, times: int, every: int) -> None:
    """Steps of Gauss and Newton on a sine: the first is right to a seventh, the sixth to a hundredth or two."""
    image, shifts = np.tile(np.roll(WAVE, moved, axis=1), (64, 4)), grid_for((64, 64), 16)
    for _ in range(times):
        sums = native(level).cell_motion(image, WAVE, X, Y, shifts, 16, every, 12.0, 9.0, None)
        shifts[..., 0] -= sums[3] / sums[0]
    np.testing.assert_allclose(shifts[..., 0], moved, rtol=0.15 if times == 1 else 0.03)
    assert (sums[[1, 2, 4]] == 0).all()  # it does not change down the columns


@each_level
def test_sums_worked_by_hand(level: str) -> None:
    """A ramp that steps back: every sample but two has a slope of 1, and e is what was added."""
    ramp = np.arange(6, dtype=F32).reshape(6, 1)
    image = ramp + F32([[0.5, 0.5, -0.5]])
    sums = native(level).cell_motion(image[2:4], ramp, X, (0, 1, 2), grid_for((2, 3), 4), 4, 1, 100.0, 50.0, None)
    np.testing.assert_allclose(sums[2], 1, atol=1e-5)  # b b: the mean over a window of sum 1
    np.testing.assert_allclose(sums[4], 0.5 / 3, atol=1e-3)  # b e
    assert (sums[[0, 1, 3]] == 0).all()


@each_level
def test_what_deviates_pulls_no_harder_than_the_clip(level: str) -> None:
    ramp = np.arange(64, dtype=F32).reshape(64, 1)
    image = np.tile(ramp, (1, 64)) + F32(0.5)
    args = ramp, X, Y, grid_for(image.shape, 16), 16, 1, 2.0  # no window reaches where the ramp steps back
    usual = native(level).cell_motion(image, *args, 2.0, None)[4, 2, 2]
    image[20:24, 20:28] += 1000
    hit = native(level).cell_motion(image, *args, 2.0, None)[4, 2, 2]
    assert usual == pytest.approx(0.5, rel=1e-4)
    assert usual < hit < usual + 0.5  # each pixel counts 1.0 at most


def test_random_patterns_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(241)
    cases, worst = budget.count(test=25, nightly=2_000, release=20_000), 0.0
    for _ in range(cases):
        image, *rest = random_case(rng)
        image = misaligned(image, int(rng.integers(0, 16)))
        expected = twin.cell_motion(image, *rest)
        scale = 1 + np.abs(expected).max(axis=(1, 2), keepdims=True)
        for level in LEVELS:
            got = native(level).cell_motion(image, *rest, None)
            error = float((np.abs(got - expected) / scale).max())
            assert error < 2e-3, (level, image.shape, rest[-4:])
            worst = max(worst, error)
    print(f"cell_motion: {cases} cases, levels {LEVELS}, worst error {worst:.1e}")


@each_level
def test_images_without_a_sample_give_zeros(level: str) -> None:
    for shape in ((1, 9), (9, 1), (0, 5), (1, 1)):
        image = np.ones(shape, F32)
        sums = native(level).cell_motion(image, WAVE, X, Y, grid_for(shape, 4), 4, 8, 3.0, 3.0, None)
        assert (sums == 0).all()


@each_level
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, -1e30])
def test_absurd_shifts_and_pixels_read_nothing_outside(level: str, value: float) -> None:
    image, shifts = np.zeros((30, 50), F32), grid_for((30, 50), 4)
    shifts[1, 2:5] = value
    native(level).cell_motion(image, WAVE, X, Y, shifts, 4, 1, 3.0, 3.0, None)
    image[3, 4] = value
    native(level).cell_motion(image, WAVE, X, Y, shifts, 4, 1, 3.0, 3.0, None)


@each_level
def test_thread_counts_agree_bit_for_bit(level: str, budget: Budget) -> None:
    rng, module = np.random.default_rng(25), native(level)
    for _ in range(budget.count(test=15, nightly=100, release=1_000)):
        case = random_case(rng, most=150)
        alone = module.cell_motion(*case, None)
        for count in (2, 3, 5):
            with threads(module, count):
                np.testing.assert_array_equal(alone, module.cell_motion(*case, None))


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(26), native(level)
    rooms = [Guarded() for _ in range(4)]
    for _ in range(25):
        image, median, across, along, shifts, *how = random_case(rng)
        expected = module.cell_motion(image, median, across, along, shifts, *how, None)
        given = (image, median, shifts, 0 * expected)
        at = [room.copy(array, at_end=at_end) for room, array in zip(rooms, given, strict=True)]
        module.cell_motion(*at[:2], across, along, at[2], *how, at[3])
        np.testing.assert_array_equal(at[3], expected)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    call, image, shifts = native(level).cell_motion, np.zeros((8, 9), F32), grid_for((8, 9), 4)
    with pytest.raises(TypeError, match=r"image: found .*, expected float32"):
        call(image.astype(float), WAVE, X, Y, shifts, 4, 1, 3.0, 3.0, None)
    with pytest.raises(ValueError, match=r"median: found .*expected 1 to 4,194,304 samples"):
        call(image, WAVE[:0], X, Y, shifts, 4, 1, 3.0, 3.0, None)
    with pytest.raises(ValueError, match=r"across: found"):
        call(image, WAVE, (1, 2), Y, shifts, 4, 1, 3.0, 3.0, None)
    with pytest.raises(ValueError, match=r"shifts: found"):
        call(image, WAVE, X, Y, shifts[:-1].copy(), 4, 1, 3.0, 3.0, None)
    for every in (0, -1, 1 << 40):
        with pytest.raises(ValueError, match=r"every: found .*expected 1 to 1048576"):
            call(image, WAVE, X, Y, shifts, 4, every, 3.0, 3.0, None)
    for wrong in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match=r"sigma_px: found"):
            call(image, WAVE, X, Y, shifts, 4, 1, wrong, 3.0, None)
        with pytest.raises(ValueError, match=r"clip: found"):
            call(image, WAVE, X, Y, shifts, 4, 1, 3.0, wrong, None)
    with pytest.raises(ValueError, match="out: found"):
        call(image, WAVE, X, Y, shifts, 4, 1, 3.0, 3.0, np.zeros((5, 2, 2), F32))

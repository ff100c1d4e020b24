"""A repeated pattern against its usual cell, at every level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_cells as twin
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

F32 = np.float32
X, Y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def grid_for(shape: tuple[int, ...], step_px: int) -> np.ndarray:
    """The smallest grid of no shift that covers an image."""
    rows, columns = ((2 * size + step_px - 1) // step_px // 2 + 2 for size in shape)
    return np.zeros((rows, columns, 2), F32)


def random_case(rng: np.random.Generator, most: int = 40) -> tuple[Any, ...]:
    shape = ugly_length(rng, least=1, most=most), ugly_length(rng, least=1, most=most)
    median = rng.normal(size=(rng.integers(1, 30), rng.integers(1, 30))).astype(F32)
    inverse = rng.uniform(0.5, 2, median.shape).astype(F32)
    step_px = int(rng.choice([2, 3, 5, 16, 17, 44]))
    turn = rng.normal(0, 0.7, (2, 3)) * rng.choice([1, 1, 1, 5])
    turn[:, 2] += rng.normal(0, 500)
    shifts = grid_for(shape, step_px)
    shifts += rng.normal(0, 1, shifts.shape)
    image = rng.normal(size=shape).astype(F32)
    return image, median, inverse, turn[0].tolist(), turn[1].tolist(), shifts, step_px


@each_level
@pytest.mark.parametrize(
    ("image", "median", "inverse", "across", "expected"),
    [
        ([[5, 7, 5, 8]], [[5, 7]], [[1, 1]], X, [[0, 0, 0, 1]]),
        ([[5, 7, 5, 8]], [[5, 7]], [[1, 3]], X, [[0, 0, 0, 3]]),  # over the spread of its own sample
        ([[5, 7, 5]], [[5, 7]], [[1, 1]], (1, 0, 1), [[-2, 2, -2]]),  # begins at the second sample
        ([[5, 7, 5]], [[5, 7]], [[1, 1]], (1, 0, -1), [[-2, 2, -2]]),
        ([[6, 6]], [[5, 7]], [[2, 2]], (1, 0, 0.5), [[0, 0]]),  # half-way between them
        ([[5, 6]], [[5, 7]], [[2, 2]], (0.5, 0, 0), [[0, 0]]),
        ([[5, 5, 5]], [[5, 7]], [[1, 1]], (2, 0, 0), [[0, 0, 0]]),
        ([[0, 1, 2, 3, 0]], [[0, 1, 2, 3]], [[1] * 4], X, [[0, 0, 0, 0, 0]]),
        ([[0, 3, 2, 1]], [[0, 1, 2, 3]], [[1] * 4], (-1, 0, 0), [[0, 0, 0, 0]]),  # backwards
        ([[9], [9]], [[4], [5]], [[1], [1]], X, [[5], [4]]),
        ([[9], [9]], [[4]], [[0.5]], X, [[2.5], [2.5]]),
        ([[0.75]], [[0, 1, 0, 0]], [[1] * 4], (1, 0, 0.75), [[0]]),
        ([[1, 1]], [[0, 1]], [[0, 0]], X, [[0, 0]]),
    ],
)
def test_deviations_worked_by_hand(
    level: str, image: list, median: list, inverse: list, across: tuple, expected: list
) -> None:
    given = np.array(image, F32), np.array(median, F32), np.array(inverse, F32)
    got = native(level).cell_deviations(*given, across, Y, grid_for(given[0].shape, 4), 4, None)
    assert got.dtype == F32
    np.testing.assert_allclose(got, expected, atol=1e-6)


@each_level
@pytest.mark.parametrize("step_px", [4, 5])
def test_shifts_are_linear_between_the_points_of_the_grid(level: str, step_px: int) -> None:
    width = 12
    shifts = grid_for((1, width), step_px)
    columns = (np.arange(shifts.shape[1]) - 0.5) * step_px - 0.5
    shifts[..., 0] = 0.5 * columns  # so that sample 0.5 x is left
    ramp = np.arange(16, dtype=F32)[None]
    got = native(level).cell_deviations(
        np.zeros((1, width), F32), ramp, np.ones_like(ramp), X, Y, shifts, step_px, None
    )
    np.testing.assert_allclose(got[0], -0.5 * np.arange(width), atol=1e-5)


def test_random_patterns_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(231)
    cases, worst = budget.count(test=60, nightly=5_000, release=50_000), 0.0
    for _ in range(cases):
        image, *rest = random_case(rng)
        image = misaligned(image, int(rng.integers(0, 16)))
        expected = twin.cell_deviations(image, *rest)
        even = [rest[0], np.full_like(rest[1], 0.5), *rest[2:]]  # then each pixel has one answer
        expected_even = twin.cell_deviations(image, *even)
        for level in LEVELS:
            got = native(level).cell_deviations(image, *even, None)
            np.testing.assert_allclose(got, expected_even, rtol=2e-3, atol=2e-3)
            got = native(level).cell_deviations(image, *rest, None)
            # Half-way between samples the spread may be that of either: not more than one place in a hundred.
            error = np.abs(got - expected) / (1 + np.abs(expected))
            assert np.quantile(error, 0.98, method="lower") < 2e-3, (level, image.shape, rest[-1])
            worst = max(worst, float(np.quantile(error, 0.98, method="lower")))
    print(f"cell_deviations: {cases} cases, levels {LEVELS}, worst relative error {worst:.1e}")


@each_level
def test_far_along_a_strip_places_stay_exact(level: str) -> None:
    rng = np.random.default_rng(5)
    cell = rng.normal(size=(20, 16)).astype(F32)
    far = 1_000_000 * 16.0
    image = np.tile(cell, (2, 40))
    got = native(level).cell_deviations(
        image, cell, np.ones_like(cell), (1, 0, far), Y, grid_for(image.shape, 44), 44, None
    )
    np.testing.assert_allclose(got, 0, atol=1e-4)


@each_level
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, -1e30])
def test_absurd_shifts_read_nothing_outside(level: str, value: float) -> None:
    cell, image = np.ones((3, 5), F32), np.zeros((9, 50), F32)
    shifts = grid_for(image.shape, 4)
    shifts[1, 2:5] = value
    got = native(level).cell_deviations(image, cell, cell, X, Y, shifts, 4, None)
    np.testing.assert_array_equal(got[np.isfinite(got)], -1)


@each_level
def test_nan_in_the_image_goes_through(level: str) -> None:
    image, cell = np.zeros((5, 9), F32), np.ones((2, 3), F32)
    image[3, 4] = np.nan
    got = native(level).cell_deviations(image, cell, cell, X, Y, grid_for(image.shape, 2), 2, None)
    assert np.argwhere(np.isnan(got)).tolist() == [[3, 4]]


@each_level
def test_thread_counts_agree_bit_for_bit(level: str, budget: Budget) -> None:
    rng, module = np.random.default_rng(25), native(level)
    for _ in range(budget.count(test=30, nightly=100, release=1_000)):
        case = random_case(rng, most=150)
        alone = module.cell_deviations(*case, None)
        for count in (2, 3, 5):
            with threads(module, count):
                np.testing.assert_array_equal(alone, module.cell_deviations(*case, None))


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(26), native(level)
    rooms = [Guarded() for _ in range(5)]
    for _ in range(40):
        image, median, inverse, across, along, shifts, step_px = random_case(rng)
        expected = module.cell_deviations(image, median, inverse, across, along, shifts, step_px, None)
        given = (image, median, inverse, shifts, 0 * expected)
        at = [room.copy(array, at_end=at_end) for room, array in zip(rooms, given, strict=True)]
        module.cell_deviations(*at[:3], across, along, at[3], step_px, at[4])
        np.testing.assert_array_equal(at[4], expected)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    call, image, cell = native(level).cell_deviations, np.zeros((8, 9), F32), np.ones((3, 4), F32)
    shifts = grid_for(image.shape, 4)
    for wrong in (image.astype(float), [[1.0]], None):
        with pytest.raises(TypeError, match=r"image: found .*, expected float32"):
            call(wrong, cell, cell, X, Y, shifts, 4, None)
    with pytest.raises(ValueError, match=r"inverse_spread: found .*expected the shape of median"):
        call(image, cell, cell[:2], X, Y, shifts, 4, None)
    with pytest.raises(ValueError, match=r"median: found .*expected 1 to 4,194,304 samples"):
        call(image, cell[:0], cell[:0], X, Y, shifts, 4, None)
    for wrong in ((1, 2), 3, None, (1, 2, 3, 4), (1e10, 0, 0), (float("inf"), 0, 0), (float("nan"), 0, 0)):
        with pytest.raises(ValueError, match=r"across: found"):
            call(image, cell, cell, wrong, Y, shifts, 4, None)
    with pytest.raises(TypeError, match=r"along: found"):
        call(image, cell, cell, X, ("a", 0, 0), shifts, 4, None)
    for wrong in (shifts[:-1], shifts[:, :1], np.zeros((9, 9, 3), F32), np.zeros((0, 0, 2), F32)):
        with pytest.raises(ValueError, match=r"shifts: found"):
            call(image, cell, cell, X, Y, np.ascontiguousarray(wrong), 4, None)
    for step_px in (0, 1, -4, 1 << 40):
        with pytest.raises(ValueError, match=r"step_px: found .*expected 2 to 1048576"):
            call(image, cell, cell, X, Y, shifts, step_px, None)
    with pytest.raises(ValueError, match="out: found"):
        call(image, cell, cell, X, Y, shifts, 4, np.zeros((8, 8), F32))
    with pytest.raises(ValueError, match="shared with an input"):
        call(image, cell, cell, X, Y, shifts, 4, image)

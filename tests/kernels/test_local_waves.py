"""Fourier coefficients around the points of a grid, at every level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_cells as twin
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

F32 = np.float32


def random_case(rng: np.random.Generator, most: int = 60) -> tuple[Any, ...]:
    shape = ugly_length(rng, least=1, most=most), ugly_length(rng, least=1, most=most)
    step_px = int(rng.choice([1, 2, 3, 8, 17, 44]))
    frequencies = [tuple(pair) for pair in rng.uniform(-0.5, 0.5, (rng.integers(1, 5), 2)).tolist()]
    grid = tuple(int(rng.integers(1, 2 + -(-size // step_px))) for size in shape)
    return rng.normal(size=shape).astype(F32), frequencies, step_px, float(step_px * rng.uniform(0.3, 2)), grid


@each_level
@pytest.mark.parametrize(
    ("frequency", "expected"),
    [((0.0, 0.0), 3), ((0.5, 0.0), 0), ((0.0, 0.5), 0), ((1.0, 2.0), 3)],  # whole turns a pixel are none
)
def test_a_constant_is_frequency_0(level: str, frequency: tuple[float, float], expected: float) -> None:
    got = native(level).local_waves(np.full((80, 90), 3, F32), [frequency], 10, 6.0, (8, 9), None)
    assert got.shape == (1, 8, 9)
    np.testing.assert_allclose(got[0, 3:5, 3:6], expected, atol=1e-5)  # windows that lie inside


@each_level
def test_one_pixel_has_its_weight_and_phase(level: str) -> None:
    image = np.zeros((1, 5), F32)
    image[0, 3] = 2
    got = native(level).local_waves(image, [(0.25, 0.4)], 4, 1.0, (1, 1), None)  # the point lies at x = 1.5
    weights = np.exp(-0.5 * (np.arange(5) - 1.5) ** 2)
    np.testing.assert_allclose(got[0, 0, 0], 2 * weights[3] / weights.sum() * 1j, rtol=1e-5, atol=1e-7)


@each_level
def test_a_point_far_outside_has_no_pixels(level: str) -> None:
    got = native(level).local_waves(np.ones((4, 4), F32), [(0.0, 0.0)], 50, 2.0, (1, 3), None)
    assert (got == 0).all()


def test_random_images_against_the_twin(budget: Budget) -> None:
    """Products and sums of up to 60 x 60 values, weights and waves rounded: each 2^-24 of the largest value."""
    rng = np.random.default_rng(91)
    for _ in range(budget.count(test=60, nightly=3_000, release=30_000)):
        image, *rest = random_case(rng)
        image = misaligned(image, int(rng.integers(0, 16)))
        expected = twin.local_waves(image, *rest)
        most = (sum(image.shape) + 12) * 2.0**-24 * np.abs(image).max()
        for level in LEVELS:
            got = native(level).local_waves(image, *rest, None)
            assert np.abs(got - expected).max() <= most, (level, image.shape, rest)


@each_level
def test_thread_counts_agree_bit_for_bit(level: str, budget: Budget) -> None:
    rng, module = np.random.default_rng(25), native(level)
    for _ in range(budget.count(test=10, nightly=100, release=1_000)):
        case = random_case(rng, most=300)
        alone = module.local_waves(*case, None)
        for count in (2, 3):
            with threads(module, count):
                np.testing.assert_array_equal(alone, module.local_waves(*case, None))


@each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, at_end: bool) -> None:
    rng, module = np.random.default_rng(26), native(level)
    rooms = Guarded(), Guarded()
    for _ in range(25):
        image, *how = random_case(rng)
        expected = module.local_waves(image, *how, None)
        given, out = (room.copy(a, at_end=at_end) for room, a in zip(rooms, (image, 0 * expected), strict=True))
        module.local_waves(given, *how, out)
        np.testing.assert_array_equal(out, expected)


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    call, image = native(level).local_waves, np.zeros((8, 9), F32)
    with pytest.raises(TypeError, match=r"image: found .*, expected float32"):
        call(image.astype(float), [(0.1, 0.1)], 4, 3.0, (2, 2), None)
    for wrong in ([], [(0.1, 0.2)] * 65, [(0.1,)], [0.1, 0.2], [(0.1, np.inf)]):
        with pytest.raises(ValueError, match=r"frequencies: found"):
            call(image, wrong, 4, 3.0, (2, 2), None)
    with pytest.raises(ValueError, match=r"frequencies: found nan"):
        call(image, [(np.nan, 0.0)], 4, 3.0, (2, 2), None)
    with pytest.raises(TypeError, match=r"frequencies: found"):
        call(image, 0.5, 4, 3.0, (2, 2), None)
    for step in (0, -1, 1 << 40):
        with pytest.raises(ValueError, match=r"step_px: found"):
            call(image, [(0.1, 0.1)], step, 3.0, (2, 2), None)
    with pytest.raises(ValueError, match=r"sigma_px: found"):
        call(image, [(0.1, 0.1)], 4, 0.0, (2, 2), None)
    for shape in ((0, 2), (2, 1 << 21)):
        with pytest.raises(ValueError, match=r"shape"):
            call(image, [(0.1, 0.1)], 4, 3.0, shape, None)
    with pytest.raises(ValueError, match="out: found"):
        call(image, [(0.1, 0.1)], 4, 3.0, (2, 2), np.zeros((1, 2, 3), np.complex64))

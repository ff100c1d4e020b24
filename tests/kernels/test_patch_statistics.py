"""Patch deviations and defect zone localisation, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import reference
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

U8, F32 = np.uint8, np.float32


def random_image(rng: np.random.Generator, dtype: type, shape: tuple[int, int] | None = None) -> np.ndarray:
    shape = shape or (ugly_length(rng), ugly_length(rng))
    if dtype == U8:
        return rng.integers(0, 256, shape).astype(U8)
    scale, offset = 10.0 ** rng.integers(-3, 4), rng.normal()
    return (scale * (rng.random(shape) + offset)).astype(F32)


def deviation_bound(image: np.ndarray, patch_px: int) -> float:
    """uint8: the one rounding to float32 (and that of the unit). float32: rounding of the mean and the sums."""
    if not image.size:
        return 0.0
    largest = float(np.abs(reference.in_unit_range(image)).max())
    return 2.0**-24 if image.dtype == U8 else 4 * 2.0**-24 * largest


@each_level
@pytest.mark.parametrize(
    ("pixels", "patch_px", "expected"),
    [
        ([[0, 255]], 2, [[0.5]]),
        ([[0, 255]], 1, [[0.0, 0.0]]),
        ([[7]], 16, [[0.0]]),
        ([[0, 0, 51], [0, 0, 51]], 2, [[0.0, 0.0]]),
        ([[0, 0, 51], [0, 0, 0]], 2, [[0.0, 0.1]]),
        ([[0, 51, 102]], 3, [[0.2 * (2 / 3) ** 0.5]]),
        ([[255] * 40], 16, [[0.0, 0.0, 0.0]]),
        ([[0] * 8 + [255] * 8] * 16, 16, [[0.5]]),
        ([[0] * 8 + [255] * 8] * 8, 8, [[0.0, 0.0]]),
        ([[0] * 16] * 8 + [[255] * 16] * 8, 16, [[0.5]]),
        ([[0] * 15 + [255]] * 1, 16, [[15**0.5 / 16]]),
        ([[0], [0], [0], [255]], 4, [[3**0.5 / 4]]),
    ],
)
@pytest.mark.parametrize("dtype", [U8, F32])
def test_deviations_worked_by_hand(
    level: str, dtype: type, pixels: list[list[int]], patch_px: int, expected: list[list[float]]
) -> None:
    image = np.array(pixels, U8) if dtype == U8 else (np.array(pixels) / 255).astype(F32)
    got = native(level).patch_std(image, patch_px, None)
    assert got.dtype == F32
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-7)


@each_level
@pytest.mark.parametrize("dtype", [U8, F32])
def test_zones_worked_by_hand(level: str, dtype: type) -> None:
    # One of three patches has deviation 0.5, the others 0: mean 1/6, std sqrt(2)/6, z = sqrt(2), -1/sqrt(2).
    image = np.zeros((2, 6), U8)
    image[:, 2] = 255
    image = image if dtype == U8 else (image / 255).astype(F32)
    module = native(level)
    z = module.dzl_map(image, 2, None)
    np.testing.assert_allclose(z[0], np.repeat([-(0.5**0.5), 2**0.5, -(0.5**0.5)], 2), atol=1e-6)
    np.testing.assert_array_equal(z[0], z[1])
    marked = np.array([False, False, True, True, False, False])
    # Default threshold std(sigma) = 0.2357 lies between; so do the others but the last two.
    for threshold in (None, 0.0, 1.41):
        np.testing.assert_array_equal(module.dzl(image, 2, threshold, None)[1], marked)
    assert not module.dzl(image, 2, 1.42, None).any()
    assert module.dzl(image, 2, -0.8, None).all()


@each_level
@pytest.mark.parametrize("dtype", [U8, F32])
@pytest.mark.parametrize("value", [0, 1, 77, 255])
def test_flat_images_are_dull_everywhere(level: str, dtype: type, value: int) -> None:
    image = np.full((37, 45), value, U8) if dtype == U8 else np.full((37, 45), value / 255, F32)
    module = native(level)
    for patch_px in (1, 5, 8, 16, 100):
        assert (module.patch_std(image, patch_px, None) == 0).all()
        assert (module.dzl_map(image, patch_px, None) == 0).all()
        assert not module.dzl(image, patch_px, None, None).any()


@each_level
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_a_patch_that_cannot_be_judged_is_marked_and_alone(level: str, poison: float) -> None:
    image = random_image(np.random.default_rng(3), F32, (40, 56))
    clean = image.copy()
    image[17, 20] = poison
    module = native(level)
    deviation = module.patch_std(image, 8, None)
    assert np.argwhere(np.isnan(deviation)).tolist() == [[2, 2]]
    keep = ~np.isnan(deviation)
    np.testing.assert_array_equal(deviation[keep], module.patch_std(clean, 8, None)[keep])
    z = module.dzl_map(image, 8, None)
    np.testing.assert_allclose(z, reference.dzl_map(image, 8), atol=1e-4)
    assert np.isnan(z[16:24, 16:24]).all()
    assert np.isnan(z).sum() == 64
    assert module.dzl(image, 8, 1e30, None).sum() == 64


def test_random_images_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(101)
    worst = {U8: 0.0, F32: 0.0}
    cases = budget.count(test=1_000, nightly=100_000, release=1_000_000)
    for _ in range(cases):
        dtype = U8 if rng.random() < 0.5 else F32
        patch_px = int(rng.choice([1, 2, 3, 5, 7, 8, 12, 16, 17, 24, 31, 32, 40, 64, 200]))
        image = misaligned(random_image(rng, dtype), int(rng.integers(0, 16)))
        expected = reference.patch_std(image, patch_px)
        bound = deviation_bound(image, patch_px)
        for level in LEVELS:
            got = native(level).patch_std(image, patch_px, None)
            assert got.shape == expected.shape
            if got.size:
                error = np.abs(got - expected).max()
                assert error <= bound, (level, dtype, image.shape, patch_px, error, bound)
                worst[dtype] = max(worst[dtype], error / bound if bound else 0.0)
    print(f"patch_std: {cases} cases, levels {LEVELS}, worst error / bound: {worst}")


def test_random_zones_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(102)
    cases = budget.count(test=300, nightly=30_000, release=300_000)
    for _ in range(cases):
        patch_px = int(rng.integers(1, 40))
        image = random_image(rng, U8)
        expected = reference.dzl_map(image, patch_px)
        deviation, threshold = reference.z_scores(reference.patch_std(image, patch_px))
        clear = not image.size or np.abs(deviation - threshold).min() > 1e-5
        for level in LEVELS:
            got = native(level).dzl_map(image, patch_px, None)
            np.testing.assert_allclose(got, expected, atol=2e-5)
            if clear:
                mask = native(level).dzl(image, patch_px, None, None)
                np.testing.assert_array_equal(mask, reference.dzl(image, patch_px))


@pytest.mark.parametrize("patch_px", [1, 3, 8, 16, 24, 4096])
def test_u8_is_equal_at_all_levels(patch_px: int) -> None:
    image = random_image(np.random.default_rng(5), U8, (131, 517))
    first, *others = [native(level) for level in LEVELS]
    for other in others:
        np.testing.assert_array_equal(first.patch_std(image, patch_px, None), other.patch_std(image, patch_px, None))
        np.testing.assert_array_equal(first.dzl_map(image, patch_px, None), other.dzl_map(image, patch_px, None))


@each_level
@pytest.mark.parametrize("patch_px", [181, 182, 200, 255, 256, 257, 300, 362, 363])
def test_sums_of_bright_patches_of_any_side_are_exact(level: str, patch_px: int) -> None:
    """Up to 2^15 pixels 32 bits hold the sum of squares; 181 x 181 and 128 x 256 are the largest of their kind."""
    rng = np.random.default_rng(patch_px)
    for height in (patch_px, 128):
        image = np.full((height, 2 * patch_px + 3), 255, U8)
        image[rng.random(image.shape) < 0.001] = 0
        got = native(level).patch_std(image, patch_px, None)
        np.testing.assert_allclose(got, reference.patch_std(image, patch_px), rtol=0, atol=2.0**-24)


@each_level
def test_sums_of_a_large_bright_patch_are_exact(level: str) -> None:
    image = np.full((5000, 4200), 255, U8)
    image[0, 0] = 0
    n = image.size
    got = native(level).patch_std(image, 5000, None)
    np.testing.assert_allclose(got, [[(n - 1) ** 0.5 / n]], rtol=1e-6)


@each_level
@pytest.mark.parametrize("dtype", [U8, F32])
def test_thread_counts_agree_bit_for_bit(level: str, dtype: type, budget: Budget) -> None:
    rng = np.random.default_rng(6)
    module = native(level)
    for _ in range(budget.count(test=20, nightly=100, release=1_000)):
        image = random_image(rng, dtype, (int(rng.integers(1, 300)), int(rng.integers(1, 300))))
        patch_px = int(rng.integers(1, 40))
        alone = module.dzl_map(image, patch_px, None), module.dzl(image, patch_px, None, None)
        for count in (2, 3, 5):
            with threads(module, count):
                np.testing.assert_array_equal(alone[0], module.dzl_map(image, patch_px, None))
                np.testing.assert_array_equal(alone[1], module.dzl(image, patch_px, None, None))


@each_level
@pytest.mark.parametrize("dtype", [U8, F32])
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, dtype: type, at_end: bool) -> None:
    rng = np.random.default_rng(7)
    room, room_out, room_small, module = Guarded(), Guarded(), Guarded(), native(level)
    for width in [*range(1, 70), 127, 128, 129, 257]:
        height, patch_px = int(rng.integers(1, 20)), int(rng.choice([1, 3, 8, 16, 24, 33]))
        image = random_image(rng, dtype, (height, width))
        inside = room.copy(image, at_end=at_end)
        small = np.zeros((-(-height // patch_px), -(-width // patch_px)), F32)
        small = room_small.copy(small, at_end=at_end)
        module.patch_std(inside, patch_px, small)
        np.testing.assert_array_equal(small, module.patch_std(image, patch_px, None))
        grown = room_out.copy(np.zeros(image.shape, F32), at_end=at_end)
        np.testing.assert_array_equal(module.dzl_map(inside, patch_px, grown), module.dzl_map(image, patch_px, None))
        mask = room_out.copy(np.zeros(image.shape, bool), at_end=at_end)
        np.testing.assert_array_equal(module.dzl(inside, patch_px, None, mask), module.dzl(image, patch_px, None, None))


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    module, image = native(level), np.zeros((8, 8), U8)
    for wrong in (image.astype(float), image.astype(">f4"), image.astype(bool), [[1]], None):
        with pytest.raises(TypeError, match="image: found .*, expected uint8 or float32"):
            module.patch_std(wrong, 4, None)
    for wrong in (image[:, ::2], image.T[::-1], image[None], image[0], np.asfortranarray(image[:, :4])):
        with pytest.raises(ValueError, match=r"image: found .*expected .*\(H, W\); "):
            module.dzl_map(wrong, 4, None)
    for patch_px in (0, -1, 1 << 40):
        with pytest.raises(ValueError, match="patch_px: found"):
            module.dzl(image, patch_px, None, None)
    with pytest.raises(TypeError, match="patch_px: found 2.5"):
        module.patch_std(image, 2.5, None)
    with pytest.raises(ValueError, match="threshold: found nan"):
        module.dzl(image, 4, float("nan"), None)
    for out in (np.zeros((8, 8), F32), np.zeros((2, 4), F32)[:, ::2]):
        with pytest.raises(ValueError, match="out: found"):
            module.patch_std(image, 4, out)
    with pytest.raises(TypeError, match="out: found float64"):
        module.patch_std(image, 4, np.zeros((2, 2)))
    frozen = np.zeros((2, 2), F32)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        module.patch_std(image, 4, frozen)
    floats = np.zeros((1, 1), F32)
    with pytest.raises(ValueError, match="shared with an input"):
        module.patch_std(floats, 4, floats)

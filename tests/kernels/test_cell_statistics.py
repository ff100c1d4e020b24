"""Figures and mean colours of small cells, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import reference_statistics as twin
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

U8, F32 = np.uint8, np.float32
UNIT = 2.0**-24
CELLS = (*range(2, 36), 64)  # bytes in even cells up to 32 px are folded by halves, then by what odd number is left


def random_image(rng: np.random.Generator, dtype: type, channels: tuple[int, ...] = ()) -> np.ndarray:
    shape = (ugly_length(rng, least=1, most=90), ugly_length(rng, least=1, most=90), *channels)
    if dtype == U8:
        return rng.integers(0, 256, shape).astype(U8)
    return (10.0 ** rng.integers(-2, 3) * (rng.random(shape) + rng.normal())).astype(F32)


def bounds(image: np.ndarray, expected: np.ndarray, cell_px: int) -> np.ndarray:
    """Rounding of each pixel and difference carried through the squares, then of the sums over a cell."""
    largest = float(np.abs(twin.in_unit_range(image)).max())
    sums = (2 * cell_px + 4) * UNIT
    pixel = 2 * UNIT * largest
    out = np.empty_like(expected)
    out[0] = pixel + sums * largest
    for figure, error in ((1, pixel), (2, 4 * UNIT * largest), (3, 4 * UNIT * largest), (4, 32 * UNIT * largest)):
        mean = expected[figure]
        out[figure] = 2 * np.sqrt(mean) * error + error**2 + sums * mean
    out[5:] = pixel if image.dtype == U8 else 0.0
    return out


@each_level
@pytest.mark.parametrize(
    ("pixels", "cell_px", "expected"),
    [
        ([[255]], 2, [[1, 1, 0, 0, 0, 1, 1]]),
        ([[0, 255], [0, 255]], 2, [[0.5, 0.5, 0, 0, 4, 0, 1]]),
        ([[0], [255]], 2, [[0.5, 0.5, 0, 0, 4, 0, 1]]),
        ([[0, 255], [255, 0]], 2, [[0.5, 0.5, 0, 0, 16, 0, 1]]),
        ([[51] * 4] * 4, 4, [[0.2, 0.04, 0, 0, 0, 0.2, 0.2]]),
        ([[0, 0, 255, 255]] * 4, 4, [[0.5, 0.5, 0.125, 0, 0.5, 0, 1]]),
        ([[0] * 4] * 2 + [[255] * 4] * 2, 4, [[0.5, 0.5, 0, 0.125, 0.5, 0, 1]]),
        ([[0, 0, 0], [0, 255, 0], [0, 0, 0]], 3, [[1 / 9, 1 / 9, 0, 0, 32 / 9, 0, 1]]),
        ([[0, 0, 255, 255]] * 2, 2, [[0, 0, 0.125, 0, 0.5, 0, 0], [1, 1, 0.125, 0, 0.5, 1, 1]]),
        ([[0, 51, 102, 153]], 2, [[0.1, 0.02, 0.02, 0, 0.08, 0, 0.2], [0.5, 0.26, 0.02, 0, 0.08, 0.4, 0.6]]),
        # three columns: the fourth is the mirrored second, 0 0.2 0.4 0.2
        ([[0, 51, 102]], 2, [[0.1, 0.02, 0.02, 0, 0.08, 0, 0.2], [0.3, 0.1, 0, 0, 0.16, 0.2, 0.4]]),
        # 1 x 2 in a cell of 4: 0 1 0 1, every pixel between two of the other kind
        ([[0, 255]], 4, [[0.5, 0.5, 0, 0, 4, 0, 1]]),
    ],
)
@pytest.mark.parametrize("dtype", [U8, F32])
def test_figures_worked_by_hand(
    level: str, dtype: type, pixels: list[list[int]], cell_px: int, expected: list[list[float]]
) -> None:
    image = np.array(pixels, U8) if dtype == U8 else (np.array(pixels) / 255).astype(F32)
    got = native(level).cell_statistics(image, cell_px, None)
    assert got.dtype == F32
    np.testing.assert_allclose(got[:, 0].T, expected, rtol=0, atol=5e-7)
    assert got.shape == (7, 1, len(expected))


@each_level
def test_floats_of_any_range(level: str) -> None:
    got = native(level).cell_statistics(np.array([[-1, 1]], F32), 2, None)
    assert got[:, 0, 0].tolist() == [0, 1, 0, 0, 16, -1, 1]


@each_level
@pytest.mark.parametrize(
    ("pixels", "cell_px", "expected"),
    [
        ([[255]], 2, [[1.0]]),
        ([[51]], 7, [[0.2]]),
        ([[0, 255]], 2, [[0.5]]),
        ([[0], [255]], 2, [[0.5]]),
        ([[0, 0], [0, 255]], 2, [[0.25]]),
        ([[0, 51, 102]], 2, [[0.1, 0.3]]),
        ([[0], [51], [102]], 2, [[0.1], [0.3]]),
        ([[0, 51, 102, 153]], 2, [[0.1, 0.5]]),
        ([[0, 255]], 3, [[1 / 3]]),  # 0 1 0
        ([[0, 0, 255, 255]] * 4, 4, [[0.5]]),
        ([[0, 51, 102], [51, 102, 153], [102, 153, 204]], 3, [[0.4]]),
        ([[255] * 5] * 5, 4, [[1.0, 1.0], [1.0, 1.0]]),
    ],
)
@pytest.mark.parametrize("dtype", [U8, F32])
def test_mean_colours_worked_by_hand(
    level: str, dtype: type, pixels: list[list[int]], cell_px: int, expected: list[list[float]]
) -> None:
    red = np.array(pixels, U8)
    image = np.stack([red, 255 - red, np.full_like(red, 51)], axis=-1)
    image = image if dtype == U8 else (image / 255).astype(F32)
    got = native(level).cell_means(image, cell_px, None)
    assert got.dtype == F32
    np.testing.assert_allclose(got[0], expected, rtol=0, atol=5e-7)
    np.testing.assert_allclose(got[1], 1 - np.array(expected), rtol=0, atol=5e-7)
    np.testing.assert_allclose(got[2], 0.2, rtol=0, atol=5e-7)


def test_random_images_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(201)
    cases = budget.count(test=1_000, nightly=100_000, release=1_000_000)
    worst = np.zeros(7)
    for _ in range(cases):
        cell_px = int(rng.choice(CELLS))
        image = misaligned(random_image(rng, rng.choice([U8, F32])), int(rng.integers(0, 16)))
        expected = twin.cell_statistics(image, cell_px)
        bound = bounds(image, expected, cell_px)
        for level in LEVELS:
            got = native(level).cell_statistics(image, cell_px, None)
            assert got.shape == expected.shape
            error = np.abs(got - expected)
            assert (error <= bound).all(), (level, image.dtype, image.shape, cell_px)
            worst = np.maximum(worst, np.divide(error, bound, where=bound > 0, out=error).max(axis=(1, 2)))
    print(f"cell_statistics: {cases} cases, levels {LEVELS}, worst error / bound {worst.round(2)}")


def test_random_colours_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(202)
    cases = budget.count(test=1_000, nightly=100_000, release=1_000_000)
    worst = 0.0
    for _ in range(cases):
        cell_px = int(rng.choice(CELLS))
        image = misaligned(random_image(rng, rng.choice([U8, F32]), (3,)), int(rng.integers(0, 16)))
        expected = twin.cell_means(image, cell_px)
        bound = (2 * cell_px + 6) * UNIT * float(np.abs(twin.in_unit_range(image)).max())
        for level in LEVELS:
            got = native(level).cell_means(image, cell_px, None)
            assert got.shape == expected.shape
            error = float(np.abs(got - expected).max())
            assert error <= bound, (level, image.dtype, image.shape, cell_px, error, bound)
            worst = max(worst, error / bound if bound else 0.0)
    print(f"cell_means: {cases} cases, levels {LEVELS}, worst error / bound {worst:.2f}")


@each_level
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 65), (65, 1), (3, 3), (4, 5), (15, 17), (33, 64)])
@pytest.mark.parametrize("cell_px", [2, 4, 9, 200])
def test_small_images_and_cells_larger_than_them(level: str, shape: tuple[int, int], cell_px: int) -> None:
    image = np.random.default_rng(8).integers(0, 256, shape).astype(U8)
    expected = twin.cell_statistics(image, cell_px)
    got = native(level).cell_statistics(image, cell_px, None)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=2e-4, atol=1e-6)
    colour = np.stack([image, 255 - image, image // 2], axis=-1)
    np.testing.assert_allclose(
        native(level).cell_means(colour, cell_px, None), twin.cell_means(colour, cell_px), rtol=2e-4, atol=1e-6
    )


@each_level
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_in_its_neighbourhood(level: str, poison: float) -> None:
    clean = np.random.default_rng(9).random((24, 36)).astype(F32)
    image = clean.copy()
    image[9, 16] = poison  # in cell (2, 4) of 4 x 4 pixels, at its left edge
    module = native(level)
    got, before = module.cell_statistics(image, 4, None), module.cell_statistics(clean, 4, None)
    with np.errstate(invalid="ignore"):
        expected = twin.cell_statistics(image, 4)
    np.testing.assert_array_equal(np.isfinite(got[:5]), np.isfinite(expected[:5]))
    touched = np.zeros(got.shape[1:], bool)
    touched[2, 3:5] = True
    np.testing.assert_array_equal(got[:, ~touched], before[:, ~touched])
    assert not np.isfinite(got[:2, 2, 4]).any()
    colour = np.repeat(image[..., None], 3, axis=2)
    bad = ~np.isfinite(module.cell_means(colour, 4, None))
    assert np.argwhere(bad).tolist() == [[c, 2, 4] for c in range(3)]


@each_level
@pytest.mark.parametrize("dtype", [U8, F32])
def test_thread_counts_agree_bit_for_bit(level: str, dtype: type, budget: Budget) -> None:
    rng, module = np.random.default_rng(10), native(level)
    for _ in range(budget.count(test=30, nightly=100, release=1_000)):
        image, cell_px = random_image(rng, dtype, (3,)), int(rng.choice(CELLS))
        grey = np.ascontiguousarray(image[..., 0])
        alone = module.cell_statistics(grey, cell_px, None), module.cell_means(image, cell_px, None)
        for count in (2, 3, 5):
            with threads(module, count):
                np.testing.assert_array_equal(alone[0], module.cell_statistics(grey, cell_px, None))
                np.testing.assert_array_equal(alone[1], module.cell_means(image, cell_px, None))


@each_level
@pytest.mark.parametrize("dtype", [U8, F32])
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, dtype: type, at_end: bool) -> None:
    rng, module = np.random.default_rng(11), native(level)
    room, room_out = Guarded(), Guarded()
    for width in [*range(1, 70), 127, 128, 129, 257]:
        height, cell_px = int(rng.integers(1, 12)), int(rng.choice(CELLS))
        colour = (rng.random((height, width, 3)) * 255).astype(dtype)
        grey = np.ascontiguousarray(colour[..., 0])
        for kernel, image in ((module.cell_statistics, grey), (module.cell_means, colour)):
            expected = kernel(image, cell_px, None)
            out = room_out.copy(np.zeros_like(expected), at_end=at_end)
            kernel(room.copy(image, at_end=at_end), cell_px, out)
            np.testing.assert_array_equal(out, expected)


@each_level
@pytest.mark.parametrize("kernel", ["cell_statistics", "cell_means"])
def test_what_does_not_fit_is_refused(level: str, kernel: str) -> None:
    call = getattr(native(level), kernel)
    image = np.zeros((8, 8) if kernel == "cell_statistics" else (8, 8, 3), U8)
    for wrong in (image.astype(float), image.astype(">f4"), image.astype(np.uint16), [[1]], None):
        with pytest.raises(TypeError, match=r"image: found .*, expected uint8 or float32"):
            call(wrong, 4, None)
    for wrong in (image[:, ::2], image[None], image[0]):
        with pytest.raises(ValueError, match=r"image: found .*expected .*\(H, W"):
            call(wrong, 4, None)
    for empty in (image[:0], np.ascontiguousarray(image[:, :0])):
        with pytest.raises(ValueError, match=r"image: found \(.*\), expected at least one pixel"):
            call(empty, 4, None)
    for cell_px in (0, 1, -1, 1025, 1 << 40):
        with pytest.raises(ValueError, match=r"cell_px: found .*expected 2 to 1024"):
            call(image, cell_px, None)
    with pytest.raises(TypeError, match=r"cell_px: found 2\.5"):
        call(image, 2.5, None)
    figures = 7 if kernel == "cell_statistics" else 3
    with pytest.raises(ValueError, match="out: found"):
        call(image, 4, np.zeros((figures, 2, 3), F32))
    with pytest.raises(TypeError, match="out: found float64"):
        call(image, 4, np.zeros((figures, 2, 2)))
    frozen = np.zeros((figures, 2, 2), F32)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        call(image, 4, frozen)


@each_level
def test_colours_need_three_channels_and_outputs_their_own_memory(level: str) -> None:
    module = native(level)
    for channels in (1, 2, 4):
        with pytest.raises(ValueError, match=r"expected shape \(H, W, 3\); pass an RGB image"):
            module.cell_means(np.zeros((8, 8, channels), U8), 4, None)
    memory = np.zeros(6 * 7, F32)
    with pytest.raises(ValueError, match="shared with an input"):
        module.cell_statistics(memory[:4].reshape(2, 2), 2, memory[:7].reshape(7, 1, 1))

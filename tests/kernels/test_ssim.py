"""Structural similarity, at every level, against the definition, hand-worked cases and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest

import reference
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

U8, F32 = np.uint8, np.float32
C1, C2 = 1e-4, 9e-4
BOUND = 2e-5  # on S, for images within their data range

Pair = tuple[np.ndarray, np.ndarray]


def random_pair(rng: np.random.Generator, shape: tuple[int, int], dtype: type = F32) -> Pair:
    """An image and a copy with noise; some flat, some with a flat half, bright or dark."""
    level, contrast = rng.random(), rng.choice([0.0, 0.01, 0.3, 1.0])
    x = np.clip(level + contrast * (rng.random(shape) - 0.5), 0, 1)
    y = np.clip(x + rng.choice([0.0, 0.003, 0.1, 0.5]) * rng.normal(size=shape), 0, 1)
    if rng.random() < 0.3:
        x[:, shape[1] // 2 :] = level
    if dtype == U8:
        return (x * 255).round().astype(U8), (y * 255).round().astype(U8)
    return x.astype(F32), y.astype(F32)


def spike(shape: tuple[int, int] = (3, 3), at: tuple[int, int] = (1, 1)) -> np.ndarray:
    image = np.zeros(shape)
    image[at] = 1
    return image


# (x, y, window, pixel, S): each worked out on paper from equation 13 of the paper.
BY_HAND = [
    (np.full((5, 5), 0.2), np.full((5, 5), 0.6), 3, (2, 2), (2 * 0.12 + C1) / (0.04 + 0.36 + C1)),
    (np.full((9, 9), 1.0), np.full((9, 9), 0.0), 7, (0, 8), C1 / (1 + C1)),
    (np.zeros((4, 4)), np.zeros((4, 4)), 3, (0, 0), 1.0),
    (spike(), spike(), 3, (1, 1), 1.0),
    # one of nine pixels set: u = 1/9, v = 9/8 (1/9 - 1/81) = 1/9
    (spike(), np.zeros((3, 3)), 3, (1, 1), C1 * C2 / ((1 / 81 + C1) * (1 / 9 + C2))),
    (spike(), 1 - spike(), 3, (1, 1), (2 * 8 / 81 + C1) * (-2 / 9 + C2) / ((1 / 81 + 64 / 81 + C1) * (2 / 9 + C2))),
    # two different single pixels: vxy = 9/8 (0 - 1/81) = -1/72
    (spike(at=(0, 1)), spike(at=(2, 1)), 3, (1, 1), (2 / 81 + C1) * (-1 / 36 + C2) / ((2 / 81 + C1) * (2 / 9 + C2))),
    # at a corner the mirrored window shows pixel (0, 0) four times: u = 4/9, v = 9/8 (4/9 - 16/81) = 5/18
    (spike((5, 5), (0, 0)), np.zeros((5, 5)), 3, (0, 0), C1 * C2 / ((16 / 81 + C1) * (5 / 18 + C2))),
    # at an edge twice: u = 2/9, v = 9/8 (2/9 - 4/81) = 7/36
    (spike((5, 5), (0, 2)), np.zeros((5, 5)), 3, (0, 2), C1 * C2 / ((4 / 81 + C1) * (7 / 36 + C2))),
    # a line of two: the window at 0 shows 0 0 1 in three equal rows: u = 1/3, v = 9/8 (1/3 - 1/9) = 1/4
    (np.array([[0.0, 1.0]]), np.zeros((1, 2)), 3, (0, 0), C1 * C2 / ((1 / 9 + C1) * (1 / 4 + C2))),
    # out of reach of the window
    (spike((7, 7), (0, 0)), np.zeros((7, 7)), 5, (3, 3), 1.0),
    # half the columns of a 5 x 5 window: x = 1 in 2 of 5 columns, u = 2/5, v = 25/24 (2/5 - 4/25) = 1/4
    (np.repeat([[0.0, 0, 0, 1, 1]], 5, axis=0), np.zeros((5, 5)), 5, (2, 2), C1 * C2 / ((4 / 25 + C1) * (1 / 4 + C2))),
]


@each_level
@pytest.mark.parametrize("dtype", [U8, F32])
@pytest.mark.parametrize(("x", "y", "window_px", "at", "expected"), BY_HAND)
def test_worked_by_hand(
    level: str, dtype: type, x: np.ndarray, y: np.ndarray, window_px: int, at: tuple[int, int], expected: float
) -> None:
    scale = 255 if dtype == U8 else 1
    pair = [np.round(image * scale, 6).astype(dtype) for image in (x, y)]
    got = native(level).ssim_map(*pair, window_px, False, 1.0, None)
    assert got.dtype == F32
    assert got.shape == x.shape
    assert got[at] == pytest.approx(expected, abs=1e-6)


@each_level
@pytest.mark.parametrize(("window_px", "gaussian"), [(3, False), (7, False), (9, False), (11, False), (11, True)])
def test_equal_images_give_exactly_one(level: str, window_px: int, gaussian: bool) -> None:
    rng = np.random.default_rng(1)
    for dtype in (U8, F32):
        x, _ = random_pair(rng, (70, 139), dtype)
        assert (native(level).ssim_map(x, x.copy(), window_px, gaussian, 1.0, None) == 1).all()
        assert native(level).ssim(x, x.copy(), window_px, gaussian, 1.0) == 1


def test_random_pairs_against_the_twin(budget: Budget) -> None:
    rng = np.random.default_rng(2)
    cases, worst = budget.count(test=1_000, nightly=100_000, release=1_000_000), 0.0
    for _ in range(cases):
        window_px, gaussian = int(rng.choice([3, 5, 7, 9, 11, 13, 15])), bool(rng.random() < 0.3)
        window_px = 11 if gaussian else window_px
        shape = (ugly_length(rng, most=40), ugly_length(rng, most=40))
        x, y = (misaligned(image, int(rng.integers(0, 16))) for image in random_pair(rng, shape, rng.choice([U8, F32])))
        expected = reference.ssim_map(x, y, window_px, gaussian) if x.size else np.zeros(shape)
        for level in LEVELS:
            got = native(level).ssim_map(x, y, window_px, gaussian, 1.0, None)
            assert got.shape == expected.shape
            error = np.abs(got - expected).max(initial=0)
            assert error <= BOUND, (level, x.dtype, shape, window_px, gaussian, error)
            worst = max(worst, float(error))
            if min(shape) >= window_px:
                mean = native(level).ssim(x, y, window_px, gaussian, 1.0)
                assert mean == pytest.approx(reference.ssim(x, y, window_px, gaussian), abs=BOUND)
    print(f"ssim_map: {cases} cases, levels {LEVELS}, worst error {worst:.1e}, bound {BOUND:.0e}")


@each_level
@pytest.mark.parametrize("window_px", [21, 51, 255])
def test_wide_windows_against_the_twin(level: str, window_px: int) -> None:
    x, y = random_pair(np.random.default_rng(3), (37, 41))
    got = native(level).ssim_map(x, y, window_px, False, 1.0, None)
    np.testing.assert_allclose(got, reference.ssim_map(x, y, window_px), atol=BOUND)


@each_level
@pytest.mark.parametrize(("window_px", "gaussian"), [(7, False), (11, False), (21, False), (11, True)])
def test_equal_to_scikit_image_over_several_tiles(level: str, window_px: int, gaussian: bool) -> None:
    metrics = pytest.importorskip("skimage.metrics", reason="scikit-image is not installed")
    rng = np.random.default_rng(4)
    for dtype, data_range in ((F32, 1.0), (U8, 255)):
        x, y = random_pair(rng, (211, 403), dtype)
        mean, full = metrics.structural_similarity(
            x.astype(float),
            y.astype(float),
            win_size=window_px,
            gaussian_weights=gaussian,
            data_range=data_range,
            full=True,
        )
        got = native(level).ssim_map(x, y, window_px, gaussian, 1.0, None)
        np.testing.assert_allclose(got, full, atol=BOUND)
        assert native(level).ssim(x, y, window_px, gaussian, 1.0) == pytest.approx(mean, abs=2e-6)


@each_level
@pytest.mark.parametrize("scale", [1e-9, 1e-3, 255.0, 1e6])
def test_data_range_scales_out(level: str, scale: float) -> None:
    x, y = random_pair(np.random.default_rng(5), (40, 50))
    once = native(level).ssim_map(x, y, 7, False, 1.0, None)
    scaled = [(image * scale).astype(F32) for image in (x, y)]
    np.testing.assert_allclose(native(level).ssim_map(*scaled, 7, False, scale, None), once, atol=BOUND)


@each_level
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize(("window_px", "gaussian"), [(7, False), (9, False), (11, False), (11, True)])
def test_poison_stays_in_its_windows(level: str, poison: float, window_px: int, gaussian: bool) -> None:
    x, y = random_pair(np.random.default_rng(6), (120, 300))
    clean = native(level).ssim_map(x, y, window_px, gaussian, 1.0, None)
    touched, reach = np.zeros(x.shape, bool), window_px // 2
    for row, column in ((0, 0), (47, 130), (60, 60), (119, 299)):
        x[row, column] = poison
        touched[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1] = True
    got = native(level).ssim_map(x, y, window_px, gaussian, 1.0, None)
    assert np.isnan(got[touched]).all()
    np.testing.assert_allclose(got[~touched], clean[~touched], atol=BOUND)


@each_level
def test_a_huge_pixel_does_not_blur_its_neighbours_windows(level: str) -> None:
    x, y = random_pair(np.random.default_rng(7), (90, 90))
    x[40, 40] = 1e7
    got = native(level).ssim_map(x, y, 11, False, 1.0, None)
    np.testing.assert_allclose(got, reference.ssim_map(x, y, 11), atol=BOUND)


@each_level
def test_thread_counts_agree_bit_for_bit(level: str, budget: Budget) -> None:
    rng, module = np.random.default_rng(8), native(level)
    for _ in range(budget.count(test=20, nightly=100, release=1_000)):
        shape = (int(rng.integers(11, 200)), int(rng.integers(11, 400)))
        x, y = random_pair(rng, shape, rng.choice([U8, F32]))
        gaussian = bool(rng.random() < 0.5)
        alone = module.ssim_map(x, y, 11, gaussian, 1.0, None), module.ssim(x, y, 11, gaussian, 1.0)
        for count in (2, 3, 7):
            with threads(module, count):
                np.testing.assert_array_equal(alone[0], module.ssim_map(x, y, 11, gaussian, 1.0, None))
                assert alone[1] == module.ssim(x, y, 11, gaussian, 1.0)


@each_level
@pytest.mark.parametrize("dtype", [U8, F32])
@pytest.mark.parametrize("at_end", [True, False])
def test_nothing_outside_is_touched(level: str, dtype: type, at_end: bool) -> None:
    rng, module = np.random.default_rng(9), native(level)
    rooms = Guarded(), Guarded(), Guarded()
    for width in [*range(1, 40), 63, 64, 65, 127, 128, 129, 133, 134, 150, 257]:
        shape = (int(rng.integers(1, 60)), width)
        pair = random_pair(rng, shape, dtype)
        inside = [room.copy(image, at_end=at_end) for room, image in zip(rooms, pair, strict=False)]
        out = rooms[2].copy(np.zeros(shape, F32), at_end=at_end)
        for window_px, gaussian in ((7, False), (11, False), (13, False), (11, True)):
            got = module.ssim_map(*inside, window_px, gaussian, 1.0, out)
            np.testing.assert_array_equal(got, module.ssim_map(*pair, window_px, gaussian, 1.0, None))


@each_level
def test_what_does_not_fit_is_refused(level: str) -> None:
    module, x = native(level), np.zeros((12, 12), F32)
    for window_px in (0, 1, 8, 257):
        with pytest.raises(ValueError, match="window_px: found"):
            module.ssim_map(x, x, window_px, False, 1.0, None)
    with pytest.raises(ValueError, match="window_px: found 7, expected 11 with gaussian=True"):
        module.ssim_map(x, x, 7, True, 1.0, None)
    for data_range in (0.0, -1.0, np.inf):
        with pytest.raises(ValueError, match="data_range: found"):
            module.ssim_map(x, x, 7, False, data_range, None)
    with pytest.raises(TypeError, match="y: found uint8"):
        module.ssim_map(x, x.astype(U8), 7, False, 1.0, None)
    with pytest.raises(ValueError, match="y: found .*expected the shape of x"):
        module.ssim_map(x, x[:5], 7, False, 1.0, None)
    with pytest.raises(ValueError, match="at least window_px = 13"):
        module.ssim(x, x, 13, False, 1.0)

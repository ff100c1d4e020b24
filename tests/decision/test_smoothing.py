"""Smoothing only where a map varies gives what smoothing all of it gives."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge.decision import RawMap, smoothing
from surfedge.decision.smoothing import smoothed


def _plain(values: np.ndarray, sigma_y: float, sigma_x: float) -> np.ndarray:
    return cv2.GaussianBlur(values, (0, 0), sigma_x, sigmaY=sigma_y, borderType=cv2.BORDER_REFLECT)


def blur(values: np.ndarray, sigma_px: float) -> np.ndarray:
    return smoothed(RawMap(values), sigma_px, values.shape)


def _mostly(value: float, shape: tuple[int, int], seed: int, pieces: int = 6) -> np.ndarray:
    """One value with noise in squares, some at the edges."""
    rng = np.random.default_rng(seed)
    values = np.full(shape, value, np.float32)
    for _ in range(pieces):
        y, x = (int(rng.integers(-20, size)) for size in shape)
        place = values[max(0, y) : y + 48, max(0, x) : x + 48]
        place[...] = rng.normal(3, 1, place.shape)
    return values


@pytest.mark.parametrize(
    ("shape", "sigma_px"),
    [
        *(((512, 512), sigma) for sigma in (0.7, 6.0)),
        *(((600, 777), sigma) for sigma in (2.0, 31.0)),
        ((1031, 530), 2.0),
    ],
)
def test_a_map_that_is_mostly_one_value(shape: tuple[int, int], sigma_px: float) -> None:
    for seed, value in enumerate((0.0, 0.07, -5.0)):
        values = _mostly(value, shape, seed)
        before = values.copy()
        np.testing.assert_allclose(blur(values, sigma_px), _plain(values, sigma_px, sigma_px), rtol=0, atol=3e-6)
        assert (values == before).all()


def test_only_the_surroundings_of_other_values_are_smoothed(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    blurred = smoothing._blurred

    def counted(plane: np.ndarray, sigma_x: float, sigma_y: float) -> np.ndarray:
        done.append(plane.size)
        return blurred(plane, sigma_x, sigma_y)

    monkeypatch.setattr(smoothing, "_blurred", counted)
    values = _mostly(0.1, (1024, 1024), 3)
    blur(values, 4.0)
    assert 0 < sum(done) < 0.4 * values.size
    done.clear()
    noise = np.random.default_rng(0).random((1024, 1024), np.float32)
    blur(noise, 4.0)
    assert done == [noise.size]
    done.clear()
    assert (blur(np.full((1024, 1024), 0.3, np.float32), 4.0) == np.float32(0.3)).all()
    assert done == []


def test_a_single_odd_pixel_is_not_overlooked() -> None:
    values = np.zeros((900, 900), np.float32)
    values[899, 899] = values[0, 450] = values[450, 0] = 1.0
    np.testing.assert_allclose(blur(values, 3.0), _plain(values, 3.0, 3.0), atol=1e-7)


def test_a_coarse_map_that_covers_the_image_as_a_whole() -> None:
    values = _mostly(0.2, (512, 640), 5)
    expected = _plain(values, 5.0 * 512 / 1024, 5.0 * 640 / 640)
    np.testing.assert_allclose(smoothed(RawMap(values, None), 5.0, (1024, 640)), expected, atol=3e-6)


def test_values_that_are_no_numbers_are_not_lost() -> None:
    values = np.zeros((600, 600), np.float32)
    values[300, 300] = np.nan
    assert np.isnan(blur(values, 2.0)[300, 300])
    assert np.isnan(blur(np.full((600, 600), np.nan, np.float32), 2.0)).all()


def test_a_flat_and_wide_map_is_smoothed_as_a_whole() -> None:
    """Lower than a block or than the bands that are looked at."""
    for rows in (8, 20):
        values = np.zeros((rows, (1 << 18) // rows + 99), np.float32)
        values[3, 7] = 1.0
        np.testing.assert_allclose(blur(values, 1.5), _plain(values, 1.5, 1.5), atol=1e-7)


def test_a_bright_pixel_reaches_as_far_as_the_gaussian() -> None:
    """4 times sigma, one pixel beyond the next block of 16: from the last pixel of a block and from the first."""
    values = np.zeros((600, 600), np.float32)
    values[303, 319] = values[304, 160] = 1e5
    expected = _plain(values, 4.25, 4.25)
    assert expected[303, 336] > 0.1 and expected[303, 337] < 1e-3
    np.testing.assert_allclose(blur(values, 4.25), expected, atol=1e-2)

"""Pixel z-scores: worked by hand, on any depth, dull on one grey value."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.images import from_array
from surfedge.methods.pixel_zscore import PixelZScore


def z_scores(image: np.ndarray) -> np.ndarray:
    return PixelZScore().inspect(from_array(image)).map


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ([[0, 255]], [[1, 1]]),
        ([[0, 0, 0, 255]], [[3**-0.5] * 3 + [3**0.5]]),  # mean 1/4, deviation sqrt(3)/4
        ([[0], [51], [102]], [[1.5**0.5], [0], [1.5**0.5]]),  # mean 0.2, deviation 0.2 sqrt(2/3)
        ([[7]], [[0]]),
        ([[9, 9], [9, 9]], [[0, 0], [0, 0]]),
    ],
)
def test_worked_by_hand(pixels: list[list[int]], expected: list[list[float]]) -> None:
    got = z_scores(np.array(pixels, np.uint8))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, atol=2e-6)


@pytest.mark.parametrize("shape", [(1, 2), (33, 65), (64, 100)])
def test_equals_the_definition_in_float64(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).random(shape)
    np.testing.assert_allclose(z_scores(image), np.abs(image - image.mean()) / image.std(), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (64, 64), (100, 333)])
def test_one_grey_value_is_dull_whatever_its_rounding(shape: tuple[int, int]) -> None:
    for value in range(256):
        assert z_scores(np.full(shape, value, np.uint8)).max() == 0
        assert z_scores(np.full(shape, value / 255, np.float32)).max() < 1


def test_one_picture_in_any_depth_gives_one_map() -> None:
    counts = np.random.default_rng(3).integers(0, 256, (40, 56)).astype(np.uint8)
    for same in (counts * np.uint16(257), (counts / 255).astype(np.float32), np.stack([counts] * 3, axis=2)):
        np.testing.assert_allclose(z_scores(same), z_scores(counts), atol=1e-5)


def test_a_bright_and_a_dark_spot_are_equally_strange() -> None:
    image = np.full((40, 40), 100, np.uint8)
    image[5, 5], image[30, 30] = 150, 50
    found = z_scores(image)
    assert found[5, 5] == pytest.approx(found[30, 30]) == pytest.approx(found.max())


def test_there_is_nothing_to_learn() -> None:
    method = PixelZScore()
    assert method.fit(iter([])) is method

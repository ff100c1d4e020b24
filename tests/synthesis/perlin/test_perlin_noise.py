"""Gradient noise against its definition, and masks that are never empty."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.synthesis.perlin import feature_noise, gradient_noise, perlin_mask


def _by_definition(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> np.ndarray:
    """Pixel by pixel: four dot products, blended by 6 t^5 - 15 t^4 + 10 t^3, times the root of 2."""
    angle = rng.random((cells[0] + 1, cells[1] + 1), dtype=np.float32) * np.float32(2 * np.pi)
    noise = np.empty(shape)
    for row in range(shape[0]):
        for column in range(shape[1]):
            y, x = (row + 0.5) * cells[0] / shape[0], (column + 0.5) * cells[1] / shape[1]
            i, j = min(int(y), cells[0] - 1), min(int(x), cells[1] - 1)
            dots = {
                (a, b): np.cos(angle[i + a, j + b]) * (x - j - b) + np.sin(angle[i + a, j + b]) * (y - i - a)
                for a in (0, 1)
                for b in (0, 1)
            }
            ty, tx = ((6 * t**5 - 15 * t**4 + 10 * t**3) for t in (y - i, x - j))
            top = dots[0, 0] + tx * (dots[0, 1] - dots[0, 0])
            bottom = dots[1, 0] + tx * (dots[1, 1] - dots[1, 0])
            noise[row, column] = np.sqrt(2) * (top + ty * (bottom - top))
    return noise


@pytest.mark.parametrize(
    ("shape", "cells"), [((16, 16), (4, 4)), ((13, 29), (2, 8)), ((1, 7), (1, 2)), ((9, 5), (8, 4))]
)
def test_noise_is_what_the_definition_says(shape: tuple[int, int], cells: tuple[int, int]) -> None:
    found = gradient_noise(np.random.default_rng(5), shape, cells)
    expected = _by_definition(np.random.default_rng(5), shape, cells)
    assert found.shape == shape and found.dtype == np.float32
    assert np.abs(found - expected).max() < 2e-6


def test_noise_is_nothing_at_the_corners_of_the_lattice() -> None:
    # 300 pixels, 2 cells: the corner in the middle lies between pixels 149 and 150.
    noise = gradient_noise(np.random.default_rng(1), (300, 300), (2, 2))
    assert np.abs(noise[149:151, 149:151]).max() < 0.01 < np.abs(noise).max()


@pytest.mark.parametrize("shape", [(256, 256), (1, 1), (1, 40), (33, 7), (32, 32), (500, 120)])
def test_a_mask_of_any_size_is_never_empty(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    masks = [perlin_mask(rng, shape) for _ in range(40)]
    assert all(mask.shape == shape and mask.dtype == np.bool_ and mask.any() for mask in masks)


def test_masks_cover_some_per_cent_and_differ_in_grain() -> None:
    rng = np.random.default_rng(3)
    masks = [perlin_mask(rng, (128, 128)) for _ in range(200)]
    shares = [mask.mean() for mask in masks]
    assert 0.03 < np.mean(shares) < 0.09
    edges = [np.abs(np.diff(m.astype(int), axis=1)).sum() / m.sum() for m in masks]
    assert np.quantile(edges, 0.9) > 5 * np.quantile(edges, 0.1)  # fine speckle and large patches


@pytest.mark.parametrize("arguments", [{"shape": (0, 4)}, {"shape": (4,)}, {"threshold": 0.9}])
def test_wrong_masks_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ArgumentError) as caught:
        perlin_mask(np.random.default_rng(0), **{"shape": (8, 8), **arguments})
    assert caught.value.name in arguments


def test_noise_in_feature_space_stays_under_its_mask() -> None:
    features = np.random.default_rng(0).random((64, 32, 32), dtype=np.float32)
    before = features.copy()
    noisy, mask = feature_noise(features, np.random.default_rng(1), sigma=0.5, probability=1.0)
    assert np.array_equal(features, before)
    assert np.array_equal(noisy[:, ~mask], features[:, ~mask])
    added = (noisy - features)[:, mask]
    # 64 values at each of the places: the deviation's own is sigma / sqrt(2 n).
    assert abs(added.std() - 0.5) < 5 * 0.5 / np.sqrt(2 * added.size)
    same, none = feature_noise(features, np.random.default_rng(1), probability=0.0)
    assert not none.any() and np.array_equal(same, features)
    with pytest.raises(ArgumentError, match="features"):
        feature_noise(features[0], np.random.default_rng(1))

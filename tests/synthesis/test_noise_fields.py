"""Noise fields: unit variance at every width, the asked correlation, cells against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.synthesis.noise_fields import cells, curve_noise, fractal_noise, smooth_noise


@pytest.mark.parametrize("sigma_px", [0.5, 0.8, 1.5, 3.0, 6.0, 12.0])
def test_variance_is_one_and_correlation_as_wide_as_asked(sigma_px: float) -> None:
    fields = [smooth_noise(np.random.default_rng(seed), (400, 400), sigma_px) for seed in range(4)]
    assert np.mean([field.var() for field in fields]) == pytest.approx(1, abs=0.25)
    # White noise under a Gaussian of sigma has the correlation exp(-d^2 / (4 sigma^2)).
    distance = max(1, round(2 * sigma_px))
    found = np.mean([(f[distance:] * f[:-distance]).mean() / f.var() for f in fields])
    if sigma_px >= 1.5:
        assert found == pytest.approx(np.exp(-(distance**2) / (4 * sigma_px**2)), abs=0.12)


def test_width_is_given_along_y_then_x() -> None:
    field = smooth_noise(np.random.default_rng(1), (300, 300), (8.0, 1.0))
    assert np.abs(np.diff(field, axis=0)).mean() < 0.3 * np.abs(np.diff(field, axis=1)).mean()


def test_fields_do_not_grow_with_the_picture() -> None:
    for shape in ((1, 1), (3, 1000), (257, 31)):
        assert fractal_noise(np.random.default_rng(2), shape, 20.0, 3).shape == shape
    assert curve_noise(np.random.default_rng(2), 1, 50.0).shape == (1,)


def test_cells_are_the_nearest_sites() -> None:
    axis = np.linspace(-3, 4, 40, dtype=np.float32)
    found = cells(np.random.default_rng(3), axis[None], axis[:, None])
    x, y = np.broadcast_arrays(axis[None], axis[:, None])
    # Each pixel tells where its nearest site is: no other site that any pixel found may be nearer.
    sites = np.unique(np.stack([x - found.offset_x, y - found.offset_y], -1).reshape(-1, 2).round(4), axis=0)
    distances = np.sqrt((x[..., None] - sites[:, 0]) ** 2 + (y[..., None] - sites[:, 1]) ** 2)
    assert np.allclose(np.hypot(found.offset_x, found.offset_y), found.first, atol=1e-4)
    assert np.allclose(distances.min(axis=-1), found.first, atol=2e-3)
    assert (found.second >= found.first).all()

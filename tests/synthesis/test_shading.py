"""Light on a height map, by hand-worked cases."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.synthesis.shading import Finish, Light, shade

NO_GLOSS = Light(azimuth_deg=90, elevation_deg=45, diffuse=1, specular=0, ambient=0, shadow=1)


def _shade(height: np.ndarray, light: Light = NO_GLOSS, finish: Finish | None = None) -> np.ndarray:
    flat = np.zeros(height.shape, np.float32)
    return shade(height.astype(np.float32), flat + 1, flat + 1, 1.0, light, finish or Finish())


def test_level_ground_sees_the_sine_of_the_elevation() -> None:
    assert np.allclose(_shade(np.zeros((5, 5))), np.sin(np.pi / 4))


def test_slope_towards_the_lamp_is_fully_lit_and_away_from_it_dark() -> None:
    # The lamp stands above the picture (y = 0): ground that rises downwards faces it squarely at 45 degrees.
    rising = np.repeat(np.arange(9.0)[:, None], 9, axis=1)
    assert np.allclose(_shade(rising)[1:-1], 1, atol=1e-5)
    assert np.allclose(_shade(-rising)[4, 4], 0, atol=1e-5)


def test_wall_casts_a_shadow_as_long_as_it_is_high() -> None:
    ground = np.zeros((30, 20))
    ground[5:8] = 6.0
    lit = _shade(ground)[:, 10]
    assert lit[10] < 0.1
    assert lit[11] < 0.1
    assert lit[18] == pytest.approx(np.sin(np.pi / 4), abs=0.02)


def test_mirror_is_brightest_where_the_slope_halves_the_angle() -> None:
    light = Light(azimuth_deg=90, elevation_deg=45, diffuse=0, specular=1, ambient=0, shadow=0)
    steepness = np.linspace(-1, 1, 81)
    heights = [np.repeat(np.arange(5.0)[:, None] * s, 5, axis=1) for s in steepness]
    bright = [_shade(h, light, Finish(0.2, 0.2))[2, 2] for h in heights]
    assert steepness[int(np.argmax(bright))] == pytest.approx(np.tan(np.deg2rad(22.5)), abs=0.03)
    assert max(bright) == pytest.approx(1, abs=0.01)

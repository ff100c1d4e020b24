"""The notch filter: a lattice goes, what does not repeat stays, and an image without a pattern is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.images import from_array, to_grey_f32
from surfedge.pattern import Notch
from surfedge.pattern.notch import _local_mean
from surfedge.synthesis import render

F32 = np.float32


def lattice(shape: tuple[int, int], period_px: float = 14.3, turn_deg: float = 20.0, seed: int = 0) -> np.ndarray:
    """Studs on a turned square lattice, with a little noise, float32 in [0, 1]."""
    y, x = np.indices(shape)
    turn = np.deg2rad(turn_deg)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    studs = np.cos(2 * np.pi * u / period_px) * np.cos(2 * np.pi * v / period_px)
    noise = np.random.default_rng(seed).normal(0, 0.01, shape)
    return (0.5 + 0.2 * studs + 0.1 * studs**2 + noise).clip(0, 1).astype(F32)


@pytest.mark.parametrize("shape", [(128, 128), (160, 240), (201, 150)])
@pytest.mark.parametrize(("period_px", "turn_deg"), [(8.0, 0.0), (14.3, 20.0), (11.7, 45.0)])
def test_a_lattice_is_taken_out(shape: tuple[int, int], period_px: float, turn_deg: float) -> None:
    image = lattice(shape, period_px, turn_deg)
    notched = Notch().of(image)
    assert notched.has_pattern and notched.fraction > 0.9
    assert notched.image.shape == shape and notched.image.dtype == F32
    inner = notched.image[16:-16, 16:-16]
    assert inner.std() < 0.15 * image.std()


def test_no_bright_frame_is_left_at_the_border() -> None:
    rest = Notch().of(lattice((192, 192))).image
    border = np.concatenate([rest[:6].ravel(), rest[-6:].ravel(), rest[:, :6].ravel(), rest[:, -6:].ravel()])
    assert border.std() < 0.35 * lattice((192, 192)).std()


@pytest.mark.parametrize("seed", range(3))
def test_noise_has_no_pattern_and_keeps_all_but_its_mean(seed: int) -> None:
    image = np.random.default_rng(seed).random((96, 130), F32)
    notched = Notch().of(image)
    assert not notched.has_pattern
    np.testing.assert_allclose(notched.image, image - image.mean(), atol=1e-6)


@pytest.mark.parametrize("width", [40, 41, 64, 75])
@pytest.mark.parametrize("side", [3, 11, 15])
def test_mean_of_neighbouring_frequencies_knows_the_whole_spectrum(width: int, side: int) -> None:
    """The half spectrum's mean equals that of the full one, which wraps around in both directions."""
    image = np.random.default_rng(5).random((48, width))
    full = np.log(np.abs(np.fft.fft2(image)) + 1e-6)
    reach = side // 2
    around = np.pad(full, reach, mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(around, (side, side))
    half = full[:, : width // 2 + 1]
    np.testing.assert_allclose(_local_mean(half, width, side), windows.mean(axis=(2, 3))[:, : half.shape[1]], atol=1e-9)


@pytest.mark.parametrize("surface", ["plate-diamond", "plate-teardrop"])
def test_rendered_plates_lose_their_pattern(surface: str) -> None:
    image = to_grey_f32(from_array(render(surface, shape=(256, 256), seed=1).image))
    notched = Notch().of(image)
    assert notched.has_pattern and notched.image.std() < 0.8 * image.std()

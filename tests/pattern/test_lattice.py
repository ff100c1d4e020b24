"""The lattice of a pattern: exact where there is one, none where there is not."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from conftest import Budget
from surfedge.errors import ArgumentError
from surfedge.pattern import Lattice, find_lattice
from surfedge.pattern.autocorrelation import autocorrelation
from surfedge.pattern.cell_search import shortest
from surfedge.pattern.lattice import scaled
from surfedge.synthesis import render

F32 = np.float32


def studs(base: np.ndarray, shape: tuple[int, int], seed: int = 0, noise: float = 0.05) -> np.ndarray:
    """A round and an oblong stud in each cell of the lattice with these base vectors (columns), float32."""
    y, x = np.indices(shape)
    cell = np.stack([x.ravel(), y.ravel()], axis=1) @ np.linalg.inv(base).T
    away = (cell - np.rint(cell)) @ base.T
    radius = 0.18 * np.hypot(*base).min()
    spot = np.exp(-0.5 * (away**2).sum(axis=1) / radius**2)
    other = (cell - 0.37 - np.rint(cell - 0.37)) @ base.T
    spot -= 0.6 * np.exp(-0.5 * ((other[:, 0] / radius) ** 2 + (other[:, 1] / (0.4 * radius)) ** 2))
    grain = np.random.default_rng(seed).normal(0, noise, shape)
    return (0.5 + 0.3 * spot.reshape(shape) + grain).astype(F32)


@pytest.mark.parametrize("pitch_px", [16.0, 23.7, 56.0, 110.0, 160.0])
@pytest.mark.parametrize("turn_deg", [0.0, 4.3, -15.0])
def test_square_lattices_of_all_pitches(pitch_px: float, turn_deg: float) -> None:
    cosine, sine = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    base = pitch_px * np.array([[cosine, -sine], [sine, cosine]])
    found = find_lattice(studs(base, (520, 600))).lattice
    assert found is not None
    np.testing.assert_allclose(found.pitch_px, pitch_px, rtol=0.005)
    assert abs(found.angle_deg - turn_deg) < 0.3
    assert found.confidence >= 0.5


def test_a_pitch_of_400_px_needs_a_large_image() -> None:
    wide = studs(np.array([[400.0, 10.0], [-10.0, 400.0]]), (1900, 2000))
    found = find_lattice(wide).lattice
    assert found is not None
    np.testing.assert_allclose(found.pitch_px, np.hypot(400, 10), rtol=0.005)


@pytest.mark.parametrize("other", [(8.0, 33.0), (20.0, 34.6), (-6.0, 61.0)])
def test_oblique_lattices(other: tuple[float, float]) -> None:
    base = np.array([[40.0, other[0]], [0.0, other[1]]])
    found = find_lattice(studs(base, (400, 400))).lattice
    assert found is not None
    steps = np.linalg.solve(found.base, base)  # the true vectors are whole combinations of those found
    np.testing.assert_allclose(steps, np.rint(steps), atol=0.03)
    assert abs(abs(np.linalg.det(np.rint(steps))) - 1) < 1e-9


def test_scale_offset_and_dtype_do_not_matter() -> None:
    image = studs(np.array([[30.0, 0.0], [0.0, 30.0]]), (256, 300))
    counts = np.clip(image * 255, 0, 255).astype(np.uint8)
    expected = find_lattice(image).lattice
    assert expected is not None
    for same in (counts, image * F32(3) - F32(7), -image):
        found = find_lattice(same).lattice
        assert found is not None
        np.testing.assert_allclose(found.base, expected.base, atol=0.02)


def test_uneven_light_does_not_matter() -> None:
    image = studs(np.array([[30.0, 0.0], [0.0, 30.0]]), (300, 300))
    y, x = np.indices(image.shape) / 300
    lit = (image * (1.2 - 0.8 * x) * (1 - 0.4 * y**2)).astype(F32)
    found = find_lattice(lit).lattice
    assert found is not None
    np.testing.assert_allclose(found.pitch_px, 30, rtol=0.005)


@pytest.mark.parametrize("surface", ["plate-diamond", "plate-teardrop"])
def test_rendered_plates(surface: str, budget: Budget) -> None:
    for seed in range(budget.count(test=4, nightly=100, release=500)):
        rng = np.random.default_rng(seed)
        turn, stretch = float(rng.uniform(-15, 15)), (1 + float(rng.uniform(-0.01, 0.01)), 1.0)
        shot = render(surface, (384, 384), 0.6, ("dent",), seed=seed, rotation_deg=turn, stretch=stretch)
        found = find_lattice(shot.image).lattice
        assert found is not None
        pitch_px = 28.0 / 0.6
        np.testing.assert_allclose(found.pitch_px, (pitch_px * stretch[0], pitch_px), rtol=0.005)
        assert abs(found.angle_deg - turn) < 0.3


@pytest.mark.parametrize("surface", ["leather", "strip", "strip-galvanised"])
def test_nothing_is_invented_on_plain_surfaces(surface: str, budget: Budget) -> None:
    count = budget.count(test=8, nightly=300, release=1000)
    images = (render(surface, (256, 256), 0.5, ("scratch", "roll_mark")[: s % 3], seed=s).image for s in range(count))
    grey = [im if im.ndim == 2 else cv2.cvtColor(im, cv2.COLOR_RGB2GRAY) for im in images]
    assert sum(find_lattice(image).lattice is not None for image in grey) <= 0.01 * count


@pytest.mark.parametrize("name", ["mvtec_leather_crops256", "kolektor_sdd"])
def test_nothing_is_invented_on_real_leather_and_commutators(name: str, shared_data: Path) -> None:
    paths = sorted((shared_data / name / "test" / "good").iterdir())[::4]
    for path in paths:
        assert find_lattice(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)).lattice is None, path


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((64, 64), F32),
        np.full((200, 300), 77, np.uint8),
        np.zeros((4, 500), F32),
        np.tile(np.arange(20, dtype=F32), (200, 10)),
        np.random.default_rng(0).random((300, 200), F32),
    ],
    ids=["black", "grey", "thin", "lines", "noise"],
)
def test_none_in_images_without(image: np.ndarray) -> None:
    search = find_lattice(image)
    assert search.lattice is None and 0 <= search.confidence < 0.5


@pytest.mark.parametrize("image", [np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64)), np.zeros(64, F32)])
def test_wrong_arrays(image: np.ndarray) -> None:
    with pytest.raises(ArgumentError, match="float32"):
        find_lattice(image)


def test_the_autocorrelation_is_one_in_the_middle_and_high_at_the_pitch() -> None:
    found = autocorrelation(studs(np.array([[16.0, 0.0], [0.0, 20.0]]), (120, 128), noise=0.0))
    assert found.shape == (121, 129)
    assert found[60, 64] == pytest.approx(1, abs=1e-4)
    assert found[60, 64 + 16] > 0.9 and found[60 + 20, 64] > 0.9 and found[60, 64 + 8] < 0.3


def test_reduction_and_figures_of_a_lattice() -> None:
    base = np.transpose(shortest((10.0, 0.0), (23.0, 7.0)))
    np.testing.assert_allclose(sorted(np.hypot(*base)), [np.hypot(3, 7), np.hypot(7, 7)])
    lattice = Lattice((3.0, 4.0), (-8.0, 6.0), 0.8)
    assert lattice.pitch_px == (5.0, 10.0)
    assert lattice.angle_deg == pytest.approx(np.degrees(np.arctan2(4, 3)))
    np.testing.assert_allclose(lattice.reciprocal @ lattice.base, np.eye(2), atol=1e-12)
    assert scaled(lattice, 2.0) == Lattice((6.0, 8.0), (-16.0, 12.0), 0.8)

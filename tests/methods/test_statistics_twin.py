"""Patch statistics against a float64 twin: figures, and the map before and after learning."""

from __future__ import annotations

import numpy as np
import pytest

import reference_statistics as twin
from methods.textures import F32, SHAPES, texture
from surfedge.images import from_array, to_grey_u8
from surfedge.methods.statistics import Statistics


def twin_figures(image: np.ndarray) -> np.ndarray:
    if image.ndim == 2:
        return twin.figures(image, None)
    return twin.figures(to_grey_u8(from_array(image)), image)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_figures_equal_the_twin(shape: tuple[int, int], channels: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, *channels)).astype(np.uint8)
    got = Statistics().features(from_array(image), bool(channels))
    expected = twin_figures(image)
    assert got.shape == expected.shape and got.dtype == F32
    np.testing.assert_allclose(got, expected, atol=2e-3)


@pytest.mark.parametrize("value", [0, 1, 128, 255])
def test_figures_of_one_grey_value_are_their_floors(value: int) -> None:
    figures = Statistics().features(from_array(np.full((40, 40), value, np.uint8)), False)
    level = np.log(value / 255 + twin.LEVEL_FLOOR)
    floors = [np.log(twin.VARIANCE_FLOOR), *[np.log(twin.ENERGY_FLOOR)] * 2, level, level, level]
    expected = np.array([*floors * 3, np.log(twin.ENERGY_FLOOR)])
    np.testing.assert_allclose(figures, np.broadcast_to(expected[:, None, None], figures.shape), atol=2e-3)


@pytest.mark.parametrize(("settings", "count"), [({"patch_cells": (1,)}, 7), ({"patch_cells": (1, 5, 7, 11)}, 25)])
def test_other_scales(settings: dict, count: int) -> None:
    image = texture(1, (40, 60))
    method = Statistics(cell_px=3, **settings)
    got = method.features(from_array(image), False)
    expected = twin.figures(image, None, cell_px=3, sides=method.patch_cells)
    assert got.shape[0] == count
    np.testing.assert_allclose(got, expected, atol=2e-3)


@pytest.mark.parametrize("shape", [(9, 17), (33, 40), (64, 96), (101, 57), (96, 128, 3)])
def test_an_image_against_itself_equals_the_twin(shape: tuple[int, ...]) -> None:
    image = texture(2, shape)
    image[:6, :6] = 250
    got = Statistics().inspect(from_array(image)).map
    figures = twin_figures(image)
    expected = twin.distances(figures, *twin.own_reference(figures, 0.05, 0.1), own_share=0.0)
    assert got.dtype == F32 and got.shape == (-(-shape[0] // 4), -(-shape[1] // 4))
    np.testing.assert_allclose(got, expected, rtol=0.01, atol=0.01)


@pytest.mark.parametrize("own_share", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_learned_and_judged_equals_the_twin(own_share: float, channels: tuple[int, ...]) -> None:
    good = [texture(seed, (64, 80 + 8 * (seed % 3), *channels)) for seed in range(6)]
    method = Statistics(own_share=own_share).fit(from_array(image) for image in good)
    mean, whitener = twin.learned([twin_figures(image) for image in good], 0.01, own_share)
    assert method.mean is not None and method.mean.shape == mean.shape == ((25,) if channels else (19,))
    np.testing.assert_allclose(method.mean, mean, atol=1e-3)
    strange = texture(9, (70, 90, *channels))
    strange[30:40, 30:40] = 255 - strange[30:40, 30:40]
    got = method.inspect(from_array(strange)).map
    expected = twin.distances(twin_figures(strange), mean, whitener, own_share)
    np.testing.assert_allclose(got, expected, rtol=0.01, atol=0.02)


@pytest.mark.parametrize("stripes_px", [0, 16, 32])
def test_a_large_image_against_some_of_its_cells(stripes_px: int, monkeypatch: pytest.MonkeyPatch) -> None:
    image = texture(3, (512, 768))
    if stripes_px:  # what repeats with the cells must not be missed
        image[:, ::stripes_px] = 255 - image[:, ::stripes_px] // 2
    image[100:120, 200:230] = 250
    some = Statistics().inspect(from_array(image)).map
    monkeypatch.setattr("surfedge.methods.statistics.OWN_CELLS", 4_000)
    fewer = Statistics().inspect(from_array(image)).map
    assert not np.array_equal(some, fewer)
    np.testing.assert_allclose(fewer, some, rtol=0.25)
    assert abs(np.log(fewer / some)).mean() < 0.03
    assert np.argmax(fewer) == np.argmax(some)

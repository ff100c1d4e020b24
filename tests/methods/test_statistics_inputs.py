"""Images of any kind are judged by patch statistics; settings that do not fit are refused."""

from __future__ import annotations

import numpy as np
import pytest

from methods.textures import F32, SHAPES, texture
from surfedge.errors import ArgumentError
from surfedge.images import Frame, from_array
from surfedge.methods.covariance import whitener_of
from surfedge.methods.statistics import Statistics


@pytest.mark.parametrize("shape", [*SHAPES, (1, 1, 3), (2, 5, 3), (40, 3, 3)])
def test_tiny_images(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(4).integers(0, 256, shape).astype(np.uint8)
    learned = Statistics().fit(from_array(texture(seed, (64, 64))) for seed in range(3))
    for method in (Statistics(), learned):
        found = method.inspect(from_array(image)).map
        assert found.shape == (-(-shape[0] // 4), -(-shape[1] // 4)) and np.isfinite(found).all()


@pytest.mark.parametrize("value", [0, 1, 127, 255])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_one_value_everywhere_is_not_strange_to_itself(value: int, channels: tuple[int, ...]) -> None:
    assert Statistics().inspect(from_array(np.full((50, 70, *channels), value, np.uint8))).map.max() < 0.5


@pytest.mark.parametrize("channels", [(), (3,)])
def test_one_picture_in_any_depth_gives_one_map(channels: tuple[int, ...]) -> None:
    counts = texture(3, (60, 80, *channels))
    learned = Statistics().fit(from_array(texture(seed, (64, 64, *channels))) for seed in range(4))
    for method in (Statistics(), learned):
        expected = method.inspect(from_array(counts)).map
        deep = method.inspect(from_array(counts * np.uint16(257))).map
        unit = method.inspect(from_array((counts / 255).astype(F32))).map
        np.testing.assert_allclose(deep, unit, rtol=1e-2 if channels else 2e-3)
        # the luma of 8-bit colour is rounded to 8 bits, which costs a little
        np.testing.assert_allclose(unit, expected, rtol=0.1 if channels else 2e-3)


def test_the_image_is_not_changed() -> None:
    image = texture(3, (60, 80, 3), F32)
    before = image.copy()
    Statistics().fit([from_array(image)]).inspect(from_array(image))
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    "settings",
    [
        {"cell_px": 1},
        {"cell_px": 65},
        {"patch_cells": ()},
        {"patch_cells": (1, 2)},
        {"patch_cells": (101,)},
        {"patch_cells": (1,) * 17},
        {"shrinkage": -0.1},
        {"own_shrinkage": 1.1},
        {"own_share": float("nan")},
        {"trim_share": 0.6},
    ],
)
def test_wrong_settings(settings: dict) -> None:
    with pytest.raises(ArgumentError, match=f"statistics.{next(iter(settings))}"):
        Statistics(**settings)


@pytest.mark.parametrize(
    ("mean", "whitener", "message"),
    [
        (np.zeros(19, F32), None, "one alone"),
        (None, np.eye(19, dtype=F32), "one alone"),
        (np.zeros(18, F32), np.eye(18, dtype=F32), r"\(19,\) for grey or \(25,\) for colour"),
        (np.zeros((1, 19), F32), np.eye(19, dtype=F32), r"\(19,\) for grey"),
        (np.zeros(19, F32), np.eye(25, dtype=F32), r"\(D, D\)"),
        (np.zeros(19, F32), np.zeros(19, F32), r"\(D, D\)"),
        (np.zeros(19), np.eye(19, dtype=F32), "float32"),
        (np.zeros(25, F32), np.eye(25), "float32"),
        (np.full(19, np.nan, F32), np.eye(19, dtype=F32), "finite"),
        (np.zeros(19, F32), np.full((19, 19), np.inf, F32), "finite"),
    ],
)
def test_what_was_learned_must_fit(mean: np.ndarray | None, whitener: np.ndarray | None, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Statistics(mean=mean, whitener=whitener)


def test_images_that_cannot_be_told_apart_need_shrinkage() -> None:
    """Many equal cells make the covariance singular: never a traceback."""
    flat: list[Frame] = [from_array(np.full((8, 8), 100, np.uint8))]
    frames = [*flat, from_array(texture(0, (16, 16)))]
    for shrinkage in (0.01, 1.0):
        learned = Statistics(shrinkage=shrinkage, patch_cells=(1, 1, 1)).fit(frames)
        assert np.isfinite(learned.inspect(flat[0]).map).all()
    with pytest.raises(ArgumentError, match="use 0.01 or more"):
        whitener_of(np.array([[1.0, 2.0], [2.0, 1.0]]), 0.0)

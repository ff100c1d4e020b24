"""Patch statistics against a float64 twin, and what they promise of images, fitting and settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import reference_statistics as twin
from surfedge.covariance import whitener_of
from surfedge.errors import ArgumentError
from surfedge.images import Frame, from_array, to_grey_u8
from surfedge.methods.statistics import Statistics

F32 = np.float32
SHAPES = [(1, 1), (1, 7), (5, 1), (3, 3), (4, 4), (9, 17), (33, 40), (64, 96), (101, 57)]


def texture(seed: int, shape: tuple[int, ...] = (96, 128), dtype: type = np.uint8) -> np.ndarray:
    """Grey noise of some grain, unlike from seed to seed in level and contrast."""
    chance = np.random.default_rng(seed)
    fine = chance.normal(0, 1, shape)
    grain = fine + np.roll(fine, 1, axis=0) + np.roll(fine, 2, axis=1)
    counts = (chance.uniform(90, 160) + chance.uniform(8, 14) * grain).clip(0, 255).astype(np.uint8)
    return counts if dtype == np.uint8 else (counts / 255).astype(dtype)


def unit_planes(image: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """What the twin takes: grey and colour."""
    if image.ndim == 2:
        return image, None
    return to_grey_u8(from_array(image)), image


def twin_figures(image: np.ndarray, with_colour: bool | None = None) -> np.ndarray:
    grey, colour = unit_planes(image)
    return twin.figures(grey, colour if with_colour in (None, True) else None)


# ---- figures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_figures_equal_the_twin(shape: tuple[int, int], channels: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, *channels)).astype(np.uint8)
    got = Statistics().figures(from_array(image), bool(channels))
    expected = twin_figures(image)
    assert got.shape == expected.shape and got.dtype == F32
    np.testing.assert_allclose(got, expected, atol=2e-3)


@pytest.mark.parametrize("value", [0, 1, 128, 255])
def test_figures_of_one_grey_value_are_their_floors(value: int) -> None:
    figures = Statistics().figures(from_array(np.full((40, 40), value, np.uint8)), False)
    level = np.log(value / 255 + twin.LEVEL_FLOOR)
    floors = [np.log(twin.VARIANCE_FLOOR), *[np.log(twin.ENERGY_FLOOR)] * 2, level, level, level]
    expected = np.array([*floors * 3, np.log(twin.ENERGY_FLOOR)])
    np.testing.assert_allclose(figures, np.broadcast_to(expected[:, None, None], figures.shape), atol=2e-3)


@pytest.mark.parametrize(
    ("settings", "count"), [({"patch_cells": (1,)}, 7), ({"patch_cells": (1, 5, 7, 11)}, 25)]
)
def test_other_scales(settings: dict, count: int) -> None:
    image = texture(1, (40, 60))
    method = Statistics(cell_px=3, **settings)
    got = method.figures(from_array(image), False)
    expected = twin.figures(image, None, cell_px=3, sides=method.patch_cells)
    assert got.shape[0] == count
    np.testing.assert_allclose(got, expected, atol=2e-3)


# ---- the map -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(9, 17), (33, 40), (64, 96), (101, 57), (96, 128, 3)])
def test_an_image_against_itself_equals_the_twin(shape: tuple[int, ...]) -> None:
    image = texture(2, shape)
    image[:6, :6] = 250
    got = Statistics().anomaly_map(from_array(image))
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
    got = method.anomaly_map(from_array(strange))
    expected = twin.distances(twin_figures(strange), mean, whitener, own_share)
    np.testing.assert_allclose(got, expected, rtol=0.01, atol=0.02)


def test_the_whitener_whitens() -> None:
    good = [texture(seed) for seed in range(5)]
    method = Statistics(own_share=0.0, shrinkage=0.0).fit(from_array(image) for image in good)
    assert method.whitener is not None and np.abs(np.triu(method.whitener, 1)).max() < 1e-6
    vectors = np.concatenate(
        [method.figures(from_array(image), False).reshape(19, -1) for image in good], axis=1
    )
    white = method.whitener.astype(float) @ (vectors - vectors.mean(axis=1, keepdims=True))
    np.testing.assert_allclose(
        white @ white.T / white.shape[1], np.eye(19), atol=0.06
    )  # deviations have a floor


def test_good_patches_lie_about_sqrt_d_away() -> None:
    good = [from_array(texture(seed)) for seed in range(8)]
    method = Statistics(own_share=0.0, shrinkage=0.0).fit(good)
    squares = [np.mean(method.anomaly_map(frame) ** 2) for frame in good]
    assert np.mean(squares) == pytest.approx(19, rel=0.05)


def test_own_share_forgives_light_that_good_images_show_as_well() -> None:
    frames = [from_array(texture(seed)) for seed in range(8)]
    darker = from_array((texture(20) * 0.5).astype(np.uint8))
    strict, lenient = (Statistics(own_share=share).fit(frames) for share in (0.0, 1.0))
    assert lenient.anomaly_map(darker).mean() < 0.5 * strict.anomaly_map(darker).mean()


def test_a_defect_is_the_strangest_place() -> None:
    method = Statistics().fit(from_array(texture(seed)) for seed in range(4))
    for judge in (method, Statistics()):
        for value in (20, 240):
            image = texture(11)
            image[40:52, 60:72] = value
            y, x = np.unravel_index(judge.anomaly_map(from_array(image)).argmax(), (24, 32))
            assert 8 <= y <= 14 and 13 <= x <= 19


# ---- fitting -----------------------------------------------------------------------------------------------


def test_fitting_gives_a_copy_and_starts_from_nothing() -> None:
    first, second = ([from_array(texture(seed)) for seed in seeds] for seeds in (range(3), range(10, 13)))
    plain = Statistics()
    learned = plain.fit(first)
    assert plain.mean is None and plain.whitener is None
    again = learned.fit(second)
    np.testing.assert_array_equal(again.mean, plain.fit(second).mean)
    np.testing.assert_array_equal(again.whitener, plain.fit(second).whitener)
    np.testing.assert_array_equal(learned.mean, plain.fit(first).mean)


def test_the_order_of_good_images_does_not_matter() -> None:
    frames = [from_array(texture(seed)) for seed in range(6)]
    there, back = Statistics().fit(frames), Statistics().fit(frames[::-1])
    probe = from_array(texture(30))
    np.testing.assert_allclose(there.anomaly_map(probe), back.anomaly_map(probe), rtol=1e-3)


def test_nothing_to_learn_from() -> None:
    with pytest.raises(ArgumentError, match="good images: found none"):
        Statistics().fit([])


def test_one_grey_image_among_colours_makes_a_grey_model() -> None:
    colour = [from_array(texture(seed, (40, 48, 3))) for seed in range(3)]
    grey = from_array(texture(5, (40, 48)))
    assert Statistics().fit(colour).mean.shape == (25,)
    assert Statistics(use_colour=False).fit(colour).mean.shape == (19,)
    for frames in ([*colour, grey], [grey, *colour], [colour[0], grey, colour[1]]):
        assert Statistics().fit(frames).mean.shape == (19,)


def test_a_grey_model_judges_the_luma_of_a_colour_image() -> None:
    method = Statistics().fit(from_array(texture(seed)) for seed in range(3))
    colour = np.repeat(texture(7)[..., None], 3, axis=2)
    np.testing.assert_array_equal(
        method.anomaly_map(from_array(colour)), method.anomaly_map(from_array(texture(7)))
    )


def test_a_colour_model_finds_grey_images_as_colourless() -> None:
    tinted = [texture(seed, (64, 64, 1)) * np.array([1.0, 0.6, 0.3]) for seed in range(4)]
    method = Statistics().fit(from_array(image.astype(np.uint8)) for image in tinted)
    grey = texture(2, (64, 64))
    as_colour = np.repeat(grey[..., None], 3, axis=2)
    np.testing.assert_array_equal(
        method.anomaly_map(from_array(grey)), method.anomaly_map(from_array(as_colour))
    )
    assert (
        method.anomaly_map(from_array(grey)).min()
        > 10 * method.anomaly_map(from_array(tinted[2].astype(np.uint8))).mean()
    )


def test_colour_alone_is_found() -> None:
    good = [(texture(seed, (64, 64, 1)) * np.array([1.0, 0.8, 0.6])).astype(np.uint8) for seed in range(4)]
    strange = good[0].copy()
    spot = strange[20:32, 20:32]
    spot[...] = np.repeat(to_grey_u8(from_array(spot))[..., None], 3, axis=2)  # same luma, no colour
    for method in (Statistics(), Statistics().fit(from_array(image) for image in good)):
        found = method.anomaly_map(from_array(strange))
        assert found[5:8, 5:8].min() > 2 * np.median(found)
        without = replace(method, use_colour=False, mean=None, whitener=None).anomaly_map(from_array(strange))
        assert without[5:8, 5:8].max() < found[5:8, 5:8].max()


# ---- images of any kind ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [*SHAPES, (1, 1, 3), (2, 5, 3), (40, 3, 3)])
def test_tiny_images(shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(4).integers(0, 256, shape).astype(np.uint8)
    learned = Statistics().fit(from_array(texture(seed, (64, 64))) for seed in range(3))
    for method in (Statistics(), learned):
        found = method.anomaly_map(from_array(image))
        assert found.shape == (-(-shape[0] // 4), -(-shape[1] // 4)) and np.isfinite(found).all()


@pytest.mark.parametrize("value", [0, 1, 127, 255])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_one_value_everywhere_is_not_strange_to_itself(value: int, channels: tuple[int, ...]) -> None:
    assert Statistics().anomaly_map(from_array(np.full((50, 70, *channels), value, np.uint8))).max() < 0.5


@pytest.mark.parametrize("channels", [(), (3,)])
def test_one_picture_in_any_depth_gives_one_map(channels: tuple[int, ...]) -> None:
    counts = texture(3, (60, 80, *channels))
    learned = Statistics().fit(from_array(texture(seed, (64, 64, *channels))) for seed in range(4))
    for method in (Statistics(), learned):
        expected = method.anomaly_map(from_array(counts))
        deep = method.anomaly_map(from_array(counts * np.uint16(257)))
        unit = method.anomaly_map(from_array((counts / 255).astype(F32)))
        np.testing.assert_allclose(deep, unit, rtol=1e-2 if channels else 2e-3)
        # the luma of 8-bit colour is rounded to 8 bits, which costs a little
        np.testing.assert_allclose(unit, expected, rtol=0.1 if channels else 2e-3)


def test_the_image_is_not_changed() -> None:
    image = texture(3, (60, 80, 3), F32)
    before = image.copy()
    Statistics().fit([from_array(image)]).anomaly_map(from_array(image))
    np.testing.assert_array_equal(image, before)


# ---- settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"cell_px": 1}, {"cell_px": 65}, {"patch_cells": ()}, {"patch_cells": (1, 2)}, {"patch_cells": (101,)},
        {"patch_cells": (1,) * 17}, {"shrinkage": -0.1}, {"own_shrinkage": 1.1}, {"own_share": float("nan")},
        {"trim_share": 0.6},
    ],
)  # fmt: skip
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
def test_what_was_learned_must_fit(
    mean: np.ndarray | None, whitener: np.ndarray | None, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        Statistics(mean=mean, whitener=whitener)


def test_images_that_cannot_be_told_apart_need_shrinkage() -> None:
    """Many equal cells make the covariance singular: never a traceback."""
    flat: list[Frame] = [from_array(np.full((8, 8), 100, np.uint8))]
    frames = [*flat, from_array(texture(0, (16, 16)))]
    for shrinkage in (0.01, 1.0):
        learned = Statistics(shrinkage=shrinkage, patch_cells=(1, 1, 1)).fit(frames)
        assert np.isfinite(learned.anomaly_map(flat[0])).all()
    with pytest.raises(ArgumentError, match="use 0.01 or more"):
        whitener_of(np.array([[1.0, 2.0], [2.0, 1.0]]), 0.0)

"""Overlays: what the colours mean, what stays visible, and that looking changes nothing."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest

from surfedge.drawing import LEVEL_MAX, draw_image, draw_map, draw_overlay, heat_colours
from surfedge.errors import ArgumentError
from surfedge.result import Region, Result

OUTLINE = (80, 230, 255)


def _result(
    anomaly_map: np.ndarray | None,
    threshold: float = 1.0,
    image: np.ndarray | None = None,
    regions: tuple[Region, ...] = (),
    shape: tuple[int, int] | None = None,
) -> Result:
    shape = shape or (anomaly_map.shape if anomaly_map is not None else (300, 300))
    score = float(np.nanmax(anomaly_map)) if anomaly_map is not None else 2.0
    mask = anomaly_map > threshold if anomaly_map is not None else None
    ground = np.full(shape, 100, np.uint8) if image is None else image
    return Result(score, threshold, score > threshold, anomaly_map, mask, regions, shape, ground, "test")


def _flat(value: float, shape: tuple[int, int] = (300, 300)) -> np.ndarray:
    return np.full(shape, value, np.float32)


@pytest.mark.parametrize(("level", "entry"), [(0.0, 0), (0.5, 42), (1.0, 85), (2.0, 170), (3.0, 255), (50.0, 255)])
@pytest.mark.parametrize("threshold", [0.25, 1.0, 4096.0])
def test_colour_depends_on_the_map_relative_to_the_threshold(level: float, entry: int, threshold: float) -> None:
    picture = draw_map(_result(_flat(level * threshold), threshold))
    assert (picture == heat_colours()[entry]).all()


def test_colours_grow_lighter_all_the_way_and_step_at_the_threshold() -> None:
    table = heat_colours()[None]
    lightness = cv2.cvtColor((table / 255).astype(np.float32), cv2.COLOR_RGB2LAB)[0, :, 0]
    steps = np.diff(lightness)
    assert (steps > -0.2).all()  # rounding to bytes
    assert steps.argmax() == 255 / LEVEL_MAX - 1
    assert lightness[-1] - lightness[0] > 85


def test_surface_is_untouched_where_the_map_is_low() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (300, 300, 3), np.uint8)
    picture = draw_overlay(_result(_flat(0.5), 1.0, image), caption=False)
    assert np.array_equal(picture, image)


def test_heat_is_blended_by_hand() -> None:
    picture = draw_overlay(_result(_flat(2.0)), heat=0.5, caption=False)
    expected = (100 + heat_colours()[170].astype(int)) / 2
    assert np.abs(picture[150, 150] - expected).max() <= 0.5


def test_no_heat_leaves_the_outline_only() -> None:
    scores = _flat(0.0)
    scores[100:120, 100:130] = 2
    picture = draw_overlay(_result(scores), heat=0.0, caption=False)
    outlined = (picture == OUTLINE).all(axis=2)
    assert outlined[99, 100:130].all()
    assert outlined[120, 100:130].all()
    assert not outlined[100:120, 100:130].any()
    assert (picture[~outlined] == 100).all()


def test_a_single_hot_pixel_survives_reduction() -> None:
    scores = _flat(0.0, (3000, 2000))
    scores[1234, 777] = 5
    reduced = draw_map(_result(scores), limit_px=150)
    assert reduced.shape == (150, 100, 3)
    assert (reduced == heat_colours()[255]).all(axis=2).sum() >= 1


@pytest.mark.parametrize("shape", [(1, 1), (64, 64), (3, 3000), (3000, 3), (600, 400), (255, 256)])
@pytest.mark.parametrize("limit_px", [0, 40, 96, 300, 1000])
def test_any_shape_is_drawn_within_the_limit(shape: tuple[int, int], limit_px: int) -> None:
    region = Region((0, 0, shape[1], shape[0]), shape[0] * shape[1], 3.0, 2.0, (0.0, 0.0), "scratch")
    result = _result(_flat(2.0, shape), regions=(region,))
    picture = draw_overlay(result, limit_px=limit_px)
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    if limit_px:
        assert max(picture.shape[:2]) <= limit_px
    assert draw_image(result, limit_px).shape == draw_map(result, limit_px).shape


def test_small_images_are_enlarged_and_large_ones_kept() -> None:
    assert draw_overlay(_result(_flat(0.0, (64, 32))), caption=False).shape == (256, 128, 3)
    assert draw_overlay(_result(_flat(0.0, (400, 500))), caption=False).shape == (400, 500, 3)
    assert draw_overlay(_result(_flat(0.0, (64, 32))), caption=False, small_px=640).shape == (640, 320, 3)


@pytest.mark.parametrize(("level", "red_is_stronger"), [(2.0, True), (0.5, False)])
def test_caption_stands_below_and_tells_the_verdict(level: float, red_is_stronger: bool) -> None:
    plain = draw_overlay(_result(_flat(level)), caption=False)
    captioned = draw_overlay(_result(_flat(level)))
    assert np.array_equal(captioned[:300, :300], plain)
    red, green, _ = captioned[301, 1].astype(int)
    assert (red > green) == red_is_stronger
    assert (captioned[300:] > 200).all(axis=2).sum() > 100  # letters


def test_boxes_stand_around_the_region_and_can_be_left_away() -> None:
    region = Region((100, 80, 40, 20), 800, 3.0, 2.0, (120.0, 90.0))
    result = _result(_flat(0.0), regions=(region,))
    boxed, plain = draw_overlay(result, caption=False), draw_overlay(result, caption=False, boxes=False)
    changed = (boxed != plain).any(axis=2)
    assert changed.any()
    assert not changed[80:100, 100:140].any()
    rows, columns = np.nonzero(changed)
    assert rows.min() >= 50
    assert rows.max() <= 108
    assert columns.min() >= 92
    assert columns.max() <= 148
    assert np.array_equal(plain, draw_image(result))


def test_hundreds_of_regions_and_odd_labels_are_drawn() -> None:
    regions = tuple(
        Region((i % 30 * 10, i // 30 * 10, 5, 5), 25, 2.0, 2.0, (0.0, 0.0), "Ölfleck\n" * 9) for i in range(500)
    )
    assert draw_overlay(_result(_flat(0.0), regions=regions)).shape[2] == 3


@pytest.mark.parametrize(
    "image", [np.full((300, 300), 0.5, np.float32), np.full((300, 300, 3), 0.5), np.full((300, 300, 1), 128, np.uint8)]
)
def test_grey_colour_and_float_images(image: np.ndarray) -> None:
    assert (draw_image(_result(_flat(0.0), image=image)) == 128).all()


def test_score_only_results_show_image_and_caption() -> None:
    result = _result(None)
    assert np.array_equal(draw_overlay(result)[:300], draw_image(result))
    assert not draw_map(result).any()


@pytest.mark.parametrize("threshold", [0.0, -2.0, np.inf, -np.inf, np.nan, 1e-42, 1e38])
def test_odd_thresholds_and_values_are_drawn_without_a_warning(threshold: float) -> None:
    scores = _flat(1.0)
    scores[:3, 0] = np.nan, np.inf, -np.inf
    picture = draw_map(_result(scores, threshold))
    hot = (picture[150, 150] == heat_colours()[85:]).all(axis=1).any()
    assert hot == (threshold < 1.0)


def test_looking_changes_nothing() -> None:
    image = np.random.default_rng(2).integers(0, 256, (300, 300, 3), np.uint8)
    scores = np.random.default_rng(3).random((300, 300), np.float32) * 3
    result = _result(scores, image=image, regions=(Region((5, 5, 9, 9), 81, 3.0, 2.0, (9.0, 9.0)),))
    assert result.mask is not None
    before = image.copy(), scores.copy(), result.mask.copy()
    for array in (image, scores, result.mask):
        array.flags.writeable = False
    picture = result.overlay(heat=0.7)
    draw_image(result)[:] = 0
    assert picture.flags.writeable
    assert all(map(np.array_equal, before, (image, scores, result.mask)))


@pytest.mark.parametrize(
    ("name", "settings"), [("heat", {"heat": 1.5}), ("heat", {"heat": np.nan}), ("limit_px", {"limit_px": -1})]
)
def test_wrong_settings_are_refused(name: str, settings: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match=name):
        draw_overlay(_result(_flat(0.0)), **settings)  # type: ignore[arg-type]


def test_foreign_image_types_are_refused() -> None:
    with pytest.raises(ArgumentError, match="uint16"):
        draw_overlay(_result(_flat(0.0), image=np.zeros((300, 300), np.uint16)))


def test_a_picture_of_a_line_scan_needs_no_copies_of_its_map() -> None:
    """Beside the picture, 3 bytes per pixel, and the index of its colours, 1: a few more for the outline."""
    shape = (6_000, 2_000)
    result = _result(np.zeros(shape, np.float32))
    tracemalloc.start()
    try:
        draw_overlay(result, caption=False)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    print(f"overlay of {shape}: {most / (shape[0] * shape[1]):.1f} bytes per pixel at most")
    assert most < 8 * shape[0] * shape[1]


def test_maps_with_holes_look_alike_in_bands_and_as_a_whole() -> None:
    """More rows than one band; each row as if drawn alone."""
    rng = np.random.default_rng(3)
    scores = (4 * rng.random((600, 2_500)) - 1).astype(np.float32)
    scores.flat[::17], scores.flat[::31], scores.flat[::37] = np.nan, np.inf, -np.inf
    whole = draw_map(_result(scores))
    for row in (0, 300, 418, 419, 420, 599):
        np.testing.assert_array_equal(draw_map(_result(scores[row : row + 1]))[0], whole[row])

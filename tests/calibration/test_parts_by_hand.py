"""Areas, averages and images of a calibration, each by hand: no method learns here."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from surfedge.calibration import foreground
from surfedge.calibration.foreground import background_of, with_foreground
from surfedge.calibration.good_images import GoodFrames, SmoothMaps
from surfedge.calibration.good_statistics import GoodStatistics
from surfedge.calibration.marked_images import read_marks
from surfedge.datasets import MarkedImage
from surfedge.decision import Decision, RawMap
from surfedge.detector import Preparation
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import content_of, from_array
from surfedge.progress import silent


def _squares(levels: Any) -> np.ndarray:
    """Squares of 8 px whose halves lie so far above and below mid-grey."""
    halves = np.tile(np.repeat([-1, 1], 4), (8, 1))
    return (128 + np.kron(np.array(levels), halves)).astype(np.uint8)


def _columns(*parts: tuple[int, int]) -> np.ndarray:
    """12 rows of squares: (level, how many columns) from left to right."""
    return _squares([[level for level, count in parts for _ in range(count)]] * 12)


@pytest.mark.parametrize(("level", "is_background"), [(12, True), (14, False)])
def test_a_third_of_the_most_textured_contrast_is_background(level: int, is_background: bool) -> None:
    """40 / 3 is 13.3; the edge is one column and its neighbours."""
    found = background_of([from_array(_columns((40, 8), (110, 1), (level, 8)))])
    assert not found[:, :7].any() and found[:, 7:10].all() and found[:, 10:].all() == is_background


@pytest.mark.parametrize(("columns", "is_background"), [(4, True), (5, False), (6, False)])
def test_less_than_a_quarter_of_the_largest_area_is_background(columns: int, is_background: bool) -> None:
    """Of 16, of which 4 is not less; edges take a column of each side, and background does not count as the largest."""
    found = background_of([from_array(_columns((40, 17), (110, 1), (30, columns + 1), (110, 1), (3, 20)))])
    assert not found[:, :16].any() and found[:, 16:19].all()
    assert found[:, 19 : 18 + columns].all() == is_background and found[:, -19:].all()


def test_areas_that_count_hold_a_twentieth_of_the_image() -> None:
    """A speck of texture makes nothing else steady."""
    rows = np.full((12, 30), 6)
    rows[3:9, 3:9] = 110
    rows[5:7, 5:7] = 60  # of whose squares none is left beside the edge
    found = background_of([from_array(_squares(rows))])
    assert not found[:, 11:].any()


def test_an_area_of_just_a_twentieth_counts() -> None:
    """10 of 200 squares of four times the contrast: what is less than a third is background beside them."""
    rows = [[60, 60, 110] + [15] * 17] * 10
    assert background_of([from_array(_squares(rows))])[:, 4:].all()
    rows = [[60, 60, 110] + [15] * 18] * 10  # of 210
    assert not background_of([from_array(_squares(rows))])[:, 4:].any()


def test_edges_are_the_same_whichever_way_an_image_lies() -> None:
    image = _squares(np.kron([[40, 6], [6, 40]], np.ones((6, 8), int)))
    for turned in (np.fliplr, np.flipud, np.rot90):
        found = background_of([from_array(image)])
        assert np.array_equal(background_of([from_array(np.ascontiguousarray(turned(image)))]), turned(found))
        assert found[4:8].all() and found[:, 6:10].all() and found.any() and not found.all()


def test_flat_images_have_no_contrast_and_a_speck_no_edge() -> None:
    """Of one grey level in one pixel of a square that is flat, whatever the level."""
    for level in range(0, 255, 5):
        flat = np.full((32, 40), level, np.uint8)
        contrast = foreground._contrast(from_array(flat), (5, 4))
        assert contrast.max() < 1e-3 and np.isfinite(contrast).all()
    flat[10, 10] += 1
    assert not background_of([from_array(flat)]).any()


def test_flat_areas_are_parted_by_a_line() -> None:
    """Of no contrast at all, which is no background then."""
    found = background_of([from_array(_columns((0, 10), (60, 1), (0, 10)))])
    assert not found[:, :9].any() and found[:, 9:12].all() and not found[:, 12:].any()


def test_contrast_is_the_mean_of_all_images() -> None:
    """One of three images has an edge of three times the contrast: 5 / 3 of the others' on the average is none."""
    plain, edged = _columns((20, 16)), _columns((20, 8), (60, 1), (20, 7))
    assert background_of([from_array(edged)]).any()
    assert not background_of(map(from_array, (plain, plain, edged))).any()
    with pytest.raises(DatasetError, match="at least one"):
        background_of([])


def test_the_grid_has_squares_of_8_px_and_at_most_128() -> None:
    assert foreground._grid((64, 100)) == (12, 8) and foreground._grid((3, 9000)) == (128, 1)
    frame = from_array(_columns((10, 2), (30, 2)))
    assert foreground._contrast(frame, (4, 12))[0] == pytest.approx(np.array([10, 10, 30, 30]) / 255, abs=1e-4)


class _Nine:
    shapes = ((8, 12),) * 9

    def __len__(self) -> int:
        return 9

    def unfiltered(self, number: int) -> int:
        return number


def test_the_background_joins_what_is_ignored_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    background = np.array([[True, False, False, False]])
    good: Any = _Nine()
    monkeypatch.setattr(foreground, "background_of", lambda frames: background)
    alone, judged = with_foreground(Decision(), good)
    assert alone.ignore is not None and alone.ignore.tolist() == background.tolist() and judged == 0.75
    own = np.zeros((4, 8), np.bool_)
    own[:2] = True
    both, judged = with_foreground(Decision(ignore=own), good)
    expected = own.copy()
    expected[:, :2] = True
    assert both.ignore is not None and both.ignore.tolist() == expected.tolist()
    assert judged == 1 - expected.mean() == 0.375
    with pytest.raises(ArgumentError, match="something to judge"):
        with_foreground(Decision(ignore=np.array([[False, True, True, True]])), good)


@pytest.mark.parametrize("without", [None, 0, 2])
@pytest.mark.parametrize("by_position", [True, False])
def test_moments_are_drawn_to_those_of_all_positions(by_position: bool, without: int | None) -> None:
    """As if four more images had had them."""
    maps = np.random.default_rng(0).normal(3, 2, (5, 4, 6)).astype(np.float32)
    found = GoodStatistics.of(maps, (32, 48), by_position=by_position)
    mean, deviation = found.all() if without is None else found.without(maps[without])
    kept = maps if without is None else np.delete(maps, without, 0)
    n, each = len(kept), (0, 1, 2)
    first, second = kept.astype(float), kept.astype(float) ** 2
    axes: Any = 0 if by_position else each
    expected = (n * first.mean(axis=axes) + 4 * first.mean()) / (n + 4)
    squares = (n * second.mean(axis=axes) + 4 * second.mean()) / (n + 4)
    assert mean.shape == deviation.shape == ((4, 6) if by_position else (1, 1))
    assert mean.dtype == deviation.dtype == np.float32
    np.testing.assert_allclose(mean, np.reshape(expected, mean.shape), rtol=1e-5)
    np.testing.assert_allclose(deviation, np.sqrt(squares - expected**2).reshape(mean.shape), rtol=1e-4)


def test_the_grid_of_positions() -> None:
    values = [np.ones((2, 2), np.float32)]
    for shape, px, grid in (((64, 100), 8, (8, 12)), ((3, 9000), 8, (1, 128)), ((64, 100), 32, (2, 3))):
        assert GoodStatistics.of(values, shape, by_position=True, position_px=px).shape == grid
        assert GoodStatistics.of(values, shape, by_position=False, position_px=px).shape == (1, 1)
    assert GoodStatistics.of(values, (64, 64), by_position=True).shape == (8, 8)


def test_where_all_images_are_alike_the_deviation_is_a_thousandth_of_the_usual() -> None:
    maps = [np.float32([[0, 5], [value, 5]]) for value in (-1, 1)]
    for position in ((0, 1), (1, 1)):
        _, deviation = GoodStatistics.of(maps, (16, 16), by_position=True).all()
        assert deviation[position] > 0
    _, flat = GoodStatistics.of([np.ones((2, 2), np.float32)] * 3, (16, 16), by_position=True).all()
    assert (flat == np.float32(1e-12)).all()


@pytest.mark.parametrize("turned", [False, True])
def test_a_map_is_stretched_where_it_is_smaller_than_the_grid_along_a_side(turned: bool) -> None:
    """Bilinear then, else the means of what lies at a position."""
    for values, grid, expected in (
        ([[0, 4]], (1, 4), [[0, 1, 3, 4]]),
        ([[0, 4], [2, 6], [0, 4], [2, 6]], (2, 4), [[1, 2, 4, 5]] * 2),
        ([[0, 4, 2, 6], [0, 4, 2, 6]], (2, 2), [[2, 4], [2, 4]]),
        ([[0, 4, 2, 6]], (1, 2), [[2, 4]]),
        ([[0, 3, 9, 6, 6, 0]], (1, 2), [[4, 4]]),
        ([[1, 2], [3, 4]], (2, 2), [[1, 2], [3, 4]]),
    ):
        given, wanted = np.float32(values), np.array(expected)
        if turned:
            given, wanted, grid = np.ascontiguousarray(given.T), wanted.T, grid[::-1]
        found = GoodStatistics(grid)
        np.testing.assert_allclose(found._pooled(given)[0], wanted, rtol=1e-6)


def _frames(folder: Path, images: list[np.ndarray]) -> list[Path]:
    paths = [folder / f"{number:02}.png" for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        cv2.imwrite(str(path), image)
    return paths


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    rng = np.random.default_rng(3)
    return _frames(tmp_path_factory.mktemp("noise"), [rng.integers(0, 255, (16, 24), np.uint8) for _ in range(10)])


def test_some_of_the_images_are_those_of_the_numbers(noise: list[Path]) -> None:
    good = GoodFrames([*noise, noise[3], noise[0].with_name("gone.png")], Preparation(), silent)
    assert good.skipped[0] == (str(noise[3]), "the same image as 03.png") and len(good.skipped) == 2
    some = good.some([9, *range(7)], "none")
    assert len(some) == 8 and some.paths == (noise[9], *noise[:7]) and not some.skipped and not some.partly
    assert np.array_equal(some[0].pixels, good[9].pixels) and len(good) == 10 and len(good.skipped) == 2
    with pytest.raises(DatasetError, match=r"found 0 \(7 left out: no regular pattern"):
        good.some(range(7), "cells")


def test_maps_are_smoothed_once_while_there_is_room(noise: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from surfedge.calibration import good_images

    for room, again in ((1 << 30, 0), (2 * 16 * 24 * 4, 9)):
        monkeypatch.setattr(good_images, "CACHE_BYTES", room)
        good, seen = GoodFrames(noise, Preparation(), silent), []
        method: Any = SimpleNamespace(
            inspect=lambda frame, seen=seen: seen.append(1) or RawMap(frame.pixels.astype(np.float32))
        )
        maps = SmoothMaps(good, lambda number, method=method: method, Decision())
        first, second = ([raw.map for raw in maps] for _ in range(2))
        assert len(seen) == 10 + again and maps.image_shape == (16, 24)
        assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
        assert [shape for shape, _ in maps.with_shapes()] == [(16, 24)] * 10
        good.shapes[1:] = [(1, 1)] * 9
        assert maps.image_shape == (16, 24)  # of the first


def test_marks_are_read_once_and_the_others_are_named(noise: list[Path], tmp_path: Path) -> None:
    said: list[tuple[int, int, str]] = []
    images = [MarkedImage(path) for path in (noise[0], noise[1], noise[0], tmp_path / "gone.png")]
    copy = tmp_path / "copy.png"
    copy.write_bytes(noise[0].read_bytes())
    images.append(MarkedImage(copy))
    marks, skipped = read_marks(images, Preparation(), {}, lambda *step: said.append(step))
    assert len(marks) == 2 and [Path(path).name for path, _ in skipped] == ["00.png", "gone.png", "copy.png"]
    assert skipped[0][1] == skipped[2][1] == "the same image as 00.png"
    assert said == [(number, 5, "reading marked defects") for number in range(5)]
    with pytest.raises(DatasetError, match=r"none that can be used; .*gone\.png: "):
        read_marks(images[3:4], Preparation(), {}, silent)
    with pytest.raises(DatasetError, match="none that can be used, expected one or more"):
        read_marks([], Preparation(), {}, silent)


def test_marks_that_lie_outside_and_images_that_are_good_as_well(noise: list[Path], tmp_path: Path) -> None:
    outside = MarkedImage(noise[0], boxes=((20, 10, 9, 9),))
    gone = MarkedImage(tmp_path / "gone.png")
    marks, skipped = read_marks([outside, MarkedImage(noise[1])], Preparation(), {}, silent)
    assert len(marks) == 1 and skipped[0][0] == str(noise[0]) and "24 x 16" in skipped[0][1]
    with pytest.raises(DatasetError, match=r"none that can be used; .*gone\.png: found "):
        read_marks([gone, outside], Preparation(), {}, silent)
    content = content_of(Preparation().read(noise[1]).pixels)
    with pytest.raises(DatasetError, match=r"01\.png: found the same image as the good one 07\.png"):
        read_marks([MarkedImage(noise[1])], Preparation(), {content: Path("07.png")}, silent)

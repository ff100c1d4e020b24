"""A stream of lines: the same whatever the blocks, the same as the whole image, nothing lost without a word."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from strips.steel import COLUMNS, LINES, found, marked, steel
from surfedge.bundle import serialize
from surfedge.decision import Decision, RawMap
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, ImageError
from surfedge.images import Frame, to_grey_f32
from surfedge.methods.statistics import Statistics
from surfedge.methods.statistics_classes import StatisticsClasses
from surfedge.strips import Block, LineScan, blocks_of


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_blocks_do_not_matter(local: Detector, kind: type) -> None:
    """Bit for bit, for blocks of 1, 7, 512 and 16,384 lines."""
    strip = marked(steel(kind=kind))
    reference = found(local, strip, 512)
    assert len(reference) == 4
    for count in (1, 7, 16384):
        assert found(local, strip, count) == reference


def test_a_strip_is_judged_like_the_whole_image(local: Detector) -> None:
    """Score, mask's pixels and boxes of every defect are those of the image in one piece."""
    strip = marked(steel())
    whole = local(strip)
    defects = found(local, strip, 100)
    assert len(defects) == len(whole.regions) == 4
    for region in whole.regions:
        x, y, width, height = region.box
        (same,) = [each for each in defects if round(each.from_m * 2000) == y and round(each.from_mm * 2) == x]
        assert round(same.to_m * 2000) == y + height and round(same.to_mm * 2) == x + width
        assert round(same.area_mm2 * 4) == region.area_px
        assert same.score == pytest.approx(region.score, rel=1e-4)
        assert same.x_m == pytest.approx((region.centroid[1] + 0.5) * 5e-4, abs=1e-6)
        assert same.y_mm == pytest.approx((region.centroid[0] + 0.5) * 0.5, abs=1e-3)
    assert max(each.pieces for each in defects) == 3  # the scratch, over three tiles, once


def test_positions_are_counted_from_the_stated_edge(local: Detector) -> None:
    strip = marked(steel())
    left, right = found(local, strip, 512), found(local, strip, 512, y_from="right")
    for one, other in zip(left, right, strict=True):
        assert one.y_mm + other.y_mm == pytest.approx(COLUMNS * 0.5)
        assert other.from_mm == pytest.approx(COLUMNS * 0.5 - one.to_mm)


def test_the_encoder_scales_lengths(local: Detector) -> None:
    plain, scaled = found(local, marked(steel()), 512), found(local, marked(steel()), 512, line_mm=0.75)
    for one, other in zip(plain, scaled, strict=True):
        assert other.x_m == pytest.approx(1.5 * one.x_m) and other.area_mm2 == pytest.approx(1.5 * one.area_mm2)


def test_encoder_positions_are_taken_and_a_strip_that_runs_back_is_seen_once(local: Detector) -> None:
    strip, place = marked(steel()), 7.0 + 6e-4 * np.arange(LINES)
    back = np.concatenate([np.arange(1200), np.arange(900, LINES)])  # 300 lines are taken twice
    stood = place[back]
    stood[1200:1500] -= 1e-5
    blocks = [
        Block(strip[back[first : first + 100]], position_m=stood[first : first + 100], first_line=first)
        for first in range(0, len(back), 100)
    ]
    scan = LineScan(local, 0.5, tile_lines=512)
    assert list(scan(blocks)) == list(LineScan(local, 0.5, tile_lines=512)([Block(strip, position_m=place)]))
    assert scan.losses.backward_lines == 300 and scan.losses.late_lines == 0


def test_a_defect_across_three_blocks_is_one(local: Detector) -> None:
    strip = steel()
    strip[600:690, 100:130] //= 4
    (one,) = LineScan(local, 0.5, tile_lines=512)([strip[:620], strip[620:660], strip[660:]])
    (whole,) = LineScan(local, 0.5, tile_lines=512)([strip])
    assert one == whole and one.from_m <= 0.3 and one.to_m >= 0.345


def test_a_strip_without_a_line(local: Detector) -> None:
    for nothing in ([], [Block(None, lines=10)], [np.zeros((0, 30), np.uint8)]):
        with pytest.raises(ImageError, match="no lines"):
            list(LineScan(local, 0.5)(nothing))


@pytest.mark.parametrize("settings", [{"pixel_size_mm": 0}, {"line_mm": -1.0}, {"y_from": "top"}, {"workers": -1}])
def test_wrong_settings(local: Detector, settings: dict) -> None:
    with pytest.raises(ArgumentError, match=next(iter(settings))):
        LineScan(local, **{"pixel_size_mm": 0.5, **settings})


def test_a_classifier_is_refused(local: Detector) -> None:
    """It tells no place: nothing of the strip could be listed."""
    head = StatisticsClasses(
        class_names=("scale", "slag"), linear=np.zeros((304, 2), np.float32), offset=np.zeros(2, np.float32)
    )
    settings, arrays, _ = serialize(head)
    arrays = {f"method/{name}": array for name, array in arrays.items()}
    decision = serialize(Decision(threshold=0.5, good_classes=()))[0]
    bundle = replace(local.bundle, method=head.name, settings=settings, arrays=arrays, decision=decision)
    with pytest.raises(ArgumentError, match="detector: found 'a classifier'.*data patches"):
        LineScan(Detector(bundle), 0.5)


SEEN_BESIDE = "called defective, at no place of its own lines"


@pytest.mark.parametrize("own", [0.9, None])
def test_a_tile_that_is_called_without_a_pixel_is_a_defect(
    local: Detector, monkeypatch: pytest.MonkeyPatch, own: float | None
) -> None:
    """A network's own probability, or a score over its limit with no pixel over that of pixels: never passed over."""

    def inspect(self: Statistics, frame: Frame) -> RawMap:
        grey = to_grey_f32(frame)
        dark = grey < 0.5 * grey.max()
        score = own if own is None or dark.any() else 0.2
        return RawMap(np.where(dark, np.float32(0.6), np.float32(0.1)), 1, score=score)

    monkeypatch.setattr(Statistics, "inspect", inspect)
    view = np.full((2048, 128), 128, np.uint8)
    view[1000:1010, 30:40] = 0
    decision = Decision(threshold=0.5, pixel_threshold=0.8)
    scan = LineScan(local.with_decision(decision), 0.5, tile_lines=512, overlap_lines=64)
    tiles = list(scan.tiles(blocks_of([view])))
    assert [doubt.reason for tile in tiles for doubt in tile.in_doubt] == [SEEN_BESIDE]  # the overlap saw it too
    (defect,) = scan([view])
    assert 0.499 < defect.x_m < 0.506 and defect.from_mm >= 14 and defect.to_mm <= 21 and defect.severity > 1
    assert list(scan([np.full((2048, 128), 128, np.uint8)])) == []


def test_small_and_touching_defects_are_dropped_as_a_whole(local: Detector) -> None:
    strip = marked(steel())
    areas = [round(defect.area_mm2 * 4) for defect in found(local, strip, 512)]
    limited = local.with_decision(replace(local.decision, min_area_px=sorted(areas)[1]))
    assert [round(d.area_mm2 * 4) for d in found(limited, strip, 512)] == [a for a in areas if a >= sorted(areas)[1]]
    clearing = local.with_decision(replace(local.decision, clear_border=True))
    assert len(found(clearing, strip, 512)) == 3  # the one at the tail touches it


def test_memory_does_not_grow_with_the_strip(local: Detector) -> None:
    peaks = []
    for count in (16, 16, 96):  # the first one warms up
        tracemalloc.start()
        blocks = (steel(256, 200, seed) for seed in range(count))
        assert not list(LineScan(local, 0.5, tile_lines=256, workers=1)(blocks))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.6 * peaks[1]  # 1.0 but for the moments at which two windows meet


def test_severities_are_in_units_of_each_tiles_own_limit() -> None:
    """Without calibration every tile has a limit of its own; the list states one, to which maps are scaled."""
    rng = np.random.default_rng(5)
    lines = steel(1024, 300, 1).astype(float)
    for y, x in zip(rng.integers(0, 500, 90), rng.integers(0, 290, 90), strict=True):
        lines[y : y + 5, x : x + 5] += 35 * rng.exponential()  # the first two tiles shine
    lines[200:230, 100:150] = lines[800:830, 100:150] = 0
    pixels = lines.clip(0, 255).astype(np.uint8)
    detector = Detector()
    shiny, even = detector(pixels[:512]), detector(pixels[512:])
    assert shiny.threshold > even.threshold == detector.decision.threshold
    scan = LineScan(detector, 0.5, tile_lines=512, overlap_lines=64)
    found = {round(defect.x_m / 0.4): defect for defect in scan([pixels])}
    assert found.keys() == {0, 1}
    for defect in found.values():
        assert defect.severity == pytest.approx(defect.score / detector.decision.threshold)
    seen = detector(pixels[:576])  # the first tile, with what it sees of the next
    assert seen.threshold > detector.decision.threshold
    assert found[0].severity == pytest.approx(seen.score / seen.threshold, rel=1e-4)

"""Lines that were lost or tell nothing: counted in square metres, with the reason, and never taken for good."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from strips.steel import COLUMNS, LINES, found, marked, steel
from surfedge.detector import Detector
from surfedge.detector.plausibility import UNCALIBRATED
from surfedge.errors import ImageError
from surfedge.strips import Block, LineScan, NotInspected, blocks_of


def gaps(detector: Detector, blocks: list[Block]) -> tuple[list[NotInspected], float, LineScan]:
    scan = LineScan(detector, 0.5, tile_lines=512)
    tiles = list(scan.tiles(blocks_of(blocks)))
    return [gap for tile in tiles for gap in tile.not_inspected], sum(tile.inspected_m2 for tile in tiles), scan


def test_lost_lines_are_counted_in_square_metres(local: Detector) -> None:
    strip, width_m = steel(), COLUMNS * 5e-4
    blocks = [
        Block(strip[:200], first_line=0),
        Block(strip[250:700], first_line=250),  # 50 dropped
        Block(strip[650:800], first_line=650),  # 50 of these come again, too late
        Block(None, lines=100, reason="torn"),
        Block(strip[900:1000, :-1]),  # of another width
        Block(strip[1000:]),
    ]
    lost, inspected, scan = gaps(local, blocks)
    assert [(round(g.from_m * 2000), round(g.to_m * 2000)) for g in lost] == [(200, 250), (800, 900), (900, 1000)]
    assert lost[0].reason == "dropped lines" and lost[1].reason == "torn" and "299 columns" in lost[2].reason
    assert sum(g.area_m2 for g in lost) == pytest.approx(250 * 5e-4 * width_m)
    assert inspected == pytest.approx((LINES - 250) * 5e-4 * width_m)
    assert scan.losses.late_lines == 50


def test_a_gap_of_some_tiles_makes_no_defect(local: Detector) -> None:
    strip = steel(1000)
    blocks = [Block(strip[:400]), Block(None, lines=5000), Block(strip[400:])]
    assert list(LineScan(local, 0.5, tile_lines=512)(blocks)) == []
    lost, _, _ = gaps(local, blocks)
    assert sum(g.to_m - g.from_m for g in lost) == pytest.approx(2.5)


def test_defects_behind_a_gap_are_where_they_are(local: Detector) -> None:
    strip = marked(steel())
    blocks = [Block(strip[:200]), Block(strip[230:], first_line=230)]
    plain = found(local, strip, 512)
    assert [d.x_m for d in LineScan(local, 0.5, tile_lines=512)(blocks)] == pytest.approx([d.x_m for d in plain])


def test_a_line_counter_that_jumps_is_refused(local: Detector) -> None:
    with pytest.raises(ImageError, match="line counter"):
        list(LineScan(local, 0.5)([Block(steel(40)), Block(steel(40), first_line=2**31)]))


def test_tiles_of_a_dead_camera_are_not_inspected(local: Detector) -> None:
    """A black stretch in the middle of a coil: square metres that nobody looked at, with the reason."""
    view = steel()
    view[300:1800] = 0  # beyond what tiles see of their neighbours
    scan = LineScan(Detector(replace(local.bundle, plausibility=dict(UNCALIBRATED))), 0.5, tile_lines=512)
    tiles = list(scan.tiles(blocks_of([view])))
    lost = [gap for tile in tiles for gap in tile.not_inspected]
    assert lost and all("found an implausible image: contrast of 0" in gap.reason for gap in lost)
    dark, whole = 1500 * view.shape[1] * 0.25e-6, view.shape[0] * view.shape[1] * 0.25e-6
    refused = sum(gap.area_m2 for gap in lost)
    assert 0 < refused <= dark and refused + sum(tile.inspected_m2 for tile in tiles) == pytest.approx(whole)


def test_tiles_that_are_judged_in_doubt_say_so(local: Detector) -> None:
    """Where an implausible image is only noted, the coil's tiles keep the note."""
    view = marked(steel())
    odd = {"limits": {"brightness": (0.9, 1.0)}, "action": "note"}
    scan = LineScan(Detector(replace(local.bundle, plausibility=odd)), 0.5, tile_lines=512)
    tiles = list(scan.tiles(blocks_of([view])))
    doubts = [doubt for tile in tiles for doubt in tile.in_doubt]
    assert len(doubts) == len(tiles) and not any(tile.not_inspected for tile in tiles)
    assert sum(doubt.area_m2 for doubt in doubts) == pytest.approx(view.size * 0.25e-6)
    assert all("brightness" in doubt.reason for doubt in doubts)
    assert not any(tile.in_doubt for tile in LineScan(local, 0.5, tile_lines=512).tiles(blocks_of([view])))


def test_a_strip_too_narrow_to_be_its_own_reference_is_in_doubt() -> None:
    """It must not pass as good because nothing can be told from it; down to one column, 8 and 16 bit."""
    for columns, kind in ((1, np.uint8), (15, np.uint16), (16, np.uint8)):
        strip = np.random.default_rng(0).integers(100, 140, (300, columns)).astype(kind) * kind(
            np.iinfo(kind).max // 255
        )
        tiles = list(LineScan(Detector(), 0.5).tiles([Block(strip)]))
        reasons = [doubt.reason for tile in tiles for doubt in tile.in_doubt]
        assert len(reasons) == (columns < 16) and all(f"{columns} x 300 px, too small" in each for each in reasons)

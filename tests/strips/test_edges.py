"""The edges of a strip that weaves: followed line by line, the ground beyond them not judged."""

from __future__ import annotations

import numpy as np
import pytest

from strips.steel import COLUMNS, LINES, found, steel
from surfedge.detector import Detector
from surfedge.strips import LineScan, StripEdges, blocks_of


def weaving(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A strip of 220 columns with ragged edges that weaves before a dark ground; and its left edges."""
    rng = np.random.default_rng(seed)
    left = (40 + 15 * np.sin(np.arange(LINES) / 300) + rng.integers(-1, 2, LINES)).astype(int)
    view, grain = np.full((LINES, COLUMNS), 12, np.uint8), steel(LINES, 220, seed)
    view += rng.integers(0, 4, view.shape, np.uint8)
    for line, first in enumerate(left):
        view[line, first : first + 220] = grain[line]
    return view, left


def test_edges_are_followed_and_the_ground_is_not_judged(local: Detector) -> None:
    view, left = weaving()
    assert len(found(local, view, 512)) > 0  # the edge itself is what stands out most
    assert found(local, view, 512, edges=StripEdges()) == []
    line = 1030
    view[line : line + 14, left[line] + 100 : left[line] + 116] = 20
    for side, expected in (("left", 54.0), ("right", 56.0)):
        (defect,) = found(local, view, 7, edges=StripEdges(), y_from=side)
        assert defect.y_mm == pytest.approx(expected, abs=1.5)
    scan = LineScan(local, 0.5, edges=StripEdges(), tile_lines=512)
    area = sum(tile.inspected_m2 for tile in scan.tiles(blocks_of([view])))
    assert area == pytest.approx(LINES * 5e-4 * 220 * 5e-4, rel=0.01)


def test_an_edge_crack_is_part_of_the_strip(local: Detector) -> None:
    view, left = weaving()
    view[1000:1008, left[1000] : left[1000] + 40] = 12
    assert len(found(local, view, 512, edges=StripEdges())) == 1


def test_lines_without_a_strip_are_not_inspected(local: Detector) -> None:
    view, _ = weaving()
    view[1100:1900] = 12
    scan = LineScan(local, 0.5, edges=StripEdges(), tile_lines=512)
    tiles = list(scan.tiles(blocks_of([view])))
    lost = [gap for tile in tiles for gap in tile.not_inspected]
    assert {gap.reason for gap in lost} == {"no strip in view"}
    assert sum(gap.to_m - gap.from_m for gap in lost) == pytest.approx(0.4, abs=0.02)
    assert not any(tile.defects.pieces for tile in tiles)

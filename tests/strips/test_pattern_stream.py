"""An endless strip in tiles: the same as in one piece, and never more than two tiles held."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.images import from_array, to_grey_f32
from surfedge.pattern import Reading, compare, find_lattice
from surfedge.strips.pattern_stream import StripTile, strip_tiles
from surfedge.synthesis import Defect, render

TILE, OVERLAP = 512, 128


@pytest.fixture(scope="module")
def strip() -> np.ndarray:
    """1,700 rows of plate with a pitch of 40 px and two scratches, one of them over a seam; uint8 (1700, 300)."""
    marks = [Defect("scratch", severity=1.0, size_mm=30, centre_mm=(100.0, at)) for at in (358.0, 900.0)]
    return render("plate", (1700, 300), 0.7, marks, seed=1, rotation_deg=1.5).image


def chunks(strip: np.ndarray, taken: list[int], rows: int = 37) -> Iterator[np.ndarray]:
    for top in range(0, len(strip), rows):
        taken[0] = min(top + rows, len(strip))
        yield strip[top : top + rows]


def test_tiles_are_what_the_whole_is_and_few_rows_wait(strip: np.ndarray) -> None:
    taken = [0]
    pieces: list[StripTile] = []
    for piece in strip_tiles(chunks(strip, taken), tile_px=TILE, overlap_px=OVERLAP):
        pieces.append(piece)
        assert taken[0] - piece.top <= TILE + OVERLAP + 37
    assert [piece.top for piece in pieces] == [0, 512, 1024, 1536]
    rest = np.concatenate([piece.rest for piece in pieces if piece.rest is not None])
    seen = np.concatenate([piece.anomaly_map for piece in pieces if piece.anomaly_map is not None])
    grey = to_grey_f32(from_array(strip))
    lattice = find_lattice(grey).lattice
    assert lattice is not None
    whole = compare(grey, lattice)
    assert whole is not None and rest.shape == whole.shape
    assert np.corrcoef(rest.ravel(), whole.ravel())[0, 1] > 0.95
    assert np.sqrt(np.median((rest - whole) ** 2)) < 0.25  # in deviations of the texture
    once = Reading().map(whole)
    assert seen.shape == once.shape and np.corrcoef(seen.ravel(), once.ravel())[0, 1] > 0.93


def test_memory_does_not_grow_with_the_strip() -> None:
    """Peaks of a strip and of one four times as long, without a pattern: what is held is the same."""
    peaks = []
    for count in (8, 32):
        rows = (np.full((100, 600), 77, np.uint8) for _ in range(count))
        tracemalloc.start()
        assert sum(piece.rows for piece in strip_tiles(rows, tile_px=128, overlap_px=64)) == 100 * count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


def test_no_seam_is_seen(strip: np.ndarray) -> None:
    """Rows beside a seam deviate from the whole no more than others."""
    pieces = strip_tiles([strip], tile_px=TILE, overlap_px=OVERLAP)
    rest = np.concatenate([piece.rest for piece in pieces if piece.rest is not None])
    grey = to_grey_f32(from_array(strip))
    whole = compare(grey, find_lattice(grey).lattice)  # type: ignore[arg-type]
    off = np.sqrt(((rest - whole) ** 2).mean(axis=1))
    seams = np.concatenate([off[k - 8 : k + 8] for k in (512, 1024, 1536)])
    assert seams.mean() < 1.5 * off[200:-200].mean()


def test_a_strip_without_a_pattern_says_so() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (700, 200)).astype(np.uint8)
    pieces = list(strip_tiles([noise], tile_px=256, overlap_px=64))
    assert [piece.rows for piece in pieces] == [256, 256, 188]
    assert all(piece.rest is None and piece.anomaly_map is None for piece in pieces)
    assert all(piece.search.lattice is None and piece.search.confidence < 0.5 for piece in pieces)
    assert list(strip_tiles([])) == []


@pytest.mark.parametrize("settings", [{"tile_px": 0}, {"tile_px": 510}, {"overlap_px": 30}, {"overlap_px": -4}])
def test_wrong_sizes(settings: dict) -> None:
    with pytest.raises(ArgumentError, match=next(iter(settings))):
        list(strip_tiles([np.zeros((64, 64), np.uint8)], **settings))


def test_too_short_an_overlap_and_another_width(strip: np.ndarray) -> None:
    with pytest.raises(ArgumentError, match=r"overlap_px.*3 pitches of 40 px"):
        list(strip_tiles([strip[:700]], tile_px=512, overlap_px=64))
    with pytest.raises(ArgumentError, match="299 pixels wide"):
        list(strip_tiles([strip[:40], strip[:40, 1:]]))

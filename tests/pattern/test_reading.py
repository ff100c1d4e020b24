"""From what remains to a map: spectrum flattened, lines summed, stains averaged, borders like the middle."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge.pattern import Reading
from surfedge.pattern.line_response import LENGTH, SHIFTS, line_response
from surfedge.pattern.whitening import whitened

F32 = np.float32


def noise(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(F32)


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (64, 64), (333, 517)])
def test_maps_are_finite_and_of_the_right_size(shape: tuple[int, int]) -> None:
    for residue in (noise(shape), np.zeros(shape, F32)):
        before = residue.copy()
        found = Reading().map(residue)
        assert found.shape == (-(-shape[0] // 4), -(-shape[1] // 4)) and found.dtype == F32
        assert np.isfinite(found).all()
        np.testing.assert_array_equal(residue, before)
    assert np.abs(Reading().map(np.zeros(shape, F32))).max() == 0


def test_whitening_flattens_a_coloured_spectrum_whatever_the_tiles() -> None:
    coloured = cv2.GaussianBlur(noise((400, 300)), (0, 0), 1.0)
    coloured[200:206, 150:160] += 2
    whole, tiled = whitened(coloured, 1e-3, tile=1024), whitened(coloured, 1e-3, tile=128)
    assert np.corrcoef(whole.ravel(), tiled.ravel())[0, 1] > 0.95
    neighbours = [np.corrcoef(x[:, 1:].ravel(), x[:, :-1].ravel())[0, 1] for x in (coloured, whole)]
    assert neighbours[0] > 0.7 and abs(neighbours[1]) < 0.4
    assert np.abs(whole).argmax() // 300 in range(195, 211)


def test_a_line_is_the_sum_of_its_sixteen_cells() -> None:
    """One bright cell answers wherever a line through it has its middle: 16 cells long, whatever the direction."""
    energy = np.zeros((96, 96), F32)
    energy[48, 48] = 1
    found = line_response(energy, 1e-3) > 0
    rows, columns = np.nonzero(found)
    reach = LENGTH // 2 + 3
    assert np.abs(rows - 48).max() <= reach and np.abs(columns - 48).max() <= reach
    assert found[48, 48] and found[48, 44] and found[44, 48] and found[43, 43]


@pytest.mark.parametrize("turn_deg", [0, 12, 40, 45, 77, 90, 103, 135, 160])
def test_a_faint_line_of_any_direction_is_the_strangest_place(turn_deg: float) -> None:
    mark = np.zeros((128, 128), np.uint8)
    turn = np.deg2rad(turn_deg)
    ends = [(round(64 + k * np.cos(turn)), round(60 + k * np.sin(turn))) for k in (-9, 9)]
    cv2.line(mark, *ends, 1)
    energy = 1 + 0.2 * noise((128, 128)) + F32(0.6) * mark
    found = line_response(energy.astype(F32), 1e-3)
    row, column = np.unravel_index(int(found.argmax()), found.shape)
    assert np.hypot(row - 60, column - 64) < 9
    assert found.max() > found[:40].max()  # where there is none


def test_directions_are_alike_on_both_axes() -> None:
    assert len(SHIFTS) == 15 and -SHIFTS[0] == SHIFTS[-1] == LENGTH - 2
    energy = 1 + 0.2 * np.abs(noise((80, 112)))
    one, turned = line_response(energy, 1e-3), line_response(np.ascontiguousarray(energy.T), 1e-3).T
    np.testing.assert_allclose(one, turned, atol=1e-4)


def test_pale_stains_are_seen_and_dark_ones_alike() -> None:
    y, x = np.indices((256, 256))
    stain = (np.hypot(y - 90, x - 160) < 22).astype(F32)
    for sign in (1, -1):
        found = Reading().map(noise((256, 256)) + F32(0.5 * sign) * stain)
        row, column = np.unravel_index(int(found.argmax()), found.shape)
        assert found.max() > 15 and np.hypot(4 * row - 90, 4 * column - 160) < 16


def test_the_border_is_no_stranger_than_the_middle() -> None:
    """Over many good residues the highest local mean lies in the outer ring about as often as its area asks."""
    ring = 0
    for seed in range(40):
        found = np.abs(Reading()._local_mean(noise((48, 48), seed)))
        row, column = np.unravel_index(int(found.argmax()), found.shape)
        ring += min(row, column, 47 - row, 47 - column) < 3
    assert ring <= 0.45 * 40  # its share of the area is 0.23; mirrored without more care it is above 0.6

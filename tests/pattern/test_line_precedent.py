"""Lines that no other lug of a plate shows: a scratch is strange, the edges of lugs are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge.pattern import strange_lines

PITCH, SIDE = 120, 378
SHIFTS = [(PITCH / SIDE, 0.0), (0.0, PITCH / SIDE)]


def _plate(scratch: float, size: int = SIDE) -> np.ndarray:
    """Lugs, each as bright as it likes, and a thin line from (60, 96) to (130, 160) times `scratch`."""
    rng = np.random.default_rng(2)
    image = rng.normal(0.3, 0.01, (SIDE, SIDE)).astype(np.float32)
    for row in range(30, SIDE, PITCH):
        for column in range(30, SIDE, PITCH):
            end = (column + 40, row + 60)
            cv2.line(image, (column, row), end, float(rng.uniform(0.6, 0.9)), 3, cv2.LINE_AA)
    line = np.ones_like(image)
    cv2.line(line, (60, 96), (130, 160), scratch, 4)
    return cv2.resize(np.clip(image * line, 0, 1), (size, size), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("scratch", [0.4, 2.2])
@pytest.mark.parametrize("size", [SIDE, 756, SIDE // 4])
def test_a_scratch_is_strange_and_edges_of_lugs_are_not(scratch: float, size: int) -> None:
    found = strange_lines(_plate(scratch, size), SHIFTS)
    row, column = np.unravel_index(int(found.argmax()), found.shape)
    assert found.shape == (189, 189)
    assert abs((2 * column - 60) / 70 - (2 * row - 96) / 64) < 0.2 and 28 <= column <= 68
    assert found.max() > 4 * strange_lines(_plate(1.0, size), SHIFTS).max()


def test_what_every_lug_has_is_forgiven() -> None:
    plate = _plate(1.0)
    assert strange_lines(plate, []).max() > 10 * strange_lines(plate, SHIFTS).max()


def test_a_transposed_image_gives_the_transposed_lines() -> None:
    plate = np.ascontiguousarray(_plate(0.4)[:, :300])
    found = strange_lines(plate, SHIFTS)
    turned = strange_lines(np.ascontiguousarray(plate.T), [(right, down) for down, right in SHIFTS])
    assert found.shape == (238, 189)
    np.testing.assert_allclose(turned, found.T, atol=1e-5)


@pytest.mark.parametrize("shape", [(16, 16), (24, 900), (900, 24), (1, 40)])
def test_any_size_is_taken(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).random(shape, np.float32)
    for level in (image, np.zeros_like(image)):
        found = strange_lines(level, SHIFTS)
        assert np.isfinite(found).all() and (found >= 0).all()
    assert found.max() == 0.0

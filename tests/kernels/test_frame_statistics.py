"""What a picture is like as a whole, at every level."""

from __future__ import annotations

import numpy as np
import pytest

import reference
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, native, ugly_length

NAMES = ("mean", "deviation", "across", "along", "dark", "bright", "constant", "repeated")


@each_level
@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ([[7]], (7, 0, 0, 0, 0, 0, 1, 0)),
        ([[0, 4]], (2, 2, 4, 0, 0.5, 0, 0, 0)),
        ([[0, 4], [0, 4]], (2, 2, 4, 0, 0.5, 0, 0, 1)),
        ([[0], [255]], (127.5, 127.5, 0, 255, 0.5, 0.5, 1, 0)),
        ([[5, 5, 5], [5, 5, 5]], (5, 0, 0, 0, 0, 0, 1, 1)),
        ([[0, 0], [9, 9]], (4.5, 4.5, 0, 9, 0.5, 0, 1, 0)),
        ([[255, 0, 255]], (170, np.sqrt(85 * 170), 255, 0, 1 / 3, 2 / 3, 0, 0)),
        ([[1, 2], [3, 4]], (2.5, np.sqrt(1.25), 1, 2, 0, 0, 0, 0)),
        ([[1, 2], [1, 2], [3, 4]], (13 / 6, np.sqrt(35 / 6 - (13 / 6) ** 2), 1, 1, 0, 0, 0, 0.5)),
        ([[10, 20, 30, 40]], (25, np.sqrt(125), 10, 0, 0, 0, 0, 0)),
    ],
)
def test_worked_by_hand(level: str, image: list, expected: tuple) -> None:
    for dtype in (np.uint8, np.float32):
        found = native(level).frame_statistics(np.array(image, dtype), 0, 255)
        assert found == pytest.approx(expected, abs=1e-9), dtype


def test_random_pictures_against_the_twin(budget: Budget) -> None:
    rng, cases = np.random.default_rng(0), budget.count(test=250, nightly=25_000, release=250_000)
    worst = 0.0
    for _ in range(cases):
        shape = (ugly_length(rng, least=1, most=1200), ugly_length(rng, least=1, most=300))
        image = rng.integers(0, 1 + int(rng.integers(1, 256)), shape, dtype=np.uint8)
        if rng.random() < 0.3:
            image[rng.integers(shape[0]) :] = image[0]
        low, high = sorted(rng.integers(0, 256, 2).tolist())
        exact = reference.frame_statistics(image, low, high)
        floats = image / np.float32(255.0)
        near = reference.frame_statistics(floats, low / 255, high / 255)
        for level in LEVELS:
            assert native(level).frame_statistics(image, low, high) == pytest.approx(exact, rel=1e-12, abs=1e-9)
            found = native(level).frame_statistics(floats, low / 255, high / 255)
            for name, one, other in zip(NAMES, found, near, strict=True):
                if name not in ("dark", "bright"):  # low / 255 is another float32 than the pixel's
                    worst = max(worst, abs(one - other))
    assert worst < 1e-6
    print(f"frame_statistics: {cases} pictures, levels {LEVELS}, bytes to 1e-12, floats to {worst:.1e}")


@each_level
def test_nothing_beside_the_picture_is_read(level: str) -> None:
    guarded = Guarded()
    for width in (1, 7, 63, 64, 65, 130):
        image = np.random.default_rng(width).integers(0, 256, (5, width), dtype=np.uint8)
        for at_end in (False, True):
            inside = guarded.copy(image, at_end=at_end)
            assert native(level).frame_statistics(inside, 0, 255) == native(level).frame_statistics(image, 0, 255)


@each_level
def test_not_a_number_is_seen(level: str) -> None:
    image = np.ones((20, 30), np.float32)
    image[3, 4] = np.nan
    assert np.isnan(native(level).frame_statistics(image, 0, 1)[:2]).all()


@each_level
def test_what_is_refused(level: str) -> None:
    function = native(level).frame_statistics
    with pytest.raises(ValueError, match="at least one pixel"):
        function(np.zeros((0, 4), np.uint8), 0, 255)
    with pytest.raises(TypeError, match="uint8 or float32"):
        function(np.zeros((4, 4)), 0, 1)
    with pytest.raises(ValueError, match=r"\(H, W\)"):
        function(np.zeros((4, 4, 3), np.uint8), 0, 255)

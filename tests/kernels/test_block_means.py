"""An image shrunk by whole factors, at every level: the numbers that OpenCV gives."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

import reference
from conftest import Budget
from kernels.levels import LEVELS, Guarded, each_level, misaligned, native, threads, ugly_length

U8 = np.uint8
SIDES = (1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 32, 33, 128)


def random_case(rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int]]:
    """An image of whole blocks, few values in some: halves are frequent there."""
    block_px = int(rng.choice(SIDES)), int(rng.choice(SIDES))
    most = [max(1, 4000 // side**2) for side in block_px]
    blocks = [ugly_length(rng, least=1, most=min(90, each)) for each in most]
    shape = tuple(count * side for count, side in zip(blocks, block_px, strict=True))
    channels = (3,) if rng.random() < 0.4 else ()
    return rng.integers(0, rng.choice([2, 8, 256]), (*shape, *channels)).astype(U8), block_px


@each_level
@pytest.mark.parametrize(
    ("image", "block_px", "expected"),
    [
        ([[7]], (1, 1), [[7]]),
        ([[0, 255]], (1, 2), [[128]]),  # 127.5: to the even one
        ([[0, 1]], (1, 2), [[0]]),  # 0.5
        ([[2], [1]], (2, 1), [[2]]),  # 1.5
        ([[0, 1], [0, 1]], (2, 2), [[0]]),  # 0.5
        ([[0, 1], [0, 0]], (2, 2), [[0]]),
        ([[255, 255], [255, 255]], (2, 2), [[255]]),
        ([[1, 2, 4, 9, 9, 9]], (1, 3), [[2, 9]]),  # 7 / 3
        ([[1, 2, 5, 9, 9, 9]], (1, 3), [[3, 9]]),  # 8 / 3
        ([[0, 0, 0, 2], [8, 8, 8, 10]], (1, 4), [[0], [8]]),  # 0.5 and 8.5
        ([[0, 0, 0, 6], [8, 8, 8, 14]], (1, 4), [[2], [10]]),  # 1.5 and 9.5
        ([[1], [3], [5], [7]], (2, 1), [[2], [6]]),
    ],
)
def test_worked_by_hand(level: str, image: list, block_px: tuple[int, int], expected: list) -> None:
    assert native(level).block_means(np.array(image, U8), block_px, None).tolist() == expected
    colour = np.repeat(np.array(image, U8)[..., None], 3, axis=2) * U8([1, 0, 1])
    found = native(level).block_means(colour, block_px, None)
    assert found[..., 0].tolist() == found[..., 2].tolist() == expected and not found[..., 1].any()


def test_every_level_gives_what_the_twin_and_opencv_give(budget: Budget) -> None:
    rng, cases = np.random.default_rng(0), budget.count(test=250, nightly=25_000, release=250_000)
    for _ in range(cases):
        image, block_px = random_case(rng)
        expected = reference.block_means(image, block_px)
        size = expected.shape[1::-1]
        if block_px != (2, 2):  # there OpenCV rounds halves up
            assert (cv2.resize(image, size, interpolation=cv2.INTER_AREA) == expected).all(), (image.shape, block_px)
        for level in LEVELS:
            found = native(level).block_means(misaligned(image, int(rng.integers(4))), block_px, None)
            assert (found == expected).all(), (level, image.shape, block_px)


@each_level
def test_the_number_of_threads_changes_nothing(level: str) -> None:
    image = np.random.default_rng(1).integers(0, 256, (512, 1030, 3), dtype=U8)
    with threads(native(level), 2):
        found = native(level).block_means(image, (8, 5), None)
    assert (found == reference.block_means(image, (8, 5))).all()


@each_level
def test_nothing_beside_the_image_is_read_or_written(level: str) -> None:
    source, target = Guarded(), Guarded()
    for width in (1, 7, 16, 31, 65):
        image = np.random.default_rng(width).integers(0, 256, (18, 4 * width), dtype=U8)
        expected = reference.block_means(image, (9, 4))
        for at_end in (False, True):
            out = target.copy(np.zeros_like(expected), at_end=at_end)
            assert native(level).block_means(source.copy(image, at_end=at_end), (9, 4), out) is out
            assert (out == expected).all()


@each_level
def test_an_empty_image_stays_empty(level: str) -> None:
    assert native(level).block_means(np.zeros((0, 8), U8), (2, 4), None).shape == (0, 2)
    assert native(level).block_means(np.zeros((8, 0, 3), U8), (2, 4), None).shape == (4, 0, 3)


@each_level
def test_what_is_refused(level: str) -> None:
    function, image = native(level).block_means, np.zeros((8, 12), U8)
    for block_px in ((3, 4), (4, 5)):
        with pytest.raises(ValueError, match="whole blocks of"):
            function(image, block_px, None)
    for block_px in ((0, 4), (4, 129)):
        with pytest.raises(ValueError, match="1 to 128"):
            function(image, block_px, None)
    for wrong in (4, (4,), [4, 4]):
        with pytest.raises(TypeError, match=r"\(height, width\)"):
            function(image, wrong, None)
    with pytest.raises(ValueError, match="grey or RGB"):
        function(np.zeros((8, 12, 4), U8), (4, 4), None)
    with pytest.raises(TypeError, match="uint8"):
        function(np.zeros((8, 12), np.float32), (4, 4), None)
    with pytest.raises(ValueError, match="shared with an input"):
        function(image, (1, 1), image)

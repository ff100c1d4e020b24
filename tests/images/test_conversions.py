"""Grey, colour and scale: one definition, by hand-worked values, against OpenCV and float64 arithmetic."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from images.encoders import texture
from surfedge.images import Frame, from_array, resized, to_grey_f32, to_grey_u8, to_picture, to_rgb_f32, to_rgb_u8

ALL_U16 = np.arange(65536, dtype=np.uint16).reshape(256, 256)


def every_kind() -> list[Frame]:
    frames = []
    for pixels in (texture(), texture(3)):
        arrays = [pixels, pixels.astype(np.uint16) * 257, pixels / 255, np.float32(pixels / 255)]
        frames += [from_array(array) for array in arrays] + [from_array(pixels.astype(np.uint16) * 16, bit_depth=12)]
    return frames


@pytest.mark.parametrize("frame", every_kind(), ids=lambda frame: f"{frame.pixels.dtype}-{frame.pixels.ndim}")
def test_types_shapes_and_ranges(frame: Frame) -> None:
    before = frame.pixels.copy()
    for convert, dtype, colour in (
        (to_grey_u8, np.uint8, ()),
        (to_grey_f32, np.float32, ()),
        (to_rgb_u8, np.uint8, (3,)),
        (to_rgb_f32, np.float32, (3,)),
    ):
        out = convert(frame)
        assert out.shape == frame.shape + colour
        assert out.dtype == dtype
        assert out.flags.c_contiguous
        assert out.min() >= 0
        assert out.max() <= (255 if dtype == np.uint8 else 1)
    assert np.array_equal(frame.pixels, before)


def test_luma_by_hand() -> None:
    """0.299 R + 0.587 G + 0.114 B, times 255: 76.2, 149.7, 29.1."""
    primaries = from_array(255 * np.eye(3, dtype=np.uint8)[None])
    assert to_grey_u8(primaries).tolist() == [[76, 150, 29]]
    deep = to_grey_f32(from_array(np.eye(3, dtype=np.float32)[None]))
    assert deep == pytest.approx(np.array([[0.299, 0.587, 0.114]]), abs=1e-6)


def test_grey_of_eight_bit_colour_is_that_of_opencv() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (301, 203, 3), np.uint8)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    assert np.array_equal(to_grey_u8(from_array(pixels)), grey)
    assert np.array_equal(to_grey_f32(from_array(pixels)), to_grey_f32(from_array(grey)))


def test_equal_channels_are_their_own_grey() -> None:
    for values in (ALL_U16, (ALL_U16 >> 8).astype(np.uint8)):
        colour = from_array(np.dstack([values] * 3))
        assert np.array_equal(to_grey_f32(colour), to_grey_f32(from_array(values)))
    values = np.float32(np.random.default_rng(2).random((99, 98)))
    assert np.abs(to_grey_f32(from_array(np.dstack([values] * 3))) - values).max() <= 1.2e-7


def test_scaling_is_exact() -> None:
    bytes_ = np.arange(256, dtype=np.uint8)[None]
    assert np.array_equal(to_grey_f32(from_array(bytes_)), np.float32(bytes_ / 255.0))
    assert np.array_equal(to_grey_f32(from_array(ALL_U16)), np.float32(ALL_U16 / 65535.0))
    assert np.array_equal(to_grey_u8(from_array(ALL_U16)), np.rint(ALL_U16 / 257.0))
    twelve = ALL_U16[:16]
    assert np.array_equal(to_grey_f32(from_array(twelve, bit_depth=12)), np.float32(twelve / 4095.0))
    assert np.array_equal(to_grey_u8(from_array(twelve, bit_depth=12)), np.rint(twelve * (255 / 4095)))


def test_eight_bits_survive_the_way_through_float() -> None:
    pixels = texture(3)
    assert np.array_equal(to_rgb_u8(from_array(to_rgb_f32(from_array(pixels)))), pixels)
    assert np.array_equal(to_rgb_u8(from_array(pixels.astype(np.uint16) * 257)), pixels)


def test_what_fits_is_not_copied() -> None:
    grey, colour, deep = (from_array(texture()), from_array(texture(3)), from_array(np.float32(texture() / 255)))
    assert to_grey_u8(grey) is grey.pixels
    assert to_rgb_u8(colour) is colour.pixels
    assert to_grey_f32(deep) is deep.pixels


def test_pictures_for_people_are_bytes_or_fractions() -> None:
    """16 bits are 257 times as many levels as 8; the others are shown as they are."""
    deep = to_picture(from_array(np.uint16([[0, 257, 65535]])))
    assert deep.tolist() == [[0, 1, 255]] and deep.dtype == np.uint8
    for pixels in (texture(), texture(3), np.float32([[0.25, 1.0]])):
        frame = from_array(pixels)
        assert to_picture(frame) is frame.pixels


def test_grey_is_repeated_in_colour() -> None:
    assert to_rgb_u8(from_array(np.uint8([[7, 9]]))).tolist() == [[[7] * 3, [9] * 3]]
    assert to_rgb_f32(from_array(np.float32([[0.5]]))).tolist() == [[[0.5] * 3]]


def test_blocks_larger_than_the_kernel_takes_are_shrunk_all_the_same() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (258, 129), np.uint8)
    for side in (128, 129):
        found = resized(from_array(pixels[: 2 * side, :side]), (2, 1)).pixels
        np.testing.assert_array_equal(
            found, cv2.resize(pixels[: 2 * side, :side], (1, 2), interpolation=cv2.INTER_AREA)
        )


@pytest.mark.parametrize("frame", every_kind(), ids=lambda frame: f"{frame.pixels.dtype}-{frame.pixels.ndim}")
@pytest.mark.parametrize("factor", [(1, 1), (2, 2), (4, 4), (1, 4), (5, 3), (0.5, 2), (1.5, 1.5)])
def test_resized_is_what_opencv_gives(frame: Frame, factor: tuple[float, float]) -> None:
    wide = from_array(np.tile(frame.pixels, (20, 12) + (1,) * (frame.pixels.ndim - 2)))  # 820 x 636 px
    height, width = (int(side / each) for side, each in zip(wide.shape, factor, strict=True))
    found = resized(wide, (height, width))
    assert found.pixels.flags.c_contiguous and found.shape == (height, width)
    expected = cv2.resize(wide.pixels, (width, height), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(found.pixels, expected)

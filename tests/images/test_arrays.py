"""Arrays in: every accepted shape and type, by hand-worked values; the rest refused with a remedy."""

from __future__ import annotations

import numpy as np
import pytest

from images.encoders import texture
from surfedge.errors import ArgumentError, ImageError
from surfedge.images import from_array, to_grey_f32

GREY, COLOUR = texture(), texture(3)


def test_a_fitting_array_is_shared_and_guarded() -> None:
    for array in (GREY, COLOUR, GREY.astype(np.uint16), np.float32(GREY / 255)):
        frame = from_array(array)
        assert np.shares_memory(frame.pixels, array)
        assert not frame.pixels.flags.writeable
        assert array.flags.writeable


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_layouts_do_not_matter(dtype: type, channels: int) -> None:
    plain = (texture(channels) / 255).round(2)
    plain = (plain * 255).astype(dtype) if np.dtype(dtype).kind == "u" else (plain > 0.5 if dtype is bool else plain)
    plain = plain.astype(dtype)
    before = plain.copy()
    expected = from_array(plain.copy())
    padded = np.repeat(np.repeat(plain, 2, 0), 3, 1)[::2, ::3]
    frozen = plain.copy()
    frozen.flags.writeable = False
    swapped = plain.astype(plain.dtype.newbyteorder(">"))
    reversed_twice = plain[::-1, ::-1].copy()[::-1, ::-1]
    for variant in (padded, np.asfortranarray(plain), frozen, swapped, reversed_twice):
        frame = from_array(variant)
        assert np.array_equal(frame.pixels, expected.pixels)
        assert frame.pixels.dtype == expected.pixels.dtype
        assert frame.pixels.dtype.isnative
        assert frame.pixels.flags.c_contiguous
    assert np.array_equal(plain, before)


def test_shapes_and_alpha() -> None:
    assert from_array(GREY[..., None]).pixels.shape == GREY.shape
    frame = from_array(np.dstack([COLOUR, GREY]))
    assert frame.notes == ("alpha channel dropped",)
    assert np.array_equal(frame.pixels, COLOUR)
    assert frame.shape == GREY.shape
    assert from_array(GREY).notes == ()


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16, np.float16, np.float32, np.float64])
def test_bgr_of_every_type(dtype: type) -> None:
    found = from_array(np.array([[[0, 1, 1], [1, 0, 0]]], dtype), color_order="bgr")
    assert (found.pixels > 0).tolist() == [[[True, True, False], [False, False, True]]]


def test_bgr_is_turned_round() -> None:
    assert np.array_equal(from_array(COLOUR[..., ::-1], color_order="bgr").pixels, COLOUR)
    assert np.array_equal(from_array(np.dstack([COLOUR[..., ::-1], GREY]), color_order="bgr").pixels, COLOUR)
    assert np.array_equal(from_array(GREY, color_order="bgr").pixels, GREY)


def test_values_and_white() -> None:
    assert from_array(np.array([[True, False]])).pixels.tolist() == [[255, 0]]
    assert from_array(np.array([[True, False]])).white == 255
    assert from_array(np.uint16([[4095]]), bit_depth=12).white == 4095
    assert to_grey_f32(from_array(np.uint16([[4095, 0]]), bit_depth=12)).tolist() == [[1.0, 0.0]]
    assert to_grey_f32(from_array(np.uint16([[65535, 0]]))).tolist() == [[1.0, 0.0]]
    assert from_array(np.float64([[0.25, 1.0]])).pixels.dtype == np.float32
    assert from_array(np.float16([[-8, 8, 0]]), value_range=(-8, 8)).pixels.tolist() == [[0.0, 1.0, 0.5]]
    huge = from_array(np.float64([[1e300, -1e300, 0]]), value_range=(-1e300, 1e300))
    assert huge.pixels.tolist() == [[1.0, 0.0, 0.5]]


def test_rounding_at_the_ends_of_a_range_is_no_error() -> None:
    """0.1 as float32 is 0.10000000149."""
    assert from_array(np.float32([[0.1, 0.0]]), value_range=(0.0, 0.1)).pixels.tolist() == [[1.0, 0.0]]
    assert from_array(np.float32([[1.0000001, -1e-7]])).pixels.tolist() == [[1.0, 0.0]]


def test_declarations_speak_of_their_own_kind_only() -> None:
    assert np.array_equal(from_array(GREY, value_range=(-5, 5), bit_depth=10).pixels, GREY)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 4), np.int16), "dtype int16"),
        (np.zeros((4, 4), np.uint32), "dtype uint32"),
        (np.zeros((4, 4), np.int64), "convert with astype"),
        (np.zeros((4, 4), complex), "dtype complex128"),
        (np.zeros((4, 4), object), "dtype object"),
        (np.zeros((4, 4), "U1"), "dtype <U1"),
        (np.zeros((4, 4), np.longdouble), "dtype"),
        (np.zeros((3, 40, 50), np.uint8), r"array.transpose\(1, 2, 0\)"),
        (np.zeros((4, 5, 2), np.uint8), r"shape \(4, 5, 2\)"),
        (np.zeros((2, 4, 5, 3), np.uint8), "pass one image"),
        (np.zeros(7, np.uint8), r"shape \(7,\)"),
        (np.uint8(3), r"shape \(\)"),
        (np.zeros((0, 5), np.uint8), "an empty array"),
        (np.zeros((5, 0, 3), np.float32), "an empty array"),
        (np.float32([[0, np.nan], [np.inf, -np.inf]]), "found 3 NaN or infinite values"),
        (np.float32([[0, 255]]), r"float values from 0 to 255, expected 0 to 1; declare value_range=\(low, high\)"),
        (np.float32([[-0.01, 1]]), "float values from -0.01 to 1"),
    ],
)
def test_what_does_not_fit_is_refused(array: np.ndarray, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        from_array(array)


def test_values_beyond_the_declared_depth_are_refused() -> None:
    with pytest.raises(ImageError, match="found a value of 4,096, expected at most 4,095; pass bit_depth=13"):
        from_array(np.uint16([[4096]]), bit_depth=12)
    with pytest.raises(ImageError, match="expected -1 to 1"):
        from_array(np.float32([[1.5]]), value_range=(-1, 1))


@pytest.mark.parametrize(
    "options",
    [
        {"value_range": (1, 1)},
        {"value_range": (2, 1)},
        {"value_range": (0, np.inf)},
        {"value_range": (0, 1, 2)},
        {"value_range": 5},
        {"bit_depth": 7},
        {"bit_depth": 17},
        {"bit_depth": 12.0},
        {"color_order": "RGB"},
    ],
)
def test_wrong_options_are_named(options: dict[str, object]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        from_array(GREY, **options)


def test_a_millionth_beyond_the_range_is_rounding() -> None:
    margin = 1e-6 * (1.0 - 0.0)
    assert from_array(np.float64([[1.0 + margin, 0.0 - margin]])).pixels.tolist() == [[1.0, 0.0]]
    for beyond in (1.0 + 1.01 * margin, -1.01 * margin):
        with pytest.raises(ImageError, match="float values from"):
            from_array(np.float64([[0.5, beyond]]))

"""Options, values and sizes of arrays and files on both sides of their bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from surfedge.errors import ArgumentError, ImageError
from surfedge.images import from_array, read
from surfedge.images.arrays import check_depth, check_options, unit_range


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"value_range": (0.0, 0.0)}, "value_range"),
        ({"value_range": (1.0, 0.0)}, "value_range"),
        ({"value_range": (0.0, float("inf"))}, "value_range"),
        ({"value_range": (float("nan"), 1.0)}, "value_range"),
        ({"value_range": (0.0, 1.0, 2.0)}, "value_range"),
        ({"value_range": 3.0}, "value_range"),
        ({"bit_depth": 7}, "bit_depth"),
        ({"bit_depth": 17}, "bit_depth"),
        ({"bit_depth": 12.0}, "bit_depth"),
        ({"color_order": "grb"}, "color_order"),
    ],
)
def test_options_that_mean_nothing(options: dict, name: str) -> None:
    right = {"value_range": None, "bit_depth": None, "color_order": "rgb"}
    check_options(**right)
    check_options((0.0, 1e-9), 8, "bgr")
    check_options((-5.0, -4.0), 16, "rgb")
    with pytest.raises(ArgumentError, match=name):
        check_options(**{**right, **options})


def test_values_in_their_range() -> None:
    """A millionth of the range beyond it is rounding; what fits is shared, the rest mapped and clipped."""
    low, high = 10.0, 30.0
    for off, taken in ((1.9e-5, True), (2.1e-5, False)):
        for values in ([[low - off, high]], [[low, high + off]]):
            if taken:
                assert unit_range(np.array(values), (low, high), "a").tolist() == [[0.0, 1.0]]
            else:
                with pytest.raises(ImageError, match="expected 10 to 30"):
                    unit_range(np.array(values), (low, high), "a")
    exact = np.array([[0.0, 1.0]], np.float32)
    assert unit_range(exact, None, "a") is exact
    assert unit_range(np.array([[-5e-7, 1 + 5e-7]]), None, "a").tolist() == [[0.0, 1.0]]
    assert unit_range(np.array([[20.0, 15.0]]), (low, high), "a").tolist() == [[0.5, 0.25]]
    for values, count in (([[np.nan, 0.5]], 1), ([[np.inf, -np.inf]], 2)):
        with pytest.raises(ImageError, match=f"{count} NaN or infinite values"):
            unit_range(np.array(values), None, "a")


def test_samples_above_white() -> None:
    pixels = np.array([[0, 4095]], np.uint16)
    check_depth(pixels, 4095, "a")
    check_depth(np.array([[65535]], np.uint16), 65535, "a")
    with pytest.raises(ImageError, match="a value of 4,096, expected at most 4,095; pass bit_depth=13 or more"):
        check_depth(pixels + np.uint16(1), 4095, "a")


@pytest.mark.parametrize(
    ("shape", "dtype", "found"),
    [
        ((4,), "uint8", "shape"),
        ((1, 1, 1, 1), "uint8", "shape"),
        ((4, 4, 2), "uint8", "shape"),
        ((4, 4, 5), "uint8", "shape"),
        ((3, 4, 4), "uint32", "dtype uint32"),
        ((4, 4), "int16", "dtype int16"),
        ((4, 4), "complex64", "dtype complex64"),
        ((4, 4), "longdouble", "dtype"),
        ((0, 4), "uint8", "an empty array"),
        ((4, 0, 3), "uint8", "an empty array"),
    ],
)
def test_arrays_that_are_no_pictures(shape: tuple[int, ...], dtype: str, found: str) -> None:
    with pytest.raises(ImageError, match=found):
        from_array(np.zeros(shape, dtype))


def test_the_largest_file(tmp_path: Path) -> None:
    """16 bytes for each pixel of the limit and 64 MB: a sparse file of one byte more is not opened."""
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    for limit in (1, 100):
        most = 16 * limit + (1 << 26)
        with path.open("r+b") as file:
            file.truncate(most + 1)
        with pytest.raises(ImageError, match=f"a file of {most + 1:,} bytes, expected at most {most:,};"):
            read(path, pixel_limit=limit)
        with path.open("r+b") as file:
            file.truncate(most)
        with pytest.raises(ImageError, match="without a whole IHDR chunk"):
            read(path, pixel_limit=limit)

"""Erosion, dilation, opening by a disk: hand-worked cases, the definition at every level, memory, threads."""

from __future__ import annotations

import numpy as np
import pytest

import reference_morphology as reference
from kernels import levels
from kernels.levels import LEVELS, Guarded, misaligned, threads
from surfedge.kernels import open_disk

NATIVE = [levels.native(level) for level in LEVELS]
native_at_each_level = pytest.mark.parametrize("native", NATIVE, ids=LEVELS)
NAMES = ("erode_disk", "dilate_disk", "open_disk")
DTYPES = (np.bool_, np.uint8, np.float32)


def _rows(text: str) -> np.ndarray:
    """Digits in rows: "010 111" is 2 x 3."""
    return np.array([[int(digit) for digit in row] for row in text.split()])


HAND_WORKED = {
    "radius 0 changes nothing": ("erode_disk", 0, "010 111", "010 111"),
    "radius 1 is a cross": ("dilate_disk", 1, "00000 00000 00100 00000 00000", "00000 00100 01110 00100 00000"),
    "radius 2 is a diamond": ("dilate_disk", 2, "00000 00000 00100 00000 00000", "00100 01110 11111 01110 00100"),
    "radius 3 is round": (
        "dilate_disk",
        3,
        "0000000 0000000 0000000 0001000 0000000 0000000 0000000",
        "0001000 0111110 0111110 1111111 0111110 0111110 0001000",
    ),
    "a hole grows to a cross": ("erode_disk", 1, "111 101 111", "101 000 101"),
    "the border does not erode": ("erode_disk", 3, "111 111 111", "111 111 111"),
    "the border does not dilate": ("dilate_disk", 3, "000 000 000", "000 000 000"),
    "a dot is opened away": ("open_disk", 1, "00000 00100 00000", "00000 00000 00000"),
    "a cross is kept": ("open_disk", 1, "00100 01110 00100", "00100 01110 00100"),
    "corners are rounded": ("open_disk", 1, "00000 01110 01110 01110 00000", "00000 00100 01110 00100 00000"),
    "at the border half a disk will do": ("open_disk", 1, "0010 0110 0010", "0000 0000 0000"),
    "a column at the border stays": ("open_disk", 1, "0011 0011 0011", "0011 0011 0011"),
    "smallest of the cross": ("erode_disk", 1, "543 298 716", "233 213 111"),
    "largest of the cross": ("dilate_disk", 1, "543 298 716", "598 999 798"),
    "a peak is cut down": ("open_disk", 1, "11111 11911 11111", "11111 11111 11111"),
    "a plateau is kept": ("open_disk", 1, "00500 05550 00500", "00500 05550 00500"),
    "disk wider than the image": ("dilate_disk", 40, "00 09", "99 99"),
}


@native_at_each_level
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", HAND_WORKED)
def test_hand_worked(native, dtype, case):
    name, radius_px, before, after = HAND_WORKED[case]
    got = getattr(native, name)(_rows(before).astype(dtype), radius_px, None)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, _rows(after).astype(dtype))


def _image(rng: np.random.Generator, shape: tuple[int, int], dtype: type) -> np.ndarray:
    if dtype is np.bool_:
        return rng.random(shape) < rng.choice([0.02, 0.5, 0.9, 0.99])
    if dtype is np.uint8:
        return rng.integers(0, 256, shape, np.uint8)
    values = rng.standard_normal(shape).astype(np.float32)
    values[rng.random(shape) < 0.02] = np.inf
    values[rng.random(shape) < 0.02] = -np.inf
    values[rng.random(shape) < 0.02] = np.float32(1e-41)  # denormal
    values[rng.random(shape) < rng.choice([0, 0.05, 0.9])] = np.nan
    return values


def _case(rng: np.random.Generator) -> tuple[tuple[int, int], int]:
    """A shape around the vector and word widths, and a radius; now and then one larger than the image."""
    around = rng.choice([0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 150], 2)
    shape = tuple(int(a) if rng.random() < 0.5 else int(rng.integers(1, 70)) for a in around)
    radius_px = int(rng.integers(0, 6)) if rng.random() < 0.9 else int(rng.integers(6, 25))
    return shape, radius_px  # type: ignore[return-value]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_definition(dtype, budget):
    rng = np.random.default_rng(11)
    for _ in range(budget.count(test=500, nightly=50_000, release=500_000)):
        shape, radius_px = _case(rng)
        image = _image(rng, shape, dtype)
        eroded = reference.erode_disk(image, radius_px)
        wanted = (eroded, reference.dilate_disk(image, radius_px), reference.dilate_disk(eroded, radius_px))
        for level, native in zip(LEVELS, NATIVE, strict=True):
            placed = misaligned(image, int(rng.integers(0, 4)))
            for name, expected in zip(NAMES, wanted, strict=True):
                got = getattr(native, name)(placed, radius_px, None)
                np.testing.assert_array_equal(got, expected, err_msg=f"{name} {level} {shape} r={radius_px}")


@native_at_each_level
@pytest.mark.parametrize("dtype", DTYPES)
def test_large_image_in_strips_and_bands(native, dtype):
    image = _image(np.random.default_rng(5), (300, 2500), dtype)
    for radius_px in (1, 9):
        for name in NAMES:
            got = getattr(native, name)(image, radius_px, None)
            np.testing.assert_array_equal(got, getattr(reference, name)(image, radius_px))


@native_at_each_level
@pytest.mark.parametrize("dtype", DTYPES)
def test_as_opencv(native, dtype):
    cv2 = pytest.importorskip("cv2")
    image = _image(np.random.default_rng(6), (120, 131), dtype)
    if dtype is np.float32:
        image = np.nan_to_num(image, posinf=9, neginf=-9)
    plain = image.view(np.uint8) if dtype is np.bool_ else image
    for radius_px in (1, 2, 4, 16):
        y, x = np.mgrid[-radius_px : radius_px + 1, -radius_px : radius_px + 1]
        disk = (x * x + y * y <= radius_px * radius_px).astype(np.uint8)
        for name, theirs in (
            ("erode_disk", cv2.erode(plain, disk)),
            ("dilate_disk", cv2.dilate(plain, disk)),
            ("open_disk", cv2.morphologyEx(plain, cv2.MORPH_OPEN, disk)),
        ):
            np.testing.assert_array_equal(getattr(native, name)(image, radius_px, None), theirs.astype(dtype))


@native_at_each_level
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("at_end", [True, False])
def test_stays_inside_its_buffers(native, dtype, at_end):
    rng = np.random.default_rng(8)
    for shape in [(1, 1), (1, 64), (3, 65), (17, 63), (64, 33), (9, 200)]:
        image = Guarded().copy(_image(rng, shape, dtype), at_end=at_end)
        out = Guarded().copy(np.zeros(shape, dtype), at_end=at_end)
        for radius_px in (0, 1, 5, 30):
            assert native.open_disk(image, radius_px, out) is out
            np.testing.assert_array_equal(out, reference.open_disk(image, radius_px))


@native_at_each_level
@pytest.mark.parametrize("dtype", DTYPES)
def test_equal_for_any_thread_count(native, dtype, budget):
    rng = np.random.default_rng(9)
    for _ in range(budget.count(test=100, nightly=1_000, release=1_000)):
        shape = (int(rng.integers(1, 400)), int(rng.integers(1, 200)))
        image, radius_px = _image(rng, shape, dtype), int(rng.integers(1, 12))
        alone = native.open_disk(image, radius_px, None)
        with threads(native, 3):
            together = native.open_disk(image, radius_px, None)
        np.testing.assert_array_equal(alone.view(np.uint8), together.view(np.uint8))


@native_at_each_level
def test_nan_does_not_take_part(native):
    image = np.array([[np.nan, 3, np.nan, np.nan, np.nan]], np.float32)
    np.testing.assert_array_equal(native.erode_disk(image, 1, None), [[3, 3, 3, np.inf, np.inf]])
    np.testing.assert_array_equal(native.dilate_disk(image, 1, None), [[3, 3, 3, -np.inf, -np.inf]])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (7, 0)])
def test_nothing_gives_nothing(dtype, shape):
    for radius_px in (0, 3):
        assert open_disk(np.zeros(shape, dtype), radius_px).shape == shape


def test_refusals():
    image = np.zeros((4, 6), np.uint8)
    with pytest.raises(TypeError, match="image: found int64"):
        open_disk(image.astype(np.int64), 1)
    with pytest.raises(ValueError, match="radius_px: found -1"):
        open_disk(image, -1)
    with pytest.raises(TypeError, match=r"radius_px: found 1\.5"):
        open_disk(image, 1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="image: found"):
        open_disk(image[None], 1)
    with pytest.raises(ValueError, match="C-contiguous"):
        open_disk(image.T, 1)
    with pytest.raises(ValueError, match="out"):
        open_disk(image, 1, out=image)
    with pytest.raises(TypeError, match="out"):
        open_disk(image, 1, out=np.zeros((4, 6), np.float32))

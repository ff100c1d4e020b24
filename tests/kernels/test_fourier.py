"""Fourier transforms: hand-worked cases, the definition at every level, memory, threads, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import reference_fourier as reference
from kernels import levels
from kernels.levels import LEVELS, Guarded, misaligned, threads
from surfedge.kernels import filter_spectrum, irfft2, rfft2

NATIVE = [levels.native(level) for level in LEVELS]
native_at_each_level = pytest.mark.parametrize("native", NATIVE, ids=LEVELS)


def _image(rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, np.float32)


HAND_WORKED = {
    "one pixel is itself": ([[5]], [[5]]),
    "two pixels: sum and difference": ([[3, 1]], [[4, 2]]),
    "two rows: sum and difference": ([[3], [1]], [[4], [2]]),
    "four pixels: powers of -i": ([[1, 2, 3, 4]], [[10, -2 + 2j, -2]]),
    "a dot in the corner has every frequency": ([[1, 0, 0], [0, 0, 0]], [[1, 1], [1, 1]]),
    "a dot one to the right turns once over the width": ([[0, 1, 0, 0]], [[1, -1j, -1]]),
    "a dot one row down turns once over the height": ([[0], [1], [0], [0]], [[1], [-1j], [-1], [1j]]),
    "a constant has its sum and no more": ([[2, 2, 2], [2, 2, 2], [2, 2, 2]], [[18, 0], [0, 0], [0, 0]]),
    "stripes are one frequency across": ([[1, -1, 1, -1], [1, -1, 1, -1]], [[0, 0, 8], [0, 0, 0]]),
    "a checkerboard is the highest of both": ([[1, -1], [-1, 1]], [[0, 0], [0, 4]]),
    "2 x 2 by hand": ([[1, 2], [3, 4]], [[10, -2], [-4, 0]]),
    "three pixels: sqrt(3) / 2": ([[0, 1, -1]], [[0, -1j * np.sqrt(3)]]),
}


@native_at_each_level
@pytest.mark.parametrize("case", HAND_WORKED)
def test_hand_worked(native, case):
    image, spectrum = HAND_WORKED[case]
    image, spectrum = _image(image), np.array(spectrum, np.complex64)
    np.testing.assert_allclose(native.rfft2(image, None), spectrum, atol=1e-6)
    np.testing.assert_allclose(native.irfft2(spectrum, image.shape, None), image, atol=1e-6)


@native_at_each_level
def test_imaginary_parts_that_no_real_image_has_do_not_count(native):
    spectrum = np.array([[4 + 9j, 2 + 9j]], np.complex64)
    np.testing.assert_array_equal(native.irfft2(spectrum, (1, 2), None), [[3, 1]])
    spectrum = np.array([[0], [2 - 1j], [0], [0]], np.complex64)  # without its conjugate: half of it is real
    np.testing.assert_allclose(native.irfft2(spectrum, (4, 1), None).ravel(), [0.5, 0.25, -0.5, -0.25])


@native_at_each_level
@pytest.mark.parametrize(
    ("gain", "expected"),
    [
        ([[1, 1], [1, 1]], [[1, 2], [3, 4]]),
        ([[0, 0], [0, 0]], [[0, 0], [0, 0]]),
        ([[1, 0], [0, 0]], [[2.5, 2.5], [2.5, 2.5]]),  # the mean alone
        ([[0, 1], [1, 1]], [[-1.5, -0.5], [0.5, 1.5]]),  # all but the mean
        ([[1, 0], [1, 0]], [[1.5, 1.5], [3.5, 3.5]]),  # no change along the row
    ],
)
def test_filter_by_hand(native, gain, expected):
    got = native.filter_spectrum(_image([[1, 2], [3, 4]]), _image(gain), None)
    np.testing.assert_allclose(got, expected, atol=1e-6)


def _relative_error(got: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(got - wanted) / np.linalg.norm(wanted))


def _shapes(rng: np.random.Generator, count: int) -> list[tuple[int, int]]:
    fixed = [
        (1, 1),
        (1, 2),
        (2, 1),
        (1, 97),
        (97, 1),
        (16, 16),
        (31, 33),
        (32, 64),
        (49, 25),
        (11, 128),
        (35, 512),
        (3, 88),  # rows in parts of a prime length, of a length that no vector divides
        (9, 272),
        (6, 304),
    ]
    drawn = [tuple(int(side) for side in rng.integers(1, 72, 2)) for _ in range(count)]
    return fixed + drawn  # type: ignore[return-value]


def test_equals_the_definition_within_the_bound(budget, capsys):
    rng = np.random.default_rng(7)
    worst = dict.fromkeys(LEVELS, 0.0)
    for shape in _shapes(rng, budget.count(test=1_000, nightly=20_000, release=200_000)):
        half = (shape[0], shape[1] // 2 + 1)
        image = (rng.standard_normal(shape) * 10.0 ** rng.integers(-20, 15)).astype(np.float32)
        gain = rng.random(half, np.float32) + np.float32(0.5)
        spectrum = (rng.standard_normal(half) + 1j * rng.standard_normal(half)).astype(np.complex64)
        spectrum[0, 0] += 1
        transformed = reference.rfft2(image)
        wanted = (
            transformed,
            reference.irfft2(spectrum, shape),
            reference.irfft2(transformed * gain.astype(np.float64), shape),
        )
        bound = reference.error_bound(shape)
        for level, native in zip(LEVELS, NATIVE, strict=True):
            placed = misaligned(image, 1)
            got = (
                native.rfft2(placed, None),
                native.irfft2(spectrum, shape, None),
                native.filter_spectrum(placed, gain, None),
            )
            # What was drawn may mostly be parts that do not count: the error is measured against all of it.
            scale = np.linalg.norm(spectrum) / np.sqrt(shape[0] * shape[1])
            errors = (
                _relative_error(got[0], wanted[0]) / bound,
                float(np.linalg.norm(got[1] - wanted[1]) / scale) / bound,
                _relative_error(got[2], wanted[2]) / (2 * 3 * bound),  # both ways; gains spread by 3
            )
            assert max(errors) <= 1, (level, shape, errors)
            worst[level] = max(worst[level], *errors)
    with capsys.disabled():
        print(f"\nfourier: worst error over bound {worst}")


@native_at_each_level
@pytest.mark.parametrize("shape", [(1024, 1024), (1000, 1400), (509, 600)])
def test_large_images_against_numpy(native, shape):
    image = np.random.default_rng(1).random(shape, np.float32)
    wanted = np.fft.rfft2(image.astype(np.float64))
    assert _relative_error(native.rfft2(image, None), wanted) <= reference.error_bound(shape)
    back = native.irfft2(wanted.astype(np.complex64), shape, None)
    assert _relative_error(back, image) <= reference.error_bound(shape)


@native_at_each_level
def test_an_image_larger_than_the_cache(native):
    shape = (1401, 1536)  # written past the cache; an odd row at the end
    rng = np.random.default_rng(5)
    image, gain = rng.random(shape, np.float32), rng.random((shape[0], shape[1] // 2 + 1), np.float32)
    wanted = np.fft.irfft2(np.fft.rfft2(image.astype(np.float64)) * gain, shape)
    alone = native.filter_spectrum(image, gain, None)
    assert _relative_error(alone, wanted) <= 2 * reference.error_bound(shape)
    with threads(native, 2):
        np.testing.assert_array_equal(native.filter_spectrum(image, gain, None), alone)


@native_at_each_level
@pytest.mark.parametrize("at_end", [True, False])
def test_stays_inside_its_buffers(native, at_end):
    rng = np.random.default_rng(2)
    for shape in [(1, 1), (3, 5), (15, 17), (16, 31), (33, 64), (11, 13), (34, 3), (17, 512)]:
        half = (shape[0], shape[1] // 2 + 1)
        image = Guarded().copy(rng.random(shape, np.float32), at_end=at_end)
        gain = Guarded().copy(rng.random(half, np.float32), at_end=at_end)
        spectrum = Guarded().copy(np.zeros(half, np.complex64), at_end=at_end)
        out = Guarded().copy(np.zeros(shape, np.float32), at_end=at_end)
        assert native.rfft2(image, spectrum) is spectrum
        assert native.irfft2(spectrum, shape, out) is out
        np.testing.assert_allclose(out, image, atol=1e-5)
        native.filter_spectrum(image, gain, out)
        assert np.isfinite(out).all()


@native_at_each_level
def test_equal_for_any_thread_count(native, budget):
    rng = np.random.default_rng(3)
    for _ in range(budget.count(test=100, nightly=1_000, release=1_000)):
        shape = tuple(int(side) for side in rng.integers(1, 150, 2))
        image, gain = rng.random(shape, np.float32), rng.random((shape[0], shape[1] // 2 + 1), np.float32)
        alone = native.filter_spectrum(image, gain, None), native.rfft2(image, None)
        with threads(native, 3):
            together = native.filter_spectrum(image, gain, None), native.rfft2(image, None)
        for a, b in zip(alone, together, strict=True):
            np.testing.assert_array_equal(a.view(np.uint32), b.view(np.uint32))


@native_at_each_level
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_spoils_everything(native, value):
    image = np.ones((20, 24), np.float32)
    image[3, 4] = value
    assert not np.isfinite(native.rfft2(image, None)).any()
    assert not np.isfinite(native.filter_spectrum(image, np.ones((20, 13), np.float32), None)).any()


def test_refusals():
    image = np.zeros((4, 6), np.float32)
    with pytest.raises(TypeError, match=r"image: found float64 \(4, 6\)"):
        rfft2(image.astype(np.float64))
    with pytest.raises(ValueError, match="at least 1 x 1"):
        rfft2(image[:0])
    with pytest.raises(ValueError, match="C-contiguous"):
        rfft2(image[:, ::2])
    with pytest.raises(ValueError, match=r"gain: found \(4, 3\), expected .* \(4, 4\)"):
        filter_spectrum(image, np.zeros((4, 3), np.float32))
    with pytest.raises(ValueError, match="spectrum"):
        irfft2(np.zeros((4, 4), np.complex64), (4, 8))
    with pytest.raises(TypeError, match="shape"):
        irfft2(np.zeros((4, 4), np.complex64), 6)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="out"):
        filter_spectrum(image, np.zeros((4, 4), np.float32), out=image)


def test_input_is_not_changed():
    image = np.random.default_rng(4).random((33, 37), np.float32)
    spectrum = rfft2(image)
    kept = image.copy(), spectrum.copy()
    filter_spectrum(image, np.ones((33, 19), np.float32))
    irfft2(spectrum, (33, 37))
    np.testing.assert_array_equal(image, kept[0])
    np.testing.assert_array_equal(spectrum, kept[1])

"""An image that is its own reference: what large marks show again and again is not strange, what none else shows is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from surfedge.images import from_array
from surfedge.methods.pooling import pooled
from surfedge.methods.repeats import NOTE, Whitening, autocorrelation, by_precedent, repeats
from surfedge.methods.statistics import Statistics

PITCH = 104


def _plate(*, spot: bool) -> np.ndarray:
    """A crop that shows two pitches: bright lugs, each as bright as it likes, on grey ground; a faint dark spot."""
    rng = np.random.default_rng(4)
    image = rng.normal(90, 6, (256, 256))
    for row in range(52, 256, PITCH):
        for column in range(52, 256, PITCH):
            shape = np.zeros((256, 256), np.float32)
            end = (column + 16 + int(rng.integers(3)), row + 24)
            cv2.line(shape, (column - 16, row - 24), end, 1.0, 9)
            image += shape * rng.uniform(90, 130)
    if spot:
        image[100:110, 100:110] -= 30
    return np.ascontiguousarray(image.clip(0, 255).astype(np.uint8))


def test_a_spot_outshines_the_lugs_of_a_plate() -> None:
    raw = Statistics().inspect(from_array(_plate(spot=True)))
    row, column = divmod(int(raw.map.argmax()), raw.map.shape[1])
    assert raw.notes == (NOTE,)
    assert 24 <= row <= 28 and 24 <= column <= 28  # cells of 4 px


def test_a_texture_does_not_repeat() -> None:
    noise = np.random.default_rng(1).normal(120, 20, (256, 256)).clip(0, 255).astype(np.uint8)
    assert Statistics().inspect(from_array(noise)).notes == ()


def test_defects_that_look_alike_are_no_pattern() -> None:
    """Two roll marks and two pits, as far apart as the lugs of a plate."""
    lines = np.random.default_rng(0).normal(128, 5, (624, 240)).clip(1, 255).astype(np.uint8)
    for line, column in ((52, 60), (452, 60), (340, 156), (240, 84)):
        lines[line : line + 12, column : column + 12] //= 4
    assert repeats(_whitened(lines)) == []


def _whitened(image: np.ndarray) -> np.ndarray:
    features = Statistics().features(from_array(image), with_colour=False)
    mean, size = features.mean(axis=(1, 2)), len(features)
    covariance = np.cov(features.reshape(size, -1)) + 1e-6 * np.eye(size)
    return Whitening(mean, np.linalg.inv(np.linalg.cholesky(covariance)).astype(np.float32)).of(features, 48)


@pytest.mark.parametrize("size", [(30, 40), (33, 17)])
def test_autocorrelation_is_that_of_the_overlap(size: tuple[int, int]) -> None:
    rows, columns = size
    white = np.random.default_rng(2).normal(size=(3, rows, columns)).astype(np.float32)
    found = autocorrelation(white)
    around = white - white.mean(axis=(1, 2), keepdims=True)
    for down, right in ((0, 0), (0, 5), (4, 3), (7, -6), (rows - 2, 2 - columns), (rows // 2, columns // 2)):
        one = around[:, : rows - down, max(0, -right) : columns - max(0, right)]
        other = around[:, down:, max(0, right) : columns - max(0, -right)]
        wanted = (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum())
        assert found[down, columns - 1 + right] == pytest.approx(wanted, abs=1e-4)


def test_repeats_lie_in_two_directions_and_are_few() -> None:
    rng = np.random.default_rng(3)
    cell = rng.normal(size=(2, 16, 20)).astype(np.float32)
    white = np.tile(cell, (1, 3, 3))[:, :40, :50] + rng.normal(size=(2, 40, 50)).astype(np.float32) / 3
    found = repeats(white)
    assert len(found) >= 2 and all(down % 16 == 0 and right % 20 == 0 for down, right in found)
    stripes = np.repeat(white[:, :1], 40, axis=1)
    assert repeats(np.ascontiguousarray(stripes)) == []
    assert repeats(np.ascontiguousarray(np.tile(cell[:, :5, :5], (1, 8, 8)))) == []  # as fine as a weave
    assert repeats(np.zeros((2, 40, 50), np.float32)) == []


def test_distances_stay_finite_and_above_zero() -> None:
    statistics = Statistics()
    features = statistics.features(from_array(_plate(spot=False)), False)
    distance = np.ones(features.shape[1:], np.float32)
    size = features.shape[0]
    mean = features.reshape(size, -1).mean(axis=1)
    whitener = np.diag(1 / features.reshape(size, -1).std(axis=1)).astype(np.float32)
    compared = by_precedent(distance, features, Whitening(mean, whitener))
    assert compared is not None
    values, shifts = compared
    assert values.shape == distance.shape and np.isfinite(values).all() and (values >= 0).all()
    assert {(round(256 * abs(down) / PITCH), round(256 * abs(right) / PITCH)) for down, right in shifts} >= {
        (0, 1),
        (1, 0),
    }


@pytest.mark.parametrize("shape", [(64, 64), (97, 250), (33, 141), (128, 30), (5, 300)])
def test_planes_pooled_at_once_are_as_pooled_one_by_one(shape: tuple[int, int]) -> None:
    planes = np.random.default_rng(3).standard_normal((7, *shape)).astype(np.float32)
    for step in (2, 3, 5, 7):
        rows, columns = (-(-side // step) for side in shape)
        one_by_one = [cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_AREA) for plane in planes]
        np.testing.assert_allclose(pooled(planes, rows, columns), one_by_one, rtol=0, atol=1e-6)

"""Defect zone localisation as a method: z-scores of patch deviations."""

from __future__ import annotations

import numpy as np
import pytest

import reference
from surfedge.errors import ArgumentError
from surfedge.images import from_array
from surfedge.methods.dzl import DZL


def test_worked_by_hand() -> None:
    """Deviations 0.5, 0, 0: mean 1/6, deviation sqrt(2)/6, z = sqrt(2), -1/sqrt(2), -1/sqrt(2)."""
    image = np.zeros((2, 6), np.uint8)
    image[:, 0] = 255
    found = DZL(patch_px=2).inspect(from_array(image)).map
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[2**0.5, -(0.5**0.5), -(0.5**0.5)]], rtol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (16, 16), (17, 40), (64, 100)])
@pytest.mark.parametrize("patch_px", [2, 7, 16])
def test_equals_the_twin(shape: tuple[int, int], patch_px: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    got = DZL(patch_px).inspect(from_array(image)).map
    expected = reference.z_scores(reference.patch_std(image, patch_px))[0]
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_grows_to_the_map_of_the_kernel() -> None:
    from surfedge import kernels

    image = np.random.default_rng(1).integers(0, 256, (50, 70)).astype(np.uint8)
    grown = DZL(8).inspect(from_array(image)).map.repeat(8, axis=0).repeat(8, axis=1)[:50, :70]
    np.testing.assert_allclose(grown, kernels.dzl_map(image, 8), atol=1e-5)


def test_a_rough_patch_is_found_and_a_smooth_one_is_not() -> None:
    image = np.random.default_rng(2).normal(128, 5, (96, 96)).clip(0, 255).astype(np.uint8)
    image[32:48, 64:80] = np.where(np.indices((16, 16)).sum(axis=0) % 2, 200, 60)
    image[64:80, 0:16] = 128
    found = DZL().inspect(from_array(image)).map
    assert np.unravel_index(found.argmax(), found.shape) == (2, 4)
    assert np.unravel_index(found.argmin(), found.shape) == (4, 0)


@pytest.mark.parametrize("value", [0, 77, 255])
def test_one_grey_value_is_dull(value: int) -> None:
    assert (DZL().inspect(from_array(np.full((50, 37), value, np.uint8))).map == 0).all()


def test_one_picture_in_any_depth_gives_one_map() -> None:
    counts = np.random.default_rng(3).integers(0, 256, (40, 56)).astype(np.uint8)
    expected = DZL().inspect(from_array(counts)).map
    for same in (counts * np.uint16(257), counts / 255, (counts / 255).astype(np.float32), np.stack([counts] * 3, 2)):
        np.testing.assert_array_equal(DZL().inspect(from_array(same)).map, expected)


def test_there_is_nothing_to_learn() -> None:
    method = DZL()
    assert method.fit(iter([])) is method


@pytest.mark.parametrize("patch_px", [1, 0, -3, 1025])
def test_wrong_settings(patch_px: int) -> None:
    with pytest.raises(ArgumentError, match=r"dzl\.patch_px"):
        DZL(patch_px)

"""Outside control against scikit-learn on masks grown by scikit-image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from skimage.morphology import dilation, disk
from sklearn.metrics import roc_auc_score

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.ground_truth import outside_grown
from surfedge.metrics.counting.pixel_scores import PixelLevels
from surfedge.metrics.outside_control import FIGURES, outside_control


@pytest.mark.parametrize("radius_px", [0, 1, 2, 5])
def test_equals_scikit_learn_on_grown_masks(test_set: Any, radius_px: int) -> None:
    masks, maps = test_set(12)
    maps = [m if k is None else m + np.float32(0.25) for k, m in zip(masks, maps, strict=True)]
    good = np.concatenate([m.ravel() for k, m in zip(masks, maps, strict=True) if k is None])
    outside = np.concatenate(
        [
            m[~dilation(np.pad(k, 9), disk(radius_px))[9:-9, 9:-9].astype(bool)]
            for k, m in zip(masks, maps, strict=True)
            if k is not None
        ]
    )
    truth = np.r_[np.zeros(good.size), np.ones(outside.size)]
    expected = roc_auc_score(truth, np.r_[good, outside])
    assert outside_control(masks, maps, radius_px) == pytest.approx(expected, abs=1e-12)


def test_growing_is_a_euclidean_disk() -> None:
    mask = np.zeros((41, 41), bool)
    mask[20, 20] = True
    y, x = np.mgrid[-20:21, -20:21]
    for radius_px in (0, 1, 1.5, 5, 13):
        assert np.array_equal(~outside_grown(mask, radius_px), x**2 + y**2 <= radius_px**2)


def test_same_photographs_are_fair_and_brighter_ones_are_not(test_set: Any) -> None:
    masks, maps = test_set(13, images=12, shape=(64, 64), steps=0)
    assert outside_control(masks, maps, 2) == pytest.approx(0.5, abs=0.02)
    brighter = [m if k is None else m + np.float32(5.0) for k, m in zip(masks, maps, strict=True)]
    assert outside_control(masks, brighter, 2) > 0.99


def test_without_good_images_or_an_outside_is_nan() -> None:
    assert np.isnan(outside_control([[[1, 0, 0]]], [[[0.9, 0.1, 0.1]]], 1))
    assert np.isnan(outside_control([[[1, 0, 0]], None], [[[0.9, 0.1, 0.1]], [[0.1, 0.1, 0.1]]], 9))


def test_refuses_a_negative_radius() -> None:
    with pytest.raises(ArgumentError, match="grow_px"):
        outside_control([[[1, 0]]], [[[0.9, 0.1]]], -1)


def test_its_error_comes_from_merged_levels_of_good_and_outside_pixels() -> None:
    """Half of what a merged level holds of both, over all pairs: (2 * 3 / 2) / (4 * 5)."""
    counts = np.zeros((5, 2))
    counts[0], counts[1], counts[2] = (2, 2), (7, 7), (3, 2)
    levels = PixelLevels(counts[None], np.float32([2, 1]), np.array([True, False]))
    (figure,) = FIGURES
    assert figure.slack is not None and figure.slack(levels).tolist() == [3 / 20]

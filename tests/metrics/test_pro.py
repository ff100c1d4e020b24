"""PRO against scikit-image's labelling and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from skimage.measure import label, regionprops

from surfedge.metrics.pro import pro


def test_by_hand_regions_touching_at_a_corner_are_one() -> None:
    mask = [[1, 0, 0, 1], [0, 1, 0, 1]]  # a diagonal pair, found by half; a column, found whole
    called = [[1, 0, 0, 1], [0, 0, 0, 1]]
    assert pro([mask], [called]) == 0.75


def test_equals_scikit_image(test_set: Any) -> None:
    for seed in range(5):
        masks, maps = test_set(seed)
        called = [m > 0.8 for m in maps]
        overlaps = [
            c[tuple(region.coords.T)].mean()
            for mask, c in zip(masks, called, strict=True)
            if mask is not None
            for region in regionprops(label(mask, connectivity=2))
        ]
        assert pro(masks, called) == pytest.approx(np.mean(overlaps), abs=1e-12)


def test_without_regions_is_nan() -> None:
    assert np.isnan(pro([None, [[0, 0]]], [[[1, 0]], [[0, 1]]]))

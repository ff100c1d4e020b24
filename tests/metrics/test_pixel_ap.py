"""Pixel average precision against scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from surfedge.metrics.pixel_ap import pixel_ap


@pytest.mark.parametrize("steps", [0, 4, 40])
def test_equals_scikit_learn(test_set: Any, flat: Any, steps: int) -> None:
    for seed in range(5):
        masks, maps = test_set(seed, steps=steps)
        assert pixel_ap(masks, maps) == pytest.approx(average_precision_score(*flat(masks, maps)), abs=1e-12)


def test_constant_map_gives_the_share_of_defect_pixels() -> None:
    assert pixel_ap([[[1, 0, 0, 0]]], [np.full((1, 4), 7.0)]) == 0.25


def test_without_defect_pixels_is_nan() -> None:
    assert np.isnan(pixel_ap([None], [[[0.1, 0.2]]]))

"""AU-PRO against a plain computation that labels, thresholds and counts anew at every score."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from skimage.measure import label

from surfedge.errors import ArgumentError
from surfedge.metrics.au_pro import au_pro, au_pro_name
from surfedge.metrics.pixel_auroc import pixel_auroc


def au_pro_plainly(masks: list[Any], maps: list[Any], limit: float) -> float:
    masks = [np.zeros(m.shape, bool) if k is None else k for k, m in zip(masks, maps, strict=True)]
    x, y = [0.0], [0.0]
    for score in np.unique(np.concatenate([m.ravel() for m in maps]))[::-1]:
        false = normal = 0
        overlaps = []
        for mask, values in zip(masks, maps, strict=True):
            called = values >= score
            false += np.sum(called & ~mask)
            normal += np.sum(~mask)
            regions = label(mask, connectivity=2)
            overlaps += [called[regions == k].mean() for k in range(1, regions.max() + 1)]
        x.append(false / normal)
        y.append(float(np.mean(overlaps)))
    at_limit = np.interp(limit, x, y)
    kept = [(a, b) for a, b in zip(x, y, strict=True) if a < limit] + [(limit, at_limit)]
    area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(kept))
    return float(area / limit)


@pytest.mark.parametrize("limit", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("steps", [0, 12])
def test_equals_the_plain_computation(test_set: Any, limit: float, steps: int) -> None:
    for seed in range(3):
        masks, maps = test_set(seed, images=3, shape=(9, 13), steps=steps)
        assert au_pro(masks, maps, limit) == pytest.approx(au_pro_plainly(masks, maps, limit), abs=1e-12)


def test_by_hand() -> None:
    # Regions of 1 and 2 pixels, 10 normal pixels. Scores downward: 9 small region | 8 two normal | 7 half of
    # the large | 6 one normal | 5 the rest of the large | 1 the others. So PRO is 0.5 up to FPR 0.2, 0.75 up
    # to 0.3, then 1.
    mask = np.array([[1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    values = np.array([[9, 8, 7, 5, 8, 6, 1, 1, 1, 1, 1, 1, 1]], float)
    assert au_pro([mask], [values], 0.2) == pytest.approx(0.5)
    assert au_pro([mask], [values], 0.3) == pytest.approx((0.2 * 0.5 + 0.1 * 0.75) / 0.3)
    assert au_pro([mask], [values], 1.0) == pytest.approx(0.2 * 0.5 + 0.1 * 0.75 + 0.7)


def test_a_limit_inside_a_tie_is_interpolated() -> None:
    # One level holds everything: the curve is the diagonal, up to 0.3 its mean height is 0.15.
    assert au_pro([[[1, 0, 0]]], [np.ones((1, 3))], 0.3) == pytest.approx(0.15)


def test_one_region_without_limit_is_pixel_auroc(test_set: Any) -> None:
    mask = np.zeros((9, 9), bool)
    mask[2:5, 3:6] = True
    _, (first, second) = test_set(4, images=2, shape=(9, 9))
    assert au_pro([mask, None], [first, second], 1.0) == pytest.approx(pixel_auroc([mask, None], [first, second]))


def test_small_regions_count_as_much_as_large_ones() -> None:
    mask = np.zeros((20, 20), bool)
    mask[:10, :10] = True  # 100 pixels, found
    mask[15, 15] = True  # 1 pixel, missed
    assert au_pro([mask], [mask * (np.arange(20) < 12)], 1.0) == pytest.approx(0.75)


@pytest.mark.parametrize("limit", [0.0, -0.1, 1.1, float("nan")])
def test_refuses_limits_outside_0_to_1(limit: float) -> None:
    with pytest.raises(ArgumentError, match="fpr_limit"):
        au_pro([[[1, 0]]], [[[0.9, 0.1]]], limit)


def test_without_regions_or_normal_pixels_is_nan() -> None:
    assert np.isnan(au_pro([None], [[[0.9, 0.1]]]))
    assert np.isnan(au_pro([[[1, 1]]], [[[0.9, 0.1]]]))


@pytest.mark.parametrize(
    ("limit", "name"), [(0.3, "0.30"), (0.05, "0.05"), (1.0, "1.00"), (0.125, "0.125"), (0.005, "0.005")]
)
def test_names_of_limits_have_two_places_or_as_many_as_they_need(limit: float, name: str) -> None:
    assert au_pro_name(limit) == f"au_pro_{name}"

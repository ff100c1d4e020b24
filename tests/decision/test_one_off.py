"""What a decision refuses at its borders, and pieces cut out where height and width differ."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from surfedge.decision import Decision, RawMap
from surfedge.decision.area import inside, kept_regions
from surfedge.decision.own_tail import FEWEST_PEAKS, tail_end
from surfedge.decision.regions import find_regions, named
from surfedge.errors import ArgumentError


@pytest.mark.parametrize(
    "settings",
    [
        {"threshold": math.nan},
        {"threshold": 3e38},
        {"threshold": -math.inf},
        {"pixel_threshold": math.nan},
        {"pixel_threshold": -3e38},
        {"normalise": "mode"},
        {"blur_sigma_px": -0.1},
        {"blur_sigma_px": 256.1},
        {"score_quantile": 0.0},
        {"score_quantile": 1.001},
        {"image_score_by": "sum"},
        {"opening_radius_px": -1},
        {"opening_radius_px": 257},
        {"border_px": -1},
        {"min_area_px": -1},
        {"normalise": "good"},
        {"normalise": "good", "good_mean": np.ones((1, 1), np.float32)},
        {"ignore": np.zeros((2, 2), np.uint8)},
        {"ignore": np.zeros(4, np.bool_)},
        {"ignore": np.zeros((0, 2), np.bool_)},
    ],
)
def test_settings_beyond_their_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=r"decision\."):
        Decision(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"threshold": -2.9e38, "pixel_threshold": 2.9e38},
        {"blur_sigma_px": 256.0, "score_quantile": 1.0, "opening_radius_px": 256},
        {"border_px": 0, "min_area_px": 0, "ignore": np.zeros((1, 1), np.bool_)},
    ],
)
def test_settings_at_the_end_of_their_range(settings: dict[str, Any]) -> None:
    decision = Decision(**settings)
    assert {name: getattr(decision, name) for name in settings} == settings


def test_the_ring_is_as_wide_on_all_sides() -> None:
    array = np.arange(54).reshape(6, 9)
    assert inside(array, 2).tolist() == [[20, 21, 22, 23, 24], [29, 30, 31, 32, 33]]
    assert inside(array.T, 2).tolist() == [[20, 29], [21, 30], [22, 31], [23, 32], [24, 33]]
    with pytest.raises(ArgumentError, match="3 on an image of 9 x 6 pixels"):
        inside(array, 3)


@pytest.mark.parametrize(("count", "taken"), [(30, 15), (60, 24), (300, 30)])
def test_the_tail_is_taken_from_the_highest_peaks(count: int, taken: int) -> None:
    """Half of few, 24 of more, a tenth of many; worked by hand for heights 1, 2, ... n."""
    values = np.zeros((20 * 12, 40 * 12), np.float32)
    for number in range(count):
        values[6 + 12 * (number // 40), 6 + 12 * (number % 40)] = number + 1
    lowest, median = count - taken + 1, count - (taken - 1) / 2
    scale = (median - lowest) / math.log(2)
    assert tail_end(values) == pytest.approx(lowest + scale * (math.log(taken) + 4.0))


def test_what_the_decision_ignores_is_left_out_of_each_step() -> None:
    """Its own mask is stretched over width and height; one that is given holds as it is."""
    values = np.arange(54, dtype=np.float32).reshape(6, 9)
    decision = Decision(threshold=10.0, ignore=np.array([[False, False, True]]))
    own = np.zeros((6, 9), np.bool_)
    own[:, 6:] = True
    assert decision.mask(values).tolist() == ((values > 10) & ~own).tolist()
    assert decision.judged(values).tolist() == values[~own].tolist()
    assert decision.score(values) == 50.0
    given = own.copy()
    given[5] = True
    assert decision.score(values, given) == 41.0
    assert decision.mask(values, given).tolist() == ((values > 10) & ~given).tolist()


@pytest.mark.parametrize("apart", [4, 5])
def test_a_lower_peak_counts_from_five_values_away(apart: int) -> None:
    values = np.zeros((12, 200), np.float32)
    values[6, 10 : 10 + 20 * (FEWEST_PEAKS - 1) : 20] = np.arange(20, 20 + FEWEST_PEAKS - 1)
    assert tail_end(values) == -math.inf
    values[6, 10 + apart] = 10.0
    assert math.isfinite(tail_end(values)) == (apart == 5)


def test_a_region_is_named_by_its_own_pixels() -> None:
    """Cells of 2 pixels; where two regions share rows and columns, each is told by its own cells."""
    mask = np.zeros((12, 20), np.bool_)
    mask[2:5, 8:13] = mask[8:10, 4:6] = mask[8:12, 16:19] = True
    seen: list[np.ndarray] = []

    def name_region(fraction: np.ndarray) -> str:
        seen.append(fraction)
        return f"{fraction.sum() * 4:.0f} px"

    raw_map = RawMap(np.zeros((6, 10), np.float32), 2, name_region=name_region)
    regions = named(find_regions(mask, mask.astype(np.float32)), mask, raw_map)
    assert sorted((region.box, region.label) for region in regions) == [
        ((4, 8, 2, 2), "4 px"),
        ((8, 2, 5, 3), "15 px"),
        ((16, 8, 3, 4), "12 px"),
    ]
    whole = mask.reshape(6, 2, 10, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(sum(seen), whole)


@pytest.mark.parametrize("ring", [0, 2])
def test_regions_on_each_edge_are_cleared(ring: int) -> None:
    """One that ends at the ring touches it; one pixel further in does not."""
    mask = np.zeros((30, 40), np.bool_)
    places = [(ring, 12), (14, ring), (38 - ring, 12), (14, 28 - ring)]
    for x, y in places:
        mask[y : y + 2, x : x + 2] = True
    near = [(ring + 1, 20), (24, ring + 1), (37 - ring, 20), (24, 27 - ring)]
    for x, y in near:
        mask[y : y + 2, x : x + 2] = True
    regions = find_regions(mask, mask.astype(np.float32))
    assert len(regions) == 8
    kept = kept_regions(regions, mask, 0, ring, clear_border=True)
    assert {region.box[:2] for region in kept} == set(near) and mask.sum() == 16

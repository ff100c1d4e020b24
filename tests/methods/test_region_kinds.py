"""Kinds of regions: learned from a few, named by the nearest, unknown beyond their reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from methods.textures import texture
from surfedge.decision import Decision, RawMap
from surfedge.errors import ArgumentError, DatasetError
from surfedge.images import from_array
from surfedge.methods.region_kinds import UNKNOWN, RegionKinds, described, learn_kinds, left_out
from surfedge.methods.statistics import Statistics

F32 = np.float32


def test_a_region_is_described_by_the_cells_that_it_covers() -> None:
    cells = np.arange(12, dtype=F32).reshape(2, 2, 3)
    fraction = np.float32([[0.9, 0.5, 0.2], [0, 0, 0]])
    np.testing.assert_allclose(described(cells, fraction)[:4], [0.5, 6.5, 0.5, 0.5])
    one = [0.0, 0.5 * np.log(1 / 12), 0.5 * np.log(1 / 12)]
    np.testing.assert_allclose(described(cells, 0.1 * fraction), [0, 6, 0, 0, *one])  # under half: the most covered


def test_and_by_how_far_it_extends() -> None:
    cells, fraction = np.zeros((1, 9, 9), F32), np.zeros((9, 9), F32)
    fraction[4, 1:7] = 1  # six cells in a row: their places have the variance 35 / 12
    line = described(cells, fraction)[2:]
    np.testing.assert_allclose(np.exp(2 * line[1:]), [35 / 12 + 1 / 12, 1 / 12], rtol=1e-6)
    assert line[0] == F32(np.log(6))
    np.testing.assert_array_equal(described(cells, np.ascontiguousarray(fraction.T))[2:], line)  # whichever way


def test_the_nearest_kind_names_and_strange_ones_are_unknown() -> None:
    rng = np.random.default_rng(0)
    regions, labels = _of_two_kinds(rng, 5)
    kinds = learn_kinds(regions, labels)

    def named(mean: list[float], kinds: RegionKinds = kinds) -> str:  # of a region of one cell
        return kinds.name(F32(mean).reshape(2, 1, 1), np.ones((1, 1), F32))

    assert named([3, 0]) == "scratch" and named([0.2, 2.9]) == "pit" and named([-20, 30]) == UNKNOWN
    assert kinds.names == ("scratch", "pit")
    before = RegionKinds(kinds.names, np.eye(4, dtype=F32), F32([[3, 0, 0, 0], [0, 3, 0, 0]]), 2.0)
    assert named([3, 1], before) == "scratch" and named([0, 2], before) == "pit"  # bundles of before: no extents,
    assert named([6, 0], before) == UNKNOWN  # and a reach that is a distance


def test_the_limit_calls_a_tenth_of_new_regions_of_known_kinds_unknown() -> None:
    rng = np.random.default_rng(3)
    lost = []
    for _ in range(20):
        kinds = learn_kinds(*_of_two_kinds(rng, 8))
        lost.append(np.mean(kinds.strangeness(_of_two_kinds(rng, 50)[0]).min(axis=1) > kinds.reach))
    assert 0.05 < np.mean(lost) < 0.15


def test_strangeness_by_hand() -> None:
    """Squared distances from the kinds less the one from all kinds together, each in its own units."""
    eye, of_all = np.eye(2, dtype=F32), F32([[0.5, 0], [0, 1]])
    kinds = RegionKinds(("a", "b"), eye, F32([[1, 0], [0, 2]]), 0.0, of_all, F32([0.5, 1]))
    # (4, 0): 9 and 16 + 4 from the kinds, (2, 0) - (0.5, 1) squared is 3.25 from all
    np.testing.assert_allclose(kinds.strangeness(F32([[4, 0]])), [[9 - 3.25, 20 - 3.25]])


def test_what_is_left_out_in_turn_is_counted() -> None:
    rng = np.random.default_rng(1)
    regions, labels = _of_two_kinds(rng, 6)
    assert left_out(regions, labels) == (0, 0)  # one kind is left: nothing to tell apart
    third = regions[:6] + F32([9, 9, 0, 0, 0, 0, 0])
    unknown, tried = left_out(np.concatenate([regions, third]), [*labels, *["dent"] * 6])
    assert tried == 18 and 6 <= unknown <= 18


def _of_two_kinds(rng: np.random.Generator, count: int) -> tuple[np.ndarray, list[str]]:
    """Regions of one cell each, of two features, so many of a kind."""
    centres = {"scratch": [3, 0], "pit": [0, 3]}
    labels = [name for name in centres for _ in range(count)]
    one = [0, 0, 0, 0.5 * np.log(1 / 12), 0.5 * np.log(1 / 12)]
    return np.stack([[*(centres[name] + rng.normal(0, 0.3, 2)), *one] for name in labels]).astype(F32), labels


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["pit", "pit"], "found pit alone, expected two sub-folders or more"),
        (["pit", "pit", "cut"], "one image of cut, expected two sub-folders"),
    ],
)
def test_too_few_to_tell_apart(labels: list[str], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        learn_kinds(np.eye(len(labels), 4, dtype=F32), labels)


def test_regions_get_names_and_the_image_that_of_the_strongest() -> None:
    values = np.zeros((10, 10), F32)
    values[2, 2], values[6:8, 7] = 5, 9

    def name(fraction: np.ndarray) -> str:
        return "line" if fraction[6:8, 7].all() else "spot" if fraction[2, 2] > 0 else "other"

    judged = Decision(threshold=2.0).judge(RawMap(values, 4, name_region=name), (40, 40))
    assert [region.label for region in judged.regions] == ["line", "spot"] and judged.label == "line"
    smooth = Decision(threshold=2.0, blur_sigma_px=2.0).judge(RawMap(values, 4, name_region=name), (40, 40))
    assert smooth.regions[0].label == "line"  # kept through smoothing
    good = Decision(threshold=20.0).judge(RawMap(values, 4, name_region=name), (40, 40))
    assert good.label == "" and good.regions == ()


@pytest.fixture(scope="module")
def named() -> Statistics:
    learned = Statistics().fit([from_array(texture(seed)) for seed in range(9)])
    return replace(
        learned,
        kind_names=("pit", "cut"),
        kind_whitener=np.eye(38, dtype=F32),
        kind_means=np.zeros((2, 38), F32),
        kind_reach=1.0,
    )


def test_a_method_without_marks_names_regions_too(named: Statistics) -> None:
    frame = from_array(texture(3))
    raw_map, plain = named.inspect(frame), replace(named, kind_names=(), kind_whitener=None, kind_means=None)
    np.testing.assert_allclose(raw_map.map, plain.inspect(frame).map, rtol=1e-3)
    assert raw_map.name_region is not None and raw_map.name_region(np.ones(raw_map.map.shape, F32)) == UNKNOWN
    assert plain.inspect(frame).name_region is None
    kinds = RegionKinds(named.kind_names, named.kind_whitener, named.kind_means, 1e9)  # type: ignore[arg-type]
    assert kinds.name(named.cells(frame), np.ones(raw_map.map.shape, F32)) == "pit"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind_names": ()},
        {"kind_names": ("pit", "pit")},
        {"kind_names": ("pit", "cut", "line")},
        {"kind_whitener": None},
        {"kind_whitener": np.eye(19, dtype=F32)},
        {"kind_whitener": np.zeros((), F32)},
        {"kind_means": np.full((2, 38), np.nan, F32)},
        {"kind_means": np.zeros((2, 38))},
        {"kind_all_mean": np.zeros(38, F32)},
        {"kind_all_mean": np.zeros(37, F32), "kind_all_whitener": np.eye(38, dtype=F32)},
        {"kind_whitener": np.eye(41, dtype=F32)},
        {"mean": None, "whitener": None},
    ],
    ids=lambda wrong: "".join(wrong),
)
def test_what_does_not_fit_is_refused(named: Statistics, wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="statistics"):
        replace(named, **wrong)

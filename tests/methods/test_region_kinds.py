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
from surfedge.methods.region_kinds import UNKNOWN, RegionKinds, described, learn_kinds
from surfedge.methods.statistics import Statistics

F32 = np.float32


def test_a_region_is_described_by_the_cells_that_it_covers() -> None:
    cells = np.arange(12, dtype=F32).reshape(2, 2, 3)
    fraction = np.float32([[0.9, 0.5, 0.2], [0, 0, 0]])
    np.testing.assert_allclose(described(cells, fraction), [0.5, 6.5, 0.5, 0.5])
    np.testing.assert_allclose(described(cells, 0.1 * fraction), [0, 6, 0, 0])  # less than half: the most covered


def test_the_nearest_kind_names_and_strange_ones_are_unknown() -> None:
    rng = np.random.default_rng(0)
    centres = {"scratch": F32([3, 0, 0, 1]), "pit": F32([0, 3, 0, 1])}
    labels = [name for name in centres for _ in range(5)]
    kinds = learn_kinds(np.stack([centres[name] + rng.normal(0, 0.3, 4) for name in labels]).astype(F32), labels)

    def named(mean: list[float]) -> str:  # of a region of one cell, whose std is 0
        return replace(kinds, means=kinds.means - kinds.whitener @ F32([0, 0, 0, 1])).name(
            F32(mean).reshape(2, 1, 1), np.ones((1, 1), F32)
        )

    assert named([3, 0]) == "scratch" and named([0.2, 2.9]) == "pit" and named([-20, 30]) == UNKNOWN
    assert kinds.names == ("scratch", "pit")


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
        {"mean": None, "whitener": None},
    ],
    ids=lambda wrong: "".join(wrong),
)
def test_what_does_not_fit_is_refused(named: Statistics, wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="statistics"):
        replace(named, **wrong)

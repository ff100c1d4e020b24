"""What kinds of defects are learned from: which images, and which of their cells."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from surfedge.calibration import region_kinds
from surfedge.calibration.region_kinds import with_region_kinds
from surfedge.datasets import MarkedImage
from surfedge.detector import default_bundle
from surfedge.errors import ArgumentError, DatasetError, SurfedgeError
from surfedge.images import from_array
from surfedge.methods.region_kinds import RegionKinds
from surfedge.methods.statistics import Statistics


def test_kinds_are_learned_from_images_that_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, steps, told = default_bundle("statistics"), [], []
    images = [MarkedImage(Path(f"{number}.png"), "ab"[number % 2]) for number in range(6)]

    def region(detector: Any, method: Any, image: MarkedImage) -> np.ndarray:
        if image.path.stem == "2":
            raise DatasetError(image.path, found="nothing", expected="a defect")
        return np.float32([int(image.path.stem), 7])

    def learned(regions: np.ndarray, labels: list[str]) -> Any:
        assert regions.tolist() == [[0, 7], [1, 7], [3, 7], [4, 7], [5, 7]] and labels == ["a", "b", "b", "a", "b"]
        whitener = np.eye(41, dtype=np.float32)
        return RegionKinds(("a", "b"), whitener, np.ones((2, 41), np.float32), 2.0, whitener, whitener[0])

    method = Statistics(mean=np.zeros(19, np.float32), whitener=np.eye(19, dtype=np.float32))
    monkeypatch.setattr(region_kinds, "Detector", lambda bundle, device: SimpleNamespace(method=method))
    monkeypatch.setattr(region_kinds, "_region", region)
    monkeypatch.setattr(region_kinds, "learn_kinds", learned)
    monkeypatch.setattr(region_kinds, "left_out", lambda regions, labels: (3, 5))
    told_of: Any = told.append
    arrays = {"calibration/scores": np.ones(9), "method/kind_old": np.ones(1)}
    found = with_region_kinds(
        replace(bundle, identity="abc", arrays=arrays), images, lambda *step: steps.append(step), tell=told_of
    )
    assert tuple(found.settings["kind_names"]) == ("a", "b")
    assert found.identity == "" and found.arrays["method/kind_means"].shape == (2, 41)
    assert found.arrays["method/kind_all_mean"].shape == (41,) and found.settings["kind_reach"] == 2.0
    assert "calibration/scores" in found.arrays and "method/kind_old" not in found.arrays
    assert [step[:2] for step in steps] == [(number, 6) for number in range(6)]
    assert told[0].startswith("skipped 2.png: ") and told[1:] == [
        "each kind left out in turn: 3 of its 5 marked regions would be unknown"
    ]


def test_without_an_image_that_can_be_used_there_are_no_kinds(tmp_path: Path) -> None:
    images = [MarkedImage(tmp_path / f"{name}.png", name) for name in "aabb"]
    with pytest.raises(SurfedgeError, match="found no image that can be used, expected two sub-folders or more"):
        with_region_kinds(default_bundle("statistics"), images)
    with pytest.raises(ArgumentError, match="found the method dzl, expected statistics"):
        with_region_kinds(default_bundle("dzl"), images)


@pytest.mark.parametrize(
    ("found", "cells"),
    [
        ([(0, 0), (3, 3)], [(1, 1)]),  # where the defect was found within its mark
        ([(2, 0), (2, 2), (3, 3)], [(1, 1)]),  # of several regions the largest
        ([(0, 0)], [(1, 0), (1, 1)]),  # all that is marked where nothing of it was found
        ([], [(1, 0), (1, 1)]),
        (None, [(1, 0), (1, 1)]),
    ],
)
def test_a_kind_is_learned_from_what_is_found_where_it_is_marked(
    found: list[tuple[int, int]] | None, cells: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image of 4 x 4 with cells of 2, marked in its lower half."""
    weights = _weights(found, ((0, 2, 4, 2),), monkeypatch)
    assert list(zip(*np.nonzero(weights), strict=True)) == cells


def test_of_an_image_that_is_known_as_a_whole_the_oddest_cell_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _weights([], (), monkeypatch).tolist() == [[0, 0], [1, 0]]
    assert _weights([(0, 3)], (), monkeypatch).tolist() == [[0, 0.25], [0, 0]]


def _weights(found: Any, boxes: Any, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """What `described` is given of the cells."""
    mask = None if found is None else np.zeros((4, 4), np.bool_)
    for y, x in found or ():
        mask[y, x] = True  # type: ignore[index]
    frame = from_array(np.zeros((4, 4), np.uint8))
    preparation = SimpleNamespace(read=lambda path: frame, filter=lambda frame: frame)
    asked: list[str] = []

    def judge(action: str) -> Any:
        asked.append(action)
        return lambda frame: SimpleNamespace(mask=mask)

    detector: Any = SimpleNamespace(preparation=preparation, with_plausibility=judge)
    distance = np.float32([[1, 2], [5, 3]])
    method: Any = SimpleNamespace(cells=lambda frame: "cells", distance=lambda cells: distance, cell_px=2)
    monkeypatch.setattr(region_kinds, "described", lambda cells, weights: weights)
    weights = region_kinds._region(detector, method, MarkedImage(Path("a.png"), boxes=boxes))
    assert asked == ["note"]
    return weights

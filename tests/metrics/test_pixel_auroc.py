"""Pixel AUROC against scikit-learn, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from surfedge.errors import ArgumentError
from surfedge.metrics.pixel_auroc import pixel_auroc


@pytest.mark.parametrize("steps", [0, 4, 40])
def test_equals_scikit_learn(test_set: Any, flat: Any, steps: int) -> None:
    for seed in range(5):
        masks, maps = test_set(seed, steps=steps)
        assert pixel_auroc(masks, maps) == pytest.approx(roc_auc_score(*flat(masks, maps)), abs=1e-12)


def test_constant_maps_are_chance() -> None:
    assert pixel_auroc([[[1, 0]], None], [[[2.0, 2.0]], [[2.0, 2.0]]]) == 0.5


def test_no_defect_or_all_defect_is_nan() -> None:
    assert np.isnan(pixel_auroc([None], [[[0.1, 0.2]]]))
    assert np.isnan(pixel_auroc([[[1, 1]]], [[[0.1, 0.2]]]))


def test_kinds_of_masks_and_maps_are_all_the_same() -> None:
    values = np.array([[1, 3, 2]])
    for mask in ([[0, 255, 0]], np.array([[False, True, False]]), np.array([[0, 1, 0]], np.uint8)):
        for kind in (np.uint8, np.float16, np.float64, np.int32):
            assert pixel_auroc([mask], [values.astype(kind)]) == 1.0


@pytest.mark.parametrize(
    ("masks", "maps", "found"),
    [
        ([], [], "0 for 0 masks"),
        ([None], [], "0 for 1 masks"),
        ([[[1, 0]]], [[[0.1], [0.2]]], r"image 0: mask: found int64 \(1, 2\)"),
        ([None], [[[0.1, np.nan]]], "image 0: anomaly map: found 1 of 2 pixels not finite"),
        ([None], [[[0.1, 1e39]]], "not finite as float32"),
        ([None], [[0.1, 0.2]], r"\(2,\)"),
        ([None], [np.zeros((0, 4))], r"\(0, 4\)"),
        ([None], [[["a"]]], "U1"),
    ],
)
def test_refuses_what_has_no_answer(masks: Any, maps: Any, found: str) -> None:
    with pytest.raises(ArgumentError, match=found):
        pixel_auroc(masks, maps)


def test_changes_nothing_it_is_given(test_set: Any) -> None:
    masks, maps = test_set(1)
    before = [m.copy() for m in maps]
    pixel_auroc(masks, maps)
    assert all(np.array_equal(a, b) for a, b in zip(maps, before, strict=True))

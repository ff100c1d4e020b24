"""In-image AUROC against scikit-learn, image by image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from surfedge.metrics.in_image_auroc import in_image_auroc


@pytest.mark.parametrize("steps", [0, 6])
def test_equals_scikit_learn(test_set: Any, steps: int) -> None:
    masks, maps = test_set(10, steps=steps)
    each = [roc_auc_score(k.ravel(), m.ravel()) for k, m in zip(masks, maps, strict=True) if k is not None]
    assert in_image_auroc(masks, maps) == pytest.approx(np.mean(each), abs=1e-12)


def test_a_brighter_photograph_changes_nothing(test_set: Any) -> None:
    masks, maps = test_set(11, steps=0)
    brighter = [m + 100 if k is not None else m for k, m in zip(masks, maps, strict=True)]
    assert in_image_auroc(masks, brighter) == pytest.approx(in_image_auroc(masks, maps), abs=1e-4)


def test_images_without_a_rest_are_left_out() -> None:
    assert in_image_auroc([[[1, 1]], [[1, 0]]], [[[0.1, 0.2]], [[0.9, 0.2]]]) == 1.0
    assert np.isnan(in_image_auroc([[[1, 1]], None], [[[0.1, 0.2]], [[0.9, 0.2]]]))

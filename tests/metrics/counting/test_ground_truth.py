"""Regions of a mask and how many there are."""

from __future__ import annotations

import numpy as np

from surfedge.metrics.counting.ground_truth import label_regions


def test_regions_touch_at_corners_and_all_are_counted() -> None:
    mask = np.zeros((4, 7), np.bool_)
    mask[0, 0] = mask[1, 1] = mask[0, 4] = mask[3, 6] = True
    labels, count = label_regions(mask)
    assert count == 3 == labels.max() and labels[0, 0] == labels[1, 1] and labels.dtype == np.int32
    assert (labels > 0).tolist() == mask.tolist()
    assert label_regions(np.zeros((2, 2), np.bool_))[1] == 0

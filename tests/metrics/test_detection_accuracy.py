"""Detection accuracy by hand."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.metrics.detection_accuracy import detection_accuracy

MASK = [[1, 1, 1, 1, 0, 0]]


def test_counts_only_overlaps_above_the_limit() -> None:
    half, more, none = [[1, 1, 0, 0, 0, 0]], [[1, 1, 1, 0, 0, 0]], [[0, 0, 0, 0, 0, 0]]  # IoU 1/2, 3/4, 0
    assert detection_accuracy([MASK, MASK, MASK], [half, more, none]) == pytest.approx(1 / 3)
    assert detection_accuracy([MASK, MASK, MASK], [half, more, none], min_iou=0.4) == pytest.approx(2 / 3)


def test_good_images_do_not_count() -> None:
    called = [[1, 1, 1, 1, 0, 0]]
    assert detection_accuracy([MASK, None, [[0] * 6]], [called, called, called]) == 1.0
    assert np.isnan(detection_accuracy([None], [called]))


def test_refuses_different_counts() -> None:
    with pytest.raises(ArgumentError, match="1 for 2 masks"):
        detection_accuracy([MASK, MASK], [MASK])

"""What is taken as an argument of metrics, and what a refusal says."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.errors import ArgumentError
from surfedge.metrics.counting.checked import checked_map, checked_scores


def test_four_of_the_labels_that_are_none_are_shown() -> None:
    with pytest.raises(ArgumentError, match=r"values \[0, 1, 2, 3\], expected True or False"):
        checked_scores(range(6), np.zeros(6))


def test_a_float32_map_is_not_copied() -> None:
    values = np.zeros((2, 3), np.float32)
    assert checked_map(values) is values

"""The median by selection is NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

from surfedge.robust import median


@pytest.mark.parametrize("count", [*range(1, 20), 1000, 1001, 65536])
@pytest.mark.parametrize("step", [0.0, 0.5])
def test_of_any_number_with_and_without_ties(count: int, step: float) -> None:
    values = np.random.default_rng(count).normal(0, 1, count).astype(np.float32)
    values = np.round(values / step) * np.float32(step) if step else values
    assert median(values) == np.median(values.astype(np.float64))


def test_of_any_shape_and_layout() -> None:
    values = np.random.default_rng(0).normal(0, 1, (31, 40)).astype(np.float32)
    assert median(values[::2, 1::3]) == np.median(values[::2, 1::3].astype(np.float64))


def test_nan_is_not_hidden() -> None:
    for count in (1, 4, 5):
        values = np.zeros(count, np.float32)
        values[-1] = np.nan
        assert np.isnan(median(values))

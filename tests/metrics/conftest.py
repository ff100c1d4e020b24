"""Random test sets with what breaks metrics: ties, touching and tiny regions, defects at the border."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

TestSet = tuple[list[Any], list[Any]]


def _test_set(seed: int, images: int = 6, shape: tuple[int, int] = (23, 31), steps: int = 40) -> TestSet:
    """Masks (None for every third image) and maps; `steps` distinct scores, 0 for all distinct."""
    rng = np.random.default_rng(seed)
    masks: list[Any] = []
    maps: list[Any] = []
    for i in range(images):
        values = rng.normal(size=shape).astype(np.float32)
        mask = rng.random(shape) < 0.01
        y, x = rng.integers(0, shape[0] - 3), rng.integers(0, shape[1] - 5)
        mask[y : y + 3, x : x + 5] = True
        if i % 3 == 0:
            masks.append(None)
        else:
            masks.append(mask)
            values[mask] += rng.uniform(0.5, 2.5)
        maps.append(np.round(values * steps / 8) * np.float32(8 / steps) if steps else values)
    return masks, maps


@pytest.fixture
def test_set() -> Callable[..., TestSet]:
    """`test_set(seed)` gives masks and maps."""
    return _test_set


@pytest.fixture
def flat() -> Callable[[list[Any], list[Any]], tuple[Any, Any]]:
    """All pixels as two vectors, truth and score, for libraries that want them so."""

    def flatten(masks: list[Any], maps: list[Any]) -> tuple[Any, Any]:
        truth = [np.zeros(m.shape, bool) if k is None else np.asarray(k) != 0 for k, m in zip(masks, maps, strict=True)]
        return np.concatenate([t.ravel() for t in truth]), np.concatenate([m.ravel() for m in maps])

    return flatten

"""Grey noise of some grain and ugly sizes: what patch statistics are tested on."""

from __future__ import annotations

import numpy as np

F32 = np.float32
SHAPES = [(1, 1), (1, 7), (5, 1), (3, 3), (4, 4), (9, 17), (33, 40), (64, 96), (101, 57)]


def texture(seed: int, shape: tuple[int, ...] = (96, 128), dtype: type = np.uint8) -> np.ndarray:
    """Grey noise of some grain, unlike from seed to seed in level and contrast."""
    rng = np.random.default_rng(seed)
    fine = rng.normal(0, 1, shape)
    grain = fine + np.roll(fine, 1, axis=0) + np.roll(fine, 2, axis=1)
    counts = (rng.uniform(90, 160) + rng.uniform(8, 14) * grain).clip(0, 255).astype(np.uint8)
    return counts if dtype == np.uint8 else (counts / 255).astype(dtype)

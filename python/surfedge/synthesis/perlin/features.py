"""Anomalies in feature space: Gaussian noise under a Perlin mask, added to what an encoder gave.

The noise is that of Z. Liu, Y. Zhou, Y. Xu, Z. Wang, "SimpleNet: A Simple Network for Image Anomaly Detection and
Localization", 2023, which has it at all places; the mask is DRAEM's (V. Zavrtanik and others, 2021).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.synthesis.perlin.noise import perlin_mask
from surfedge.synthesis.ranges import require

Field = NDArray[np.float32]


def feature_noise(
    features: Field, rng: np.random.Generator, sigma: float = 0.015, probability: float = 0.5
) -> tuple[Field, NDArray[np.bool_]]:
    """Features with Gaussian noise of deviation `sigma` at the places of a Perlin mask, and the mask.

    features : float32, (C, h, w); not changed. sigma : in the features' own units, 0 or more.
    probability : of an anomaly; without one the features come back as they are and the mask, bool (h, w), is empty.
    A batch in a framework of its own needs `perlin_mask` only.

    >>> features, mask = feature_noise(np.zeros((8, 16, 16), np.float32), np.random.default_rng(0), probability=1.0)
    >>> bool(mask.any()), bool((features[:, ~mask] == 0).all())
    (True, True)
    """
    if features.ndim != 3 or features.dtype != np.float32:
        found = f"{features.dtype} of shape {features.shape}"
        raise ArgumentError("features", found=found, expected="float32, (C, h, w)")
    require(0, 1e9, sigma=sigma)
    require(0, 1, probability=probability)
    if rng.random() >= probability:
        return features.copy(), np.zeros(features.shape[1:], bool)
    h, w = features.shape[1:]
    mask = perlin_mask(rng, (h, w))
    noisy = features.copy()
    shape = (features.shape[0], int(mask.sum()))
    noisy[:, mask] += np.float32(sigma) * rng.standard_normal(shape, dtype=np.float32)
    return noisy, mask

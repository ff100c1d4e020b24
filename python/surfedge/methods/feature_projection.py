"""Fewer numbers for each cell of a network's features: each layer whitened for itself, then turned and cut off.

A network's layers differ in scale, and most of a layer's variance lies along a few directions; whitened, a random
projection keeps something of all of them. (T. Defard et al., "PaDiM", 2021, section IV-B, on random dimensions; D.
Achlioptas, "Database-friendly random projections", 2003, on projections.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from surfedge.methods.covariance import Moments

FLOOR = 0.03  # of a layer's mean variance: what varies less is mostly noise and is not enlarged further


def learn_projection(
    images: Iterable[np.ndarray], layers: Sequence[int], dimensions: int, rng: np.random.Generator, floor: float = FLOOR
) -> tuple[np.ndarray, np.ndarray]:
    """matrix, float32 (D, d), and offset, float32 (d,): features @ matrix + offset are the projected ones.

    images : features of good ones, float (cells, D). layers : how many of D belong to each layer, in order.
    floor : added to the variances, times their mean. d is the smaller of `dimensions` and D; with d = D and no floor
    every layer's covariance becomes the unit matrix.
    """
    moments = [Moments() for _ in layers]
    ends = np.cumsum(layers)
    for features in images:
        for layer, end, size in zip(moments, ends, layers, strict=True):
            layer.add(np.ascontiguousarray(features[:, end - size : end].T, np.float32))
    total = int(ends[-1])
    whitener, mean = np.zeros((total, total)), np.zeros(total)
    for layer, end, size in zip(moments, ends, layers, strict=True):
        own = slice(end - size, end)
        mean[own], covariance = layer.mean_and_covariance()
        variances, directions = np.linalg.eigh(covariance)
        added = floor * max(float(variances.mean()), 1e-12)
        whitener[own, own] = directions / np.sqrt(np.maximum(variances, 0.0) + added)
    matrix = whitener
    if dimensions < total:
        matrix = whitener @ np.linalg.qr(rng.standard_normal((total, dimensions)))[0]
    return matrix.astype(np.float32), (-mean @ matrix).astype(np.float32)

"""Distance of each cell's features from a Gaussian of its own, 128 features, cells of 8 pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work

FEATURES = 128
CELL_PX = 8


def _trial(shape: Shape, threads: int) -> Trial:
    count = (shape[0] // CELL_PX) * (shape[1] // CELL_PX)
    rng = np.random.default_rng(6)
    x = rng.standard_normal((count, 1, FEATURES), np.float32)
    mean = rng.standard_normal((count, FEATURES), np.float32)
    column, row = np.triu_indices(FEATURES)
    halves = rng.standard_normal((count, row.size), np.float32).view(np.uint32) >> np.uint32(16)
    lower = np.zeros((count, FEATURES, FEATURES), np.float32)
    lower[:, row, column] = (halves << np.uint32(16)).view(np.float32)
    whiteners = halves.astype("<u2").view(np.uint8)
    out = np.empty((count, 1), np.float32)
    peers = (Peer("NumPy matmul", "numpy", lambda numpy: _numpy(x, mean, lower, numpy), 1e-2),)
    work = Work(x.nbytes + mean.nbytes + whiteners.nbytes, out.nbytes, count * FEATURES * (FEATURES + 4))
    return Trial(lambda: kernels.position_distances(x, mean, whiteners, out=out), peers, work)


def _numpy(x: np.ndarray, mean: np.ndarray, lower: np.ndarray, numpy: Any) -> Callable[[], np.ndarray]:
    def call() -> np.ndarray:
        white = numpy.matmul(lower, (x[:, 0] - mean)[..., None])
        return numpy.sqrt(numpy.einsum("pij,pij->pj", white, white))

    return call


CASES = (Case("128 features", (256, 256), _trial),)

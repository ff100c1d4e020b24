"""Distance of each cell's features from their mean, for an image of the shape named with cells of 4 pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work

FIGURES = 19
CELL_PX = 4


def _trial(shape: Shape, threads: int) -> Trial:
    count = (shape[0] // CELL_PX) * (shape[1] // CELL_PX)
    rng = np.random.default_rng(4)
    x = rng.standard_normal((FIGURES, count), np.float32)
    mean = rng.standard_normal(FIGURES, np.float32)
    whitener = np.tril(rng.standard_normal((FIGURES, FIGURES), np.float32))
    out = np.empty(count, np.float32)
    peers = (
        Peer("OpenCV gemm", "cv2", lambda cv2: _opencv(x, mean, whitener, cv2), 1e-3),
        Peer("NumPy", "numpy", lambda numpy: _numpy(x, mean, whitener, numpy), 1e-3),
    )
    operations = count * (FIGURES + FIGURES * (FIGURES + 1) + 2 * FIGURES)  # difference, triangle, squares
    work = Work(x.nbytes, out.nbytes, operations)
    return Trial(lambda: kernels.mahalanobis(x, mean, whitener, out=out), peers, work)


def _opencv(x: np.ndarray, mean: np.ndarray, whitener: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    white, total = np.empty_like(x), np.empty((1, x.shape[1]), np.float32)
    shift = -(whitener @ mean)[:, None]

    def call() -> np.ndarray:
        cv2.gemm(whitener, x, 1.0, None, 0.0, dst=white)
        np.add(white, shift, out=white)
        cv2.multiply(white, white, dst=white)
        cv2.reduce(white, 0, cv2.REDUCE_SUM, dst=total)
        return cv2.sqrt(total, dst=total)[0]

    return call


def _numpy(x: np.ndarray, mean: np.ndarray, whitener: np.ndarray, numpy: Any) -> Callable[[], np.ndarray]:
    white, shift = np.empty_like(x), (whitener @ mean)[:, None]

    def call() -> np.ndarray:
        numpy.matmul(whitener, x, out=white)
        numpy.subtract(white, shift, out=white)
        return numpy.sqrt(numpy.einsum("ij,ij->j", white, white))

    return call


CASES = (Case("19 figures", (1024, 1024), _trial),)

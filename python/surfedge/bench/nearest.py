"""The nearest of 1,000 entries for each cell's figures, for an image of the shape named with cells of 4 pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work

FIGURES, ENTRIES = 19, 1000
CELL_PX = 4


def _trial(shape: Shape, threads: int) -> Trial:
    count = (shape[0] // CELL_PX) * (shape[1] // CELL_PX)
    rng = np.random.default_rng(5)
    x = rng.standard_normal((FIGURES, count), np.float32)
    bank = rng.standard_normal((ENTRIES, FIGURES), np.float32)
    peers = (
        Peer("OpenCV batchDistance", "cv2", lambda cv2: _batch_distance(x, bank, cv2), 1e-3),
        Peer("OpenCV gemm", "cv2", lambda cv2: _gemm(x, bank, cv2), 1e-3),
    )
    work = Work(x.nbytes + bank.nbytes, 8 * count, 2 * count * ENTRIES * FIGURES)
    return Trial(lambda: kernels.nearest(x, bank)[0], peers, work)


def _batch_distance(x: np.ndarray, bank: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    rows = np.ascontiguousarray(x.T)

    def call() -> np.ndarray:
        return cv2.batchDistance(rows, bank, cv2.CV_32F, normType=cv2.NORM_L2, K=1)[0][:, 0]

    return call


def _gemm(x: np.ndarray, bank: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    norms = (bank * bank).sum(axis=1)[:, None]

    def call() -> np.ndarray:
        squares = cv2.gemm(bank, x, -2.0, None, 0.0)
        squares += norms
        least = cv2.reduce(squares, 0, cv2.REDUCE_MIN)[0] + np.einsum("ij,ij->j", x, x)
        return np.sqrt(np.maximum(least, 0))

    return call


CASES = tuple(Case("1000 of 19 figures", (side, side), _trial) for side in (256, 1024))

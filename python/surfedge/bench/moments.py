"""Mean and covariance of the features of nine cells in ten, for an image of the shape named with cells of 4 pixels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work

FEATURES, CELL_PX = 25, 4


def _trial(shape: Shape, threads: int) -> Trial:
    count = (shape[0] // CELL_PX) * (shape[1] // CELL_PX)
    rng = np.random.default_rng(4)
    x, kept = rng.standard_normal((FEATURES, count), np.float32) + np.float32(3), rng.random(count) < 0.9
    peers = (
        Peer("OpenCV", "cv2", partial(_opencv, x, kept), 1e-4, _differ),
        Peer("NumPy", "numpy", partial(_numpy, x, kept), 1e-4, _differ),
    )
    work = Work(x.nbytes + kept.nbytes, 0, count * (2 * FEATURES + FEATURES * (FEATURES + 1)))
    return Trial(lambda: kernels.moments(x, kept), peers, work)


def _differ(ours: tuple[np.ndarray, np.ndarray], theirs: tuple[np.ndarray, np.ndarray]) -> float:
    """Largest difference of an entry of mean or covariance."""
    return max(float(np.abs(one - other).max()) for one, other in zip(ours, theirs, strict=True))


def _opencv(x: np.ndarray, kept: np.ndarray, cv2: Any) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    def call() -> tuple[np.ndarray, np.ndarray]:
        some = np.compress(kept, x, axis=1)
        flags = cv2.COVAR_NORMAL | cv2.COVAR_COLS | cv2.COVAR_SCALE
        covariance, mean = cv2.calcCovarMatrix(some, None, flags, ctype=cv2.CV_32F)
        return mean[:, 0], covariance

    return call


def _numpy(x: np.ndarray, kept: np.ndarray, numpy: Any) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    def call() -> tuple[np.ndarray, np.ndarray]:
        some = numpy.compress(kept, x, axis=1)
        mean = some.mean(axis=1)
        some -= mean[:, None]
        return mean, some @ some.T / numpy.float32(some.shape[1])

    return call


CASES = (Case("25 features", (256, 256), _trial), Case("25 features", (1024, 1024), _trial))

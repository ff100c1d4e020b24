"""Fourier coefficients of a plate at four harmonics of a pitch of 11 px, around each point of a grid of 8 px."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture

STEP_PX, SIGMA_PX = 8, 8.5
FREQUENCIES = ((0.064, 0.062), (-0.062, 0.064), (0.126, 0.002), (0.128, 0.124))
TAPS = 2 * 11 * SIGMA_PX / STEP_PX  # operations per pixel of all windows along one axis


def _trial(shape: Shape, threads: int) -> Trial:
    image = texture(shape, np.float32)
    grid = -(-shape[0] // STEP_PX), -(-shape[1] // STEP_PX)
    out = np.empty((len(FREQUENCIES), *grid), np.complex64)
    peers = (Peer("NumPy matmul", "numpy", partial(_numpy, image, grid), 1e-5, _differ),)
    work = Work(image.nbytes, out.nbytes, 2 * len(FREQUENCIES) * TAPS * (1 + 2 / STEP_PX) * image.size)
    given = image, FREQUENCIES, STEP_PX, SIGMA_PX, grid
    return Trial(lambda: kernels.local_waves(*given, out=out), peers, work)


def _differ(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.abs(ours - theirs).max())


def _numpy(image: np.ndarray, grid: Shape, numpy: Any) -> Callable[[], np.ndarray]:
    """Windows times waves of both axes as matrices; those along the rows, of all frequencies, in one product."""
    down, over = (_windows(points, size) for points, size in zip(grid, image.shape, strict=True))
    waves_x, waves_y = (
        np.exp(-2j * np.pi * np.outer([pair[k] for pair in FREQUENCIES], np.arange(size)))
        for k, size in ((0, image.shape[1]), (1, image.shape[0]))
    )
    combs = (waves_x[:, None] * over).reshape(-1, image.shape[1])
    across = np.concatenate([combs.real, combs.imag]).T.astype(np.float32)
    along = (waves_y[:, None] * down).astype(np.complex64)

    def call() -> np.ndarray:
        real, imaginary = numpy.split(image @ across, 2, axis=1)
        halves = (real + 1j * imaginary).reshape(len(image), len(FREQUENCIES), -1).transpose(1, 0, 2)
        return numpy.matmul(along, halves)

    return call


def _windows(points: int, size: int) -> np.ndarray:
    away = (np.arange(size) - ((np.arange(points) + 0.5) * STEP_PX - 0.5)[:, None]) / SIGMA_PX
    weights = np.exp(-0.5 * away**2) * (np.abs(away) <= 5.5)
    return weights / weights.sum(axis=1, keepdims=True)


CASES = (Case("four harmonics", (256, 256), _trial), Case("four harmonics", (1024, 1024), _trial))

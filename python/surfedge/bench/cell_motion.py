"""One step that brings a plate's reference cell of 11 x 11 samples into place, at each point of a grid of 8 px."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture

SIDE, STEP_PX, SIGMA_PX, CLIP = 11, 8, 8.5, 4.5
ACROSS, ALONG = (0.72, 0.7, 3.25), (-0.7, 0.72, 7.5)
OPERATIONS = 2 * 9 + 3 * 7 + 5 + 5 * 2 * 94 // STEP_PX  # per pixel: places, three lookups, products, its windows


def _trial(shape: Shape, threads: int) -> Trial:
    rng = np.random.default_rng(6)
    image, median = texture(shape, np.float32), rng.random((SIDE, SIDE), np.float32)
    grid = [2 + -(-size // STEP_PX) for size in shape]
    shifts = rng.normal(0, 0.5, (*grid, 2)).astype(np.float32)
    out = np.empty((5, *grid), np.float32)
    peers = (Peer("OpenCV, NumPy", "cv2", partial(_opencv, image, median, shifts), 0.01),)
    work = Work(image.nbytes, out.nbytes, OPERATIONS * image.size)
    given = image, median, ACROSS, ALONG, shifts, STEP_PX
    return Trial(lambda: kernels.cell_motion(*given, every=1, sigma_px=SIGMA_PX, clip=CLIP, out=out), peers, work)


def _opencv(image: np.ndarray, median: np.ndarray, shifts: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    """Places by resizing the grid, the cell and its slopes by remapping, windows by products of matrices."""
    height, width = image.shape
    rows, columns = shifts.shape[:2]
    x, y = np.meshgrid(*((np.arange(n) - 0.5) * STEP_PX - 0.5 for n in (columns, rows)))
    places = np.stack([axis[0] * x + axis[1] * y + axis[2] for axis in (ACROSS, ALONG)], axis=-1) - shifts
    grids = [np.ascontiguousarray(places[..., axis], np.float32) for axis in (0, 1)]
    cell = cv2.copyMakeBorder(median, 2, 2, 2, 2, cv2.BORDER_WRAP)
    slopes = 0.5 * (cell[1:-1, 2:] - cell[1:-1, :-2]), 0.5 * (cell[2:, 1:-1] - cell[:-2, 1:-1])
    planes = [np.ascontiguousarray(plane, np.float32) for plane in (cell[1:-1, 1:-1], *slopes)]
    inner = np.s_[STEP_PX : STEP_PX + height, STEP_PX : STEP_PX + width]
    down, over = (_windows(points, size) for points, size in ((rows, height), (columns, width)))

    def call() -> np.ndarray:
        u, v = (cv2.resize(grid, (columns * STEP_PX, rows * STEP_PX))[inner] for grid in grids)
        u, v = (place - np.floor(place / SIDE) * SIDE + 1 for place in (u, v))
        usual, a, b = (cv2.remap(plane, u, v, cv2.INTER_LINEAR) for plane in planes)
        e = cv2.subtract(image, usual)
        limit = CLIP * float(np.median(np.abs(e[::3, ::3])))
        np.clip(e, -limit, limit, out=e)
        pairs = ((a, a), (a, b), (b, b), (a, e), (b, e))
        return np.stack([down @ cv2.multiply(one, other) @ over.T for one, other in pairs])

    return call


def _windows(points: int, size: int) -> np.ndarray:
    away = (np.arange(size) - ((np.arange(points) - 0.5) * STEP_PX - 0.5)[:, None]) / SIGMA_PX
    weights = np.exp(-0.5 * away**2) * (np.abs(away) <= 5.5)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


CASES = (Case("cell of 11", (1024, 1024), _trial),)

"""A plate's pixels against the pattern's reference cell of 56 x 56 samples, the pattern a little turned and shifted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture

SIDE, STEP_PX = 56, 44
ACROSS, ALONG = (1.01, 0.02, 3.25), (-0.02, 0.99, 7.5)
OPERATIONS = 2 * 9 + 7 + 2  # per pixel: places, median between samples, difference over the spread


def _trial(shape: Shape, threads: int) -> Trial:
    rng = np.random.default_rng(6)
    image = texture(shape, np.float32)
    median = rng.random((SIDE, SIDE), np.float32)
    inverse_spread = np.full_like(median, 3.0)  # so that peers may take it from the nearest sample
    grid = [2 + -(-size // STEP_PX) for size in shape]
    shifts = rng.normal(0, 0.5, (*grid, 2)).astype(np.float32)
    out = np.empty(shape, np.float32)
    peers = (Peer("OpenCV remap", "cv2", partial(_opencv, image, median, inverse_spread, shifts), 0.1),)
    work = Work(image.nbytes, out.nbytes, OPERATIONS * image.size)
    given = image, median, inverse_spread, ACROSS, ALONG, shifts, STEP_PX
    return Trial(lambda: kernels.cell_deviations(*given, out=out), peers, work)


def _opencv(
    image: np.ndarray, median: np.ndarray, inverse_spread: np.ndarray, shifts: np.ndarray, cv2: Any
) -> Callable[[], np.ndarray]:
    """The cell laid out over the whole picture's range of places, then remapped; both in its own steps of 1/32."""
    height, width = image.shape
    rows, columns = shifts.shape[:2]
    x, y = np.meshgrid(*((np.arange(n) - 0.5) * STEP_PX - 0.5 for n in (columns, rows)))
    places = np.stack([axis[0] * x + axis[1] * y + axis[2] for axis in (ACROSS, ALONG)], axis=-1) - shifts
    places -= np.floor(places.min(axis=(0, 1)) / SIDE) * SIDE
    repeats = [int(np.ceil((places[..., axis].max() + 2) / SIDE)) for axis in (1, 0)]
    planes = np.tile(median, repeats), np.tile(inverse_spread, repeats)
    grids = [np.ascontiguousarray(places[..., axis], np.float32) for axis in (0, 1)]
    out = np.empty_like(image)

    def call() -> np.ndarray:
        size = (columns * STEP_PX, rows * STEP_PX)
        inner = np.s_[STEP_PX : STEP_PX + height, STEP_PX : STEP_PX + width]
        u, v = (cv2.resize(grid, size)[inner] for grid in grids)
        np.subtract(image, cv2.remap(planes[0], u, v, cv2.INTER_LINEAR), out=out)
        return np.multiply(out, cv2.remap(planes[1], u, v, cv2.INTER_NEAREST), out=out)

    return call


CASES = (Case("cell of 56", (1024, 1024), _trial), Case("cell of 56", (2048, 2048), _trial))

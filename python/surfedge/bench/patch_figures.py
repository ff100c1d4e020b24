"""Features of patches of 1, 3 and 9 cells around each cell, for an image of the shape named with cells of 4 px."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work

CELL_PX, SIDES = 4, (1, 3, 9)
SUMMED = 6  # features of a cell that are averaged over patches
VARIANCE_FLOOR, ENERGY_FLOOR, LEVEL_FLOOR = np.array([1e-4, 1e-5, 0.02], np.float32)


def _trial(shape: Shape, threads: int) -> Trial:
    rows, columns = shape[0] // CELL_PX, shape[1] // CELL_PX
    cells = np.random.default_rng(5).random((7, rows, columns), np.float32)
    cells[1] += cells[0] ** 2
    out = np.empty((SUMMED * len(SIDES) + 1, rows, columns), np.float32)
    peers = (
        Peer("OpenCV, NumPy", "cv2", partial(_opencv, cells), 1e-3),
        Peer("SciPy, NumPy", "scipy.ndimage", partial(_scipy, cells), 1e-3),
    )
    sums = sum(2 * side for side in SIDES) * SUMMED
    operations = rows * columns * (sums + 2 * SUMMED * len(SIDES) + 15 * len(out))  # means, floors, logarithms
    work = Work(cells.nbytes, out.nbytes, operations)
    return Trial(lambda: kernels.patch_figures(cells, None, SIDES, out=out), peers, work)


def _with_mean(cells: np.ndarray, mean: Callable[[np.ndarray, int], np.ndarray]) -> np.ndarray:
    """The definition, in NumPy, with means over patches by `mean(plane, side)`."""
    out = np.empty((SUMMED * len(SIDES) + 1, *cells.shape[1:]), np.float32)
    for at, side in zip(range(0, len(out) - 1, SUMMED), SIDES, strict=True):
        level, square, gx2, gy2, least, largest = (mean(cells[k], side) for k in (0, 1, 2, 3, 5, 6))
        np.maximum(square - level * level, 0.0, out=out[at])
        out[at] += VARIANCE_FLOOR
        np.add((gx2, gy2), ENERGY_FLOOR, out=out[at + 1 : at + 3])
        np.add((level, least, largest), LEVEL_FLOOR, out=out[at + 3 : at + 6])
    np.add(cells[4], ENERGY_FLOOR, out=out[-1])
    return np.log(out, out=out)


def _opencv(cells: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    def mean(plane: np.ndarray, side: int) -> np.ndarray:
        return plane if side == 1 else cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT_101)

    return lambda: _with_mean(cells, mean)


def _scipy(cells: np.ndarray, ndimage: Any) -> Callable[[], np.ndarray]:
    return lambda: _with_mean(cells, lambda plane, side: ndimage.uniform_filter(plane, side, mode="mirror"))


CASES = (Case("3 scales", (1024, 1024), _trial), Case("3 scales", (2048, 2048), _trial))

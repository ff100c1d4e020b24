"""Seven features of each cell: means of grey, square, gradient and Laplacian energies, least and largest grey."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture

CELL_PX = 4
OPERATIONS = 1 + 2 + 2 * 4 + 7 + 2  # per pixel: sum, square, two gradients, Laplacian, least and largest


def _trial(dtype: Any, shape: Shape, threads: int) -> Trial:
    image = texture(shape, dtype)
    out = np.empty((7, shape[0] // CELL_PX, shape[1] // CELL_PX), np.float32)
    peers = (
        Peer("OpenCV filters", "cv2", partial(_opencv, image), 1e-5),
        Peer("NumPy", "numpy", partial(_numpy, image), 1e-5),
    )
    work = Work(image.nbytes, out.nbytes, OPERATIONS * image.size)
    return Trial(lambda: kernels.cell_statistics(image, CELL_PX, out=out), peers, work)


def _opencv(image: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    scale = 1 / 255 if image.dtype == np.uint8 else 1.0
    central = np.array([[-0.5, 0.0, 0.5]], np.float32)
    around = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32)
    square = np.ones((CELL_PX, CELL_PX), np.uint8)
    cells = (image.shape[1] // CELL_PX, image.shape[0] // CELL_PX)
    x = np.empty(image.shape, np.float32)
    buffer = np.empty_like(x)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.resize(values, cells, interpolation=cv2.INTER_AREA)

    def energy(kernel: np.ndarray) -> np.ndarray:
        cv2.filter2D(x, -1, kernel, dst=buffer)
        return mean(cv2.multiply(buffer, buffer, dst=buffer))

    def call() -> np.ndarray:
        np.multiply(image, np.float32(scale), out=x)
        figures = [mean(x), mean(cv2.multiply(x, x, dst=buffer)), *map(energy, (central, central.T, around))]
        for extreme in (cv2.erode, cv2.dilate):
            # Each cell's own square alone: anchored at its first pixel.
            anchor = (0, 0) if extreme is cv2.erode else (CELL_PX - 1, CELL_PX - 1)
            where = 0 if extreme is cv2.erode else CELL_PX - 1
            figures.append(extreme(x, square, dst=buffer, anchor=anchor)[where::CELL_PX, where::CELL_PX].copy())
        return np.stack(figures)

    return call


def _numpy(image: np.ndarray, numpy: Any) -> Callable[[], np.ndarray]:
    scale = np.float32(1 / 255 if image.dtype == np.uint8 else 1.0)
    blocks = (image.shape[0] // CELL_PX, CELL_PX, image.shape[1] // CELL_PX, CELL_PX)

    def mean(values: np.ndarray) -> np.ndarray:
        return values.reshape(blocks).mean(axis=(1, 3))

    def call() -> np.ndarray:
        wide = numpy.pad(image * scale, 1, mode="reflect")
        x = wide[1:-1, 1:-1]
        left, right, upper, lower = wide[1:-1, :-2], wide[1:-1, 2:], wide[:-2, 1:-1], wide[2:, 1:-1]
        gx, gy, laplacian = (right - left) / 2, (lower - upper) / 2, left + right + upper + lower - 4 * x
        cells = x.reshape(blocks)
        means = [mean(values) for values in (x, x * x, gx * gx, gy * gy, laplacian * laplacian)]
        return numpy.stack([*means, cells.min(axis=(1, 3)), cells.max(axis=(1, 3))])

    return call


CASES = (
    Case("u8 cell 4", (1024, 1024), partial(_trial, np.uint8)),
    Case("f32 cell 4", (1024, 1024), partial(_trial, np.float32)),
)

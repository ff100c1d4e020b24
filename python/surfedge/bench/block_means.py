"""An image shrunk by a whole factor, as it is fed to a network that sees it as a whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture


def _trial(side_px: int, channels: int, shape: Shape, threads: int) -> Trial:
    image = texture(shape)
    if channels == 3:
        image = np.repeat(image[..., None], 3, axis=2)
    rows, columns = (size // side_px for size in shape)
    out = np.empty((rows, columns, *image.shape[2:]), np.uint8)
    peers = (
        Peer("OpenCV area", "cv2", partial(_opencv, image, (columns, rows))),
        Peer("NumPy", "numpy", partial(_numpy, image, side_px), 1.0),  # halves, and single precision
        Peer("torch pooling", "torch", partial(_torch, image, side_px), 1.0),
    )
    work = Work(image.nbytes, out.nbytes)
    return Trial(lambda: kernels.block_means(image, (side_px, side_px), out=out), peers, work)


def _opencv(image: np.ndarray, size: tuple[int, int], cv2: Any) -> Callable[[], np.ndarray]:
    out = np.empty((*size[::-1], *image.shape[2:]), np.uint8)
    return lambda: cv2.resize(image, size, dst=out, interpolation=cv2.INTER_AREA)


def _numpy(image: np.ndarray, side_px: int, numpy: Any) -> Callable[[], np.ndarray]:
    blocks = image.reshape(image.shape[0] // side_px, side_px, image.shape[1] // side_px, side_px, *image.shape[2:])
    return lambda: numpy.rint(blocks.mean(axis=(1, 3))).astype(numpy.uint8)


def _torch(image: np.ndarray, side_px: int, torch: Any) -> Callable[[], np.ndarray]:
    pixels = torch.from_numpy(image).reshape(*image.shape[:2], -1).permute(2, 0, 1)[None]

    def call() -> np.ndarray:
        means = torch.nn.functional.avg_pool2d(pixels.float(), side_px).round().to(torch.uint8)
        return means[0].permute(1, 2, 0).reshape(means.shape[2], means.shape[3], *image.shape[2:]).numpy()

    return call


CASES = (
    Case("u8 by 4", (1024, 1024), partial(_trial, 4, 1), goal=4),
    Case("u8 by 16", (4096, 4096), partial(_trial, 16, 1), goal=4),
    Case("RGB by 4", (1024, 1024), partial(_trial, 4, 3), goal=2),
)

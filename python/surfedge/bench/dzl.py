"""Defect zone localisation: the mask of patches that deviate more than the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work, share_different
from surfedge.bench.pictures import texture

PATCH_PX = 16


def _trial(dtype: Any, shape: Shape, threads: int) -> Trial:
    image, mask = texture(shape, dtype), np.empty(shape, bool)
    peers = (
        Peer("OpenCV integral", "cv2", partial(_opencv, image), 1e-3, share_different),
        Peer("NumPy", "numpy", partial(_numpy, image), 1e-3, share_different),
        Peer("torch pooling", "torch", partial(_torch, image), 1e-2, share_different),
    )
    operations = 3.0 * image.size if dtype == np.float32 else 0.0  # sum, product and sum
    work = Work(image.nbytes, mask.nbytes, operations)
    return Trial(lambda: kernels.dzl(image, PATCH_PX, out=mask), peers, work)


def _marked(sigma: np.ndarray) -> np.ndarray:
    """Patches above the source's threshold, sigma in the unit of the image scaled to [0, 1]."""
    return (sigma - sigma.mean()) / sigma.std() > sigma.std()


def _unit(image: np.ndarray) -> float:
    return 255.0 if image.dtype == np.uint8 else 1.0


def _opencv(image: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    depth = cv2.CV_32S if image.dtype == np.uint8 else cv2.CV_64F
    area, unit = PATCH_PX**2, _unit(image)

    def patch_sums(integral: np.ndarray) -> np.ndarray:
        # Differences of wrapped 32-bit sums are right: a patch's own sum is small.
        return np.diff(np.diff(integral[::PATCH_PX, ::PATCH_PX], axis=0), axis=1)

    def call() -> np.ndarray:
        sums, squares = (patch_sums(part) for part in cv2.integral2(image, sdepth=depth, sqdepth=cv2.CV_64F))
        variance = squares / area - (sums / area) ** 2
        marked = _marked(np.sqrt(np.maximum(variance, 0.0)) / unit)
        return cv2.resize(marked.view(np.uint8), image.shape[::-1], interpolation=cv2.INTER_NEAREST)

    return call


def _numpy(image: np.ndarray, numpy: Any) -> Callable[[], np.ndarray]:
    rows, columns = (size // PATCH_PX for size in image.shape)
    blocks = image.reshape(rows, PATCH_PX, columns, PATCH_PX)

    def call() -> np.ndarray:
        marked = _marked(blocks.std(axis=(1, 3), dtype=np.float32) / _unit(image))
        return numpy.repeat(numpy.repeat(marked, PATCH_PX, axis=0), PATCH_PX, axis=1)

    return call


def _torch(image: np.ndarray, torch: Any) -> Callable[[], np.ndarray]:
    pool = torch.nn.functional.avg_pool2d
    pixels, unit = torch.from_numpy(image)[None, None], _unit(image)

    def call() -> np.ndarray:
        x = pixels.float() / unit
        mean = pool(x, PATCH_PX)
        sigma = (pool(x * x, PATCH_PX) - mean * mean).clamp(min=0).sqrt()
        marked = (sigma - sigma.mean()) / sigma.std(correction=0) > sigma.std(correction=0)
        return marked[0, 0].repeat_interleave(PATCH_PX, 0).repeat_interleave(PATCH_PX, 1).numpy()

    return call


_U8, _F32 = partial(_trial, np.uint8), partial(_trial, np.float32)
CASES = (
    Case("u8 patch 16", (1024, 1024), _U8, goal=15),
    Case("u8 patch 16", (4096, 4096), _U8, goal=7),
    Case("f32 patch 16", (1024, 1024), _F32, goal=7),
    Case("f32 patch 16", (4096, 4096), _F32, goal=7),
)

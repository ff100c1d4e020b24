"""What a call costs when there is next to nothing to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial
from surfedge.bench.pictures import texture


def _trial(shape: Shape, threads: int) -> Trial:
    image, out = texture(shape), np.empty((1, 1), np.float32)
    peers = (
        Peer("OpenCV meanStdDev", "cv2", partial(_opencv, image), 1e-6),
        Peer("NumPy std", "numpy", partial(_numpy, image), 1e-6),
    )
    return Trial(lambda: kernels.patch_std(image, 16, out=out), peers)


def _opencv(image: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    return lambda: cv2.meanStdDev(image)[1] / 255


def _numpy(image: np.ndarray, numpy: Any) -> Callable[[], np.ndarray]:
    return lambda: numpy.std(image, keepdims=True) / 255


CASES = (Case("u8", (16, 16), _trial, small=(16, 16)),)

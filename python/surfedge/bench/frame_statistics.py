"""What an image is like as a whole: mean, std, differences, ends of the range, equal rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture


def _trial(shape: Shape, threads: int) -> Trial:
    image = texture(shape, np.uint8)
    peers = (Peer("OpenCV", "cv2", partial(_opencv, image), error=_difference, tolerance=1e-12),)
    return Trial(lambda: kernels.frame_statistics(image, 0, 255)[:4], peers, Work(image.nbytes))


def _difference(ours: tuple[float, ...], theirs: tuple[float, ...]) -> float:
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) / 255.0


def _opencv(image: np.ndarray, cv2: Any) -> Callable[[], tuple[float, ...]]:
    """The first four features of it; equal rows and ends of the range would cost more."""
    pairs = image.shape[0] - 1, image.shape[1] - 1

    def run() -> tuple[float, ...]:
        mean, deviation = cv2.meanStdDev(image)
        across = cv2.norm(image[:, 1:], image[:, :-1], cv2.NORM_L1) / (image.shape[0] * pairs[1])
        along = cv2.norm(image[1:], image[:-1], cv2.NORM_L1) / (pairs[0] * image.shape[1])
        return mean.item(), deviation.item(), across, along

    return run


CASES = (Case("u8", (256, 256), _trial), Case("u8", (512, 2048), _trial))

"""A PNG file's bytes unpacked to pixels, as most folders of images hold them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture


def _trial(is_colour: bool, shape: Shape, threads: int) -> Trial:
    image = texture(shape)
    if is_colour:
        image = np.stack([image, np.roll(image, 1), np.roll(image, 2)], axis=2)
    file = np.frombuffer(cv2.imencode(".png", image[..., ::-1] if is_colour else image)[1].tobytes(), np.uint8)
    out = np.empty_like(image)

    def ours() -> np.ndarray:
        assert kernels.png_pixels(file, out)
        return out

    peers = (Peer("OpenCV imdecode", "cv2", partial(_opencv, file, is_colour)),)
    return Trial(ours, peers, Work(file.nbytes, out.nbytes))


def _opencv(file: np.ndarray, is_colour: bool, cv2: Any) -> Callable[[], np.ndarray]:
    if is_colour:
        return lambda: cv2.cvtColor(cv2.imdecode(file, cv2.IMREAD_UNCHANGED), cv2.COLOR_BGR2RGB)
    return lambda: cv2.imdecode(file, cv2.IMREAD_UNCHANGED)


CASES = (
    Case("u8", (256, 256), partial(_trial, False), goal=2),
    Case("u8", (1024, 1024), partial(_trial, False), goal=2),
    Case("RGB", (1024, 1024), partial(_trial, True), goal=1.5),
)

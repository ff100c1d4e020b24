"""Opening by a disk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture

SLOW_PEERS_UP_TO_PX = 4  # beyond, they take seconds


def _trial(dtype: Any, radius_px: int, shape: Shape, threads: int) -> Trial:
    image = texture(shape, np.uint8) > 110 if dtype is bool else texture(shape, dtype)
    out, disk = np.empty_like(image), _disk(radius_px)
    peers = [Peer("OpenCV", "cv2", partial(_opencv, image, disk))]
    if radius_px <= SLOW_PEERS_UP_TO_PX:
        peers.append(Peer("SciPy", "scipy.ndimage", partial(_scipy, image, disk)))
        peers.append(Peer("scikit-image", "skimage.morphology", partial(_scikit_image, image, disk)))
    return Trial(lambda: kernels.open_disk(image, radius_px, out=out), tuple(peers), Work(image.nbytes, out.nbytes))


def _disk(radius_px: int) -> np.ndarray:
    y, x = np.mgrid[-radius_px : radius_px + 1, -radius_px : radius_px + 1]
    return (x**2 + y**2 <= radius_px**2).astype(np.uint8)


def _opencv(image: np.ndarray, disk: np.ndarray, cv2: Any) -> Callable[[], np.ndarray]:
    pixels = image.view(np.uint8) if image.dtype == bool else image
    out = np.empty_like(pixels)
    return lambda: cv2.morphologyEx(pixels, cv2.MORPH_OPEN, disk, dst=out)


def _scipy(image: np.ndarray, disk: np.ndarray, ndimage: Any) -> Callable[[], np.ndarray]:
    if image.dtype != bool:
        largest = 255 if image.dtype == np.uint8 else np.inf
        erode = partial(ndimage.grey_erosion, footprint=disk, mode="constant", cval=largest)
        dilate = partial(ndimage.grey_dilation, footprint=disk, mode="constant", cval=0.0)
        return lambda: dilate(erode(image))
    return lambda: ndimage.binary_dilation(ndimage.binary_erosion(image, disk, border_value=1), disk)


def _scikit_image(image: np.ndarray, disk: np.ndarray, morphology: Any) -> Callable[[], np.ndarray]:
    return lambda: morphology.opening(image, disk, mode="ignore")


CASES = (
    Case("bool disk 4", (1024, 1024), partial(_trial, bool, 4), goal=6.5),
    Case("bool disk 16", (1024, 1024), partial(_trial, bool, 16), goal=35),
    Case("u8 disk 4", (1024, 1024), partial(_trial, np.uint8, 4), goal=2),
    Case("u8 disk 16", (1024, 1024), partial(_trial, np.uint8, 16), goal=7),
    Case("f32 disk 4", (1024, 1024), partial(_trial, np.float32, 4), goal=2),
    Case("f32 disk 16", (1024, 1024), partial(_trial, np.float32, 16), goal=7.5),
)

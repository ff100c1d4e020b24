"""What an image is like, in a kilobyte: enough to find duplicates and odd ones among 100,000 without keeping them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surfedge.cores import checked_count, usable_cores
from surfedge.errors import SurfedgeError
from surfedge.images import content_of, read, to_grey_u8
from surfedge.progress import Progress, silent

THUMB_PX = 32
_AT_ONCE = 64  # images under way for each worker


@dataclass(frozen=True)
class Description:
    """content : SHA-256 of the decoded pixels, shape and depth, 32 bytes. difference_hash : 64 bits.

    thumb : uint8 (32, 32), grey. shape : (H, W) in pixels. channels : 1 or 3. dtype : of the stored samples.
    mean, contrast : of the grey values and their std, 0..255. sharpness : mean square of the second differences,
    divided by the variance; of noise 20, of a flat picture 0. notes : what reading it said.
    """

    path: Path
    content: bytes
    difference_hash: int
    thumb: np.ndarray = field(repr=False, compare=False)
    shape: tuple[int, int]
    channels: int
    dtype: str
    mean: float
    contrast: float
    sharpness: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A file that is no picture, or not a whole one, and why."""

    path: Path
    reason: str


def describe(path: Path) -> Description | Unreadable:
    """The description of the image at `path`, or why there is none."""
    import cv2

    try:
        frame = read(path)
    except SurfedgeError as error:
        return Unreadable(path, error.reason)
    grey = to_grey_u8(frame)
    (mean,), (deviation,) = (each.ravel().tolist() for each in cv2.meanStdDev(grey))
    curvature = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1].item()
    return Description(
        path,
        content_of(frame.pixels),
        difference_hash(grey),
        cv2.resize(grey, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA),
        frame.shape,
        1 if frame.pixels.ndim == 2 else 3,
        frame.pixels.dtype.name,
        mean,
        deviation,
        (curvature / deviation) ** 2 if deviation else 0.0,
        frame.notes,
    )


def difference_hash(grey: np.ndarray) -> int:
    """64 bits: whether each of 8 x 8 places is brighter than its right neighbour, the picture reduced to 8 x 9.

    (Neal Krawetz, "Kind of Like That", 2013.) grey : uint8 (H, W).

    >>> ramp = np.tile(np.arange(90, dtype=np.uint8)[::-1], (80, 1))
    >>> difference_hash(ramp) == 2**64 - 1, difference_hash(ramp[:, ::-1])
    (True, 0)
    """
    import cv2

    small = cv2.resize(np.ascontiguousarray(grey), (9, 8), interpolation=cv2.INTER_AREA)
    return int.from_bytes(np.packbits(small[:, :-1] > small[:, 1:]).tobytes(), "big")


def describe_all(
    paths: Sequence[Path], workers: int = 0, progress: Progress = silent
) -> Iterator[Description | Unreadable]:
    """Descriptions in the order of `paths`; `workers` threads, 0 for one per core; a few images at once."""
    count = checked_count("workers", workers) or usable_cores()
    with ThreadPoolExecutor(count) as pool:
        for start in range(0, len(paths), _AT_ONCE * count):
            progress(start, len(paths), "reading")
            yield from pool.map(describe, paths[start : start + _AT_ONCE * count])
    progress(len(paths), len(paths), "reading")

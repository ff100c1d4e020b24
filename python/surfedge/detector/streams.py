"""Where frames come from besides paths and arrays, and which of their pixels count."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from operator import index
from typing import Any

import cv2
import numpy as np

from surfedge.errors import ArgumentError, ImageError

Roi = tuple[int, int, int, int]


def numbered(images: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """(key, image) of what is to be inspected: an image is its own key, a frame of a video its number from 0.

    images : iterable of paths, arrays or Frames, or an object that is read like cv2.VideoCapture, whose frames are BGR.
    """
    if is_capture(images):
        yield from enumerate(_frames(images))
        return
    for image in images:
        yield image, image


def check_images(images: Any) -> None:
    """Raises ArgumentError for what is no series of images, a single path or picture among it: its letters or rows
    would be taken for images."""
    is_one = isinstance(images, (str, bytes, os.PathLike))
    if isinstance(images, np.ndarray):
        is_one = images.ndim < 3 or (images.ndim == 3 and images.shape[2] in (3, 4))
    if is_one or not (hasattr(images, "__iter__") or hasattr(images, "read")):
        found = f"a single {type(images).__name__}" if is_one else type(images).__name__
        raise ArgumentError(
            "images", found=found, expected="images, or a cv2.VideoCapture", remedy="put a single image into a list"
        )
    if is_capture(images) and hasattr(images, "isOpened") and not images.isOpened():
        raise ArgumentError(
            "images",
            found="a capture that is not open: no such camera or video, or another program has it",
            expected="one whose isOpened() is true",
            remedy="check its number, address or path, and that it is connected",
        )


def is_capture(images: Any) -> bool:
    """Whether `images` is read like cv2.VideoCapture, frame by frame."""
    return isinstance(images, cv2.VideoCapture) or not hasattr(images, "__iter__")


def until_failure(items: Iterable[Any], failures: list[Exception]) -> Iterator[Any]:
    """`items`; an exception that ends them goes into `failures`, to be raised once what they gave is done with."""
    try:
        yield from items
    except Exception as error:
        failures.append(error)


def _frames(capture: Any) -> Iterator[np.ndarray]:
    count = 0
    while True:
        is_there, frame = capture.read()
        if not is_there and not count:
            raise ImageError(
                "capture",
                found="an end before the first frame",
                expected="at least one frame",
                remedy="check that the camera is connected and sends, or that the video can be decoded",
            )
        if not is_there:
            return
        count += 1
        yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) if frame.ndim == 3 else frame


def ignored(shape: tuple[int, int], ignore: np.ndarray | None, roi: Roi | None) -> np.ndarray | None:
    """bool (H, W) of the pixels that a call leaves out; None when it asks for nothing.

    ignore : bool or uint8 (H, W), anything but 0 is left out. roi : (x, y, width, height), the rest is left out.
    Raises ArgumentError for a mask of another shape or kind and a region without a pixel of the image.
    """
    left_out = None
    if ignore is not None:
        if not isinstance(ignore, np.ndarray) or ignore.shape != shape or ignore.dtype not in (bool, np.uint8):
            found = f"{ignore.dtype} of {ignore.shape}" if isinstance(ignore, np.ndarray) else type(ignore).__name__
            raise ArgumentError(
                "ignore", found=found, expected=f"bool or uint8 of {shape}", remedy="give a mask of the image's size"
            )
        left_out = ignore != 0
    if roi is not None:
        outside = np.ones(shape, np.bool_)
        outside[_slices(shape, roi)] = False
        left_out = outside if left_out is None else left_out | outside
    return left_out


def _slices(shape: tuple[int, int], roi: Roi) -> tuple[slice, slice]:
    try:
        x, y, width, height = map(index, roi)  # plain integers: NumPy's small ones would overflow
    except (TypeError, ValueError):
        x = y = width = height = 0
    last_x, last_y = min(x + width, shape[1]), min(y + height, shape[0])
    if max(x, 0) >= last_x or max(y, 0) >= last_y:
        raise ArgumentError(
            "roi",
            found=roi,
            expected=f"(x, y, width, height) within {shape[1]} x {shape[0]} pixels",
            remedy="correct the region",
        )
    return slice(max(y, 0), last_y), slice(max(x, 0), last_x)

"""Squares of images as the networks see them: cut, resized, held in memory as uint8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from surfedge.errors import DatasetError, ImageError, SurfedgeError
from surfedge.images import read, to_grey_u8, to_rgb_u8
from surfedge.progress import Progress
from surfedge.training.transfer_gan.levels import Levels
from surfedge.training.transfer_gan.settings import Network

GOOD = "good"


@dataclass(frozen=True)
class View:
    """window : (x, y, width, height) of the image in the file, pixels; None for all of it."""

    path: Path
    class_name: str
    window: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Views:
    """defects, goods : uint8 (N, s, s) or (N, s, s, 3).   kinds : int (N,), places in `classes`, of the defects.

    classes : names of the kinds of defects, good the last.   skipped : path and reason.
    """

    defects: np.ndarray
    kinds: np.ndarray
    goods: np.ndarray
    classes: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...] = ()

    @cached_property
    def levels(self) -> Levels:
        """What the networks see as -1 and 1."""
        return Levels.of(self.defects, self.goods)


def read_view(view: View, settings: Network) -> np.ndarray:
    """uint8 (s, s), or (s, s, 3) in R, G, B order; ImageError for a file that is none or smaller than its window."""
    return resized(window_of(read_pixels(view.path, settings.channels), view), settings.input_px)


def read_pixels(path: Path, channels: int) -> np.ndarray:
    """uint8 (H, W) for one channel, (H, W, 3) for three."""
    frame = read(path)
    return to_grey_u8(frame) if channels == 1 else to_rgb_u8(frame)


def window_of(pixels: np.ndarray, view: View) -> np.ndarray:
    """The part of `pixels` that the view shows."""
    if view.window is None:
        return pixels
    x, y, w, h = view.window
    height, width = pixels.shape[:2]
    if min(x, y) < 0 or min(w, h) < 1 or x + w > width or y + h > height:
        raise ImageError(
            view.path, found=f"{width} x {height} pixels", expected=f"a window of {w} x {h} at {x}, {y} inside it"
        )
    return pixels[y : y + h, x : x + w]


def resized(pixels: np.ndarray, side_px: int) -> np.ndarray:
    """To a square: mean of areas when it shrinks, bilinear when it grows."""
    shrinks = min(pixels.shape[:2]) >= side_px
    return cv2.resize(pixels, (side_px, side_px), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def load_views(defects: Sequence[View], goods: Sequence[View], settings: Network, progress: Progress) -> Views:
    """All views read; DatasetError where no defective one is left, or no good one."""
    skipped: list[tuple[str, str]] = []
    total = len(defects) + len(goods)
    kept: list[tuple[np.ndarray, str]] = []
    for number, view in enumerate((*defects, *goods)):
        progress(number, total, "reading")
        try:
            kept.append((read_view(view, settings), view.class_name))
        except SurfedgeError as error:
            skipped.append((str(view.path), error.reason))
    shown = [(pixels, name) for pixels, name in kept if name != GOOD]
    good = [pixels for pixels, name in kept if name == GOOD]
    for name, found in (("defective images", shown), ("good images", good)):
        if not found:
            why = f"; the first of {len(skipped)} skipped: {': '.join(skipped[0])}" if skipped else ""
            raise DatasetError(name, found=f"none{why}", expected="some of each", remedy="give the two folders")
    classes = (*sorted({name for _, name in shown}), GOOD)
    kinds = np.array([classes.index(name) for _, name in shown])
    unread = tuple(dict.fromkeys(skipped))
    return Views(np.stack([pixels for pixels, _ in shown]), kinds, np.stack(good), classes, unread)

"""Two sets of images, read by class and brought to one size, so that no figure tells sizes apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from surfedge.datasets import find_images
from surfedge.errors import ArgumentError, DatasetError, SurfedgeError
from surfedge.images import read, to_rgb_u8
from surfedge.progress import Progress

ALL = "all"
LEAST_PX, MOST_PX = 32, 1024
LEAST_IMAGES = 4
PAIRS_A_ROW = 6
GAP_PX = 6


@dataclass(frozen=True)
class Part:
    """paths, class names and images, uint8 (s, s, 3), in one order."""

    paths: list[Path]
    names: list[str]
    images: list[np.ndarray] = field(repr=False)

    def of(self, name: str) -> list[int]:
        """Places of a class, or of all."""
        return [k for k, own in enumerate(self.names) if name in (ALL, own)]


@dataclass(frozen=True)
class Both:
    """classes : those of which both parts have four images or more, then all.   few : the other classes.
    side_px : of the images.   skipped : path and reason.
    """

    real: Part
    made: Part
    classes: list[str]
    few: list[str]
    side_px: int
    skipped: list[tuple[str, str]]


def read_both(real: str, made: str, side_px: int | None, progress: Progress) -> Both:
    """Raises DatasetError where a folder has fewer than four images that can be read."""
    if side_px is not None and not LEAST_PX <= side_px <= MOST_PX:
        raise ArgumentError("--side", found=side_px, expected=f"{LEAST_PX} to {MOST_PX}")
    skipped: list[tuple[str, str]] = []
    loaded = [_read(folder, skipped, progress) for folder in (real, made)]
    if side_px is None:
        shortest = min(min(image.shape[:2]) for part in loaded for image in part.images)
        side_px = int(np.clip(shortest, LEAST_PX, MOST_PX))
    for part in loaded:
        part.images[:] = [_square(image, side_px) for image in part.images]
    counts = [{name: part.names.count(name) for name in set(part.names)} for part in loaded]
    names = sorted((counts[0].keys() | counts[1].keys()) - {ALL})
    classes = [name for name in names if min(each.get(name, 0) for each in counts) >= LEAST_IMAGES]
    few = [name for name in names if name not in classes]
    return Both(loaded[0], loaded[1], [*classes, ALL], few, side_px, skipped)


def pairs_sheet(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Made and nearest real images side by side, a few pairs a row: uint8 (H, W, 3)."""
    tiles = [_framed(np.hstack(pair)) for pair in pairs]
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % PAIRS_A_ROW if len(tiles) > PAIRS_A_ROW else 0)
    rows = [np.hstack(tiles[k : k + PAIRS_A_ROW]) for k in range(0, len(tiles), PAIRS_A_ROW)]
    return np.vstack(rows)


def _read(folder: str, skipped: list[tuple[str, str]], progress: Progress) -> Part:
    paths = find_images([folder])
    part = Part([], [], [])
    for number, path in enumerate(paths):
        progress(number, len(paths), "reading")
        try:
            image = to_rgb_u8(read(path))
        except SurfedgeError as error:
            skipped.append((str(path), error.reason))
            continue
        part.paths.append(path)
        part.names.append(path.parent.name)
        part.images.append(image)
    if len(part.images) < LEAST_IMAGES:
        raise DatasetError(
            folder, found=f"{len(part.images)} images that can be read", expected=f"{LEAST_IMAGES} or more"
        )
    return part


def _square(image: np.ndarray, side_px: int) -> np.ndarray:
    shrinks = min(image.shape[:2]) >= side_px
    return cv2.resize(image, (side_px, side_px), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _framed(image: np.ndarray) -> np.ndarray:
    return cv2.copyMakeBorder(image, *(GAP_PX // 2,) * 4, cv2.BORDER_CONSTANT, value=(255, 255, 255))

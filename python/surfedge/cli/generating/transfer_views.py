"""What a defect transfer learns from: squares round labelled defects, or whole images by class; and good ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from surfedge.cli.generating.regions import Region, find_regions, piece_of
from surfedge.datasets import GOOD, find_images, good_images
from surfedge.errors import DatasetError, SurfedgeError
from surfedge.images import read

if TYPE_CHECKING:
    from surfedge.training.transfer_gan import TransferRecipe, View

Skipped = list[tuple[str, str]]


def defect_views(folder: str, recipe: TransferRecipe) -> tuple[list[View], Skipped]:
    """Views of the defects below `folder`: round each labelled region, or, where nothing is labelled, whole images by
    the folder that they stand in. DatasetError where there is none, or the recipe wants squares and nothing is
    labelled.
    """
    from surfedge.training.transfer_gan import View

    crop_px = recipe.data.crop_px
    try:
        found = find_regions(folder)
    except DatasetError as error:
        if crop_px:
            raise
        views = [View(path.resolve(), path.parent.name) for path in _by_class(folder)]
        if not views:
            raise error from None
        return views, []
    if not crop_px:
        whole = dict.fromkeys((region.path.resolve(), region.class_name) for region in found.regions)
        return [View(path, name) for path, name in whole], found.skipped
    rng, views, skipped = np.random.default_rng([recipe.seed, 1]), [], list(found.skipped)
    for region in found.regions:
        try:
            windows = list(_round(region, crop_px, recipe.data.defect_views, rng))
        except SurfedgeError as error:
            skipped.append((str(region.path), error.reason))
            continue
        views += [View(region.path.resolve(), region.class_name, window) for window in windows]
    return views, skipped


def good_views(folder: str, recipe: TransferRecipe) -> tuple[list[View], Skipped]:
    """Views of the good images below `folder`: whole, or squares at random places."""
    from surfedge.training.transfer_gan import View

    crop_px = recipe.data.crop_px
    paths = [path.resolve() for path in good_images(folder)]
    if not crop_px:
        return [View(path, GOOD) for path in paths], []
    rng, views, skipped = np.random.default_rng([recipe.seed, 2]), [], Skipped()
    for path in paths:
        try:
            height, width = _size(path, crop_px)
        except SurfedgeError as error:
            skipped.append((str(path), error.reason))
            continue
        for _ in range(recipe.data.good_views):
            x, y = int(rng.integers(width - crop_px + 1)), int(rng.integers(height - crop_px + 1))
            views.append(View(path, GOOD, (x, y, crop_px, crop_px)))
    if not views:
        raise DatasetError(
            folder,
            found=f"no image that can be used; the first of {len(skipped)}: {': '.join(skipped[0])}",
            expected=f"good images of {crop_px} x {crop_px} pixels or more",
            remedy="set data.crop_px lower, or to 0 for whole images",
        )
    return views, skipped


def _by_class(folder: str) -> list[Path]:
    return [path for path in find_images([folder]) if path.parent.name.lower() not in (GOOD, "ok", "normal")]


def _round(region: Region, crop_px: int, count: int, rng: np.random.Generator) -> Iterator[tuple[int, int, int, int]]:
    """Squares inside the image that hold the region where they can, else its middle."""
    box = region.box
    if box is None and region.mask_path is not None:
        x, y, w, h = cv2.boundingRect(piece_of(region.mask_path, region.piece).astype(np.uint8))
        box = (int(x), int(y), int(w), int(h))
    assert box is not None
    sides = _size(region.path, crop_px)
    for _ in range(count):
        y, x = (_start(box[axis], box[axis + 2], side, crop_px, rng) for axis, side in zip((1, 0), sides, strict=True))
        yield x, y, crop_px, crop_px


def _start(start: int, length: int, side: int, crop_px: int, rng: np.random.Generator) -> int:
    """Where a window of `crop_px` begins along one axis."""
    lowest, highest = sorted((start, start + length - crop_px))
    if length > crop_px:  # it cannot hold all: some part of the middle half
        lowest, highest = start + length // 4 - crop_px // 2, start + 3 * length // 4 - crop_px // 2
    return int(np.clip(rng.integers(lowest, highest + 1), 0, side - crop_px))


def _size(path: Path, crop_px: int) -> tuple[int, int]:
    """(height, width); DatasetError for an image smaller than the squares."""
    height, width = read(path).shape
    if min(height, width) < crop_px:
        raise DatasetError(path, found=f"{width} x {height} pixels", expected=f"at least {crop_px} each way")
    return height, width

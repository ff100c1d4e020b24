"""Which pixels show a defect: the scene is lit with and without it, grey levels are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.record import Instance
from surfedge.synthesis.scene import Mark, Scene
from surfedge.synthesis.shading import reach_px, shade

Field = NDArray[np.float32]

VISIBLE_LEVELS = 3.0  # a pixel that changes by less is not called defective


def shade_window(scene: Scene, y: slice, x: slice) -> Field:
    """Radiance of a window of the scene, lit as if it were alone."""
    return shade(*scene.window(y, x), scene.pixel_size_mm, scene.light, scene.finish)


def put(
    scene: Scene, radiance: Field, gain: np.float32, mark: Mark
) -> tuple[tuple[slice, slice], NDArray[np.bool_], float] | None:
    """Apply one mark and light its surroundings again.

    Returns the window, the visible pixels in it and their mean grey-level change, or None.
    """
    rows, columns = scene.height_mm.shape
    y, x, inner = mark.clip(rows, columns)
    if y.stop <= y.start or x.stop <= x.start:
        return None
    relief = scene.height_mm if mark.height_mm is None else scene.height_mm[y, x] - mark.height_mm[inner]
    margin = reach_px(relief, scene.pixel_size_mm, scene.light, scene.finish) + int(np.ceil(4 * scene.camera.blur_px))
    y1, x1 = _grown(y, margin, rows), _grown(x, margin, columns)
    y2, x2 = _grown(y1, margin, rows), _grown(x1, margin, columns)
    mark.apply(scene)
    core = slice(y1.start - y2.start, y1.stop - y2.start), slice(x1.start - x2.start, x1.stop - x2.start)
    before = radiance[y1, x1].copy()
    radiance[y1, x1] = shade_window(scene, y2, x2)[core]
    change = scene.camera.focus(radiance[y1, x1] - before) * gain
    change = np.abs(change if change.ndim == 2 else np.abs(change).max(axis=2))
    footprint = np.zeros(change.shape, bool)
    footprint[y.start - y1.start : y.stop - y1.start, x.start - x1.start : x.stop - x1.start] = mark.footprint[inner]
    pixels = visible_pixels(change, footprint)
    if mark.by_footprint and pixels.any():
        pixels = footprint
    if not pixels.any():
        return None
    return (y1, x1), pixels, float(change[pixels].mean())


def visible_pixels(change_levels: Field, footprint: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels that visibly changed, and those of the footprint that lie within its own half-width of one.

    So the level floor of a dent counts, though the light falls on it as before, and the stretch where a
    scratch fades out does not.
    """
    visible = change_levels > VISIBLE_LEVELS
    if not visible.any() or not footprint.any():
        return visible
    half_width = float(cv2.distanceTransform(footprint.astype(np.uint8), cv2.DIST_L2, 5).max())
    to_visible = cv2.distanceTransform((~visible).astype(np.uint8), cv2.DIST_L2, 5)
    return visible | (footprint & (to_visible <= half_width))


def _grown(span: slice, margin: int, limit: int) -> slice:
    return slice(max(0, span.start - margin), min(limit, span.stop + margin))


def numbered(
    labels: NDArray[np.uint16], instances: Sequence[Instance]
) -> tuple[NDArray[np.uint16], tuple[Instance, ...]]:
    """Boxes and areas as they are in the image; instances that left it, or are hidden by later ones, go."""
    kept: list[Instance] = []
    numbers = np.zeros(len(instances) + 1, np.uint16)
    for number, instance in enumerate(instances, start=1):
        pixels = labels == number
        area = int(pixels.sum())
        if area == 0:
            continue
        x, y, width, height = cv2.boundingRect(pixels.astype(np.uint8))
        kept.append(replace(instance, box=(x, y, width, height), area_px=area))
        numbers[number] = len(kept)
    return numbers[labels], tuple(kept)

"""The colours of a heat map, relative to the threshold, and how they lie over a picture.

Level 0 is the map's zero, level 1 the threshold, `LEVEL_MAX` and above the hottest colour. What is made on the way is
made tile by tile: of a line scan's picture as a whole it would be gigabytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np

LEVEL_MAX = 3.0
"""Multiple of the threshold at which the colours end."""

_STEPS_PER_LEVEL = 255 / LEVEL_MAX  # 85: level 1 falls exactly on a table entry
_STOPS = (  # (level, RGB), two entries at level 1: the step that marks the threshold
    (0.0, (10, 10, 22)),
    (0.5, (38, 22, 76)),
    (1.0, (86, 36, 118)),
    (1.0, (198, 44, 78)),
    (1.5, (236, 98, 44)),
    (2.0, (250, 160, 40)),
    (3.0, (252, 250, 176)),
)
TILE = 32, 1024  # rows and columns: what is made of one stays in the cache


@cache
def heat_colours() -> np.ndarray:
    """The colour table: uint8 (256, 3) RGB; entry 85 is the threshold, 255 `LEVEL_MAX` times it."""
    levels = np.arange(256) / _STEPS_PER_LEVEL
    stops = np.array([level for level, _ in _STOPS])
    colours = np.array([rgb for _, rgb in _STOPS], float)
    below = stops.searchsorted(levels, side="right").clip(1, len(stops) - 1)
    part = (levels - stops[below - 1]) / (stops[below] - stops[below - 1])
    table = colours[below - 1] + part[:, None] * (colours[below] - colours[below - 1])
    return np.asarray(table.round(), np.uint8)


def coloured(levels: np.ndarray) -> np.ndarray:
    """The colour of each level, (H, W, 3)."""
    import cv2

    return np.asarray(cv2.applyColorMap(levels, heat_colours()[:, None]))  # a table look-up, in its order


@cache
def _opacities() -> np.ndarray:
    """Fraction of the full heat per table entry: 0 to half the threshold, a ramp up to it, then 1; (256,)."""
    levels = np.arange(256) / _STEPS_PER_LEVEL
    return np.where(levels >= 1, 1, (levels - 0.5).clip(0) * 0.7).astype(np.float32)


def levels(values: np.ndarray, threshold: float) -> np.ndarray:
    """Index into the colour table of each value, float32 (H, W): 85 times 1 + (value - threshold) / |threshold|."""
    import cv2

    if not math.isfinite(threshold):
        return np.full(values.shape, 255 if threshold < 0 else 0, np.uint8)
    unit = abs(threshold) or 1.0
    index = np.empty(values.shape, np.uint8)
    with np.errstate(over="ignore", invalid="ignore"):
        scale, shift = np.float32(_STEPS_PER_LEVEL / unit), np.float32(_STEPS_PER_LEVEL * (1 - threshold / unit))
        for tile in tiles(values.shape):
            level = values[tile] * scale
            cv2.patchNaNs(level, 0.0)
            level += shift
            index[tile] = np.clip(level, 0, 255, out=level)
    return index


def tiles(size: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """The places of a picture, tile by tile."""
    for top in range(0, size[0], TILE[0]):
        for left in range(0, size[1], TILE[1]):
            yield slice(top, top + TILE[0]), slice(left, left + TILE[1])


def blend_heat(picture: np.ndarray, index: np.ndarray, heat: float) -> None:
    """Colours the picture in place, in tiles: those that stay untouched cost nothing."""
    import cv2

    opacities = (_opacities() * heat).astype(np.float32)
    added, kept = (heat_colours() * opacities[:, None])[:, None], 1 - opacities
    lowest = int(np.flatnonzero(opacities)[0])
    for tile in tiles(index.shape):
        here = index[tile]
        if here.max() >= lowest:
            colours: np.ndarray = cv2.LUT(cv2.merge([here] * 3), added)
            colours += picture[tile] * cv2.LUT(here, kept)[:, :, None]
            colours += np.float32(0.5)
            picture[tile] = colours

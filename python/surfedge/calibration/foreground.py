"""What good images show as their foreground: the even area that is judged, without its edges and what lies beyond.

A part in its holder has edges that are never quite in place, and a background that nobody makes. Both decide scores and
neither is what is inspected. The mean contrast within small squares, over all good images, is high at edges; what they
part are areas. A steady area (much less contrast of its own than the most textured one) is background, and so is one
that is much smaller than the largest of the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.spread import spread
from surfedge.decision import Decision
from surfedge.errors import DatasetError
from surfedge.images import Frame, to_grey_f32

LOOKED_AT = 60  # images
SQUARE_PX = 8
MOST_SQUARES = 128  # along a side
EDGE = 2.0  # times the least contrast beside it: an edge
STEADY = 1 / 3  # of the contrast of the most textured area: background
LEAST_AREA = 1 / 4  # of the largest area that is not background
COUNTED = 0.05  # of the image: smaller areas say nothing of what is textured
TINY = 1e-3  # of white


def background_of(frames: Iterable[Frame]) -> np.ndarray:
    """bool (rows, columns), True where good images show background or an edge; to be stretched over the image.

    All False where there is no edge. Raises DatasetError without a frame.

    >>> from surfedge.images import from_array
    >>> plain = np.random.default_rng(0).integers(90, 110, (160, 160), np.uint8)
    >>> plain[:, :48] = 10
    >>> found = background_of([from_array(plain)])
    >>> found.shape, bool(found[:, :6].all()), bool(found[:, 8:].any())
    ((20, 20), True, False)
    """
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise DatasetError("good images", found="none", expected="at least one", remedy="give good images")
    size = _grid(first.shape)
    contrast = np.stack([_contrast(frame, size) for frame in (first, *rest)]).mean(axis=0, dtype=np.float64) + TINY
    edges = _edges(contrast)
    numbers, labels, boxes, _ = cv2.connectedComponentsWithStats((~edges).view(np.uint8), connectivity=4)
    areas = {n: int(boxes[n, cv2.CC_STAT_AREA]) for n in range(1, numbers)}
    texture = {n: float(np.median(contrast[labels == n])) for n in areas}
    counted = [n for n in areas if areas[n] >= COUNTED * edges.size]
    if not counted:
        return np.zeros_like(edges)
    rough = STEADY * max(texture[n] for n in counted)
    kept = [n for n in areas if texture[n] >= rough]
    largest = max(areas[n] for n in kept)
    return ~np.isin(labels, [n for n in kept if areas[n] >= LEAST_AREA * largest])


def with_foreground(decision: Decision, good: GoodFrames) -> tuple[Decision, float]:
    """`decision` that ignores the background of `good` as well, and the fraction of the image that it then judges.

    Raises ArgumentError where nothing would be left.
    """
    background = background_of(good.unfiltered(number) for number in spread(len(good), LOOKED_AT))
    if not background.any():
        return decision, 1.0
    height, width = (background if decision.ignore is None else decision.ignore).shape
    ignored = replace(decision, ignore=background).ignored((height, width), decision.ignore)
    assert ignored is not None
    return replace(decision, ignore=ignored), 1.0 - float(ignored.mean())


def _grid(shape: tuple[int, int]) -> tuple[int, int]:
    """(columns, rows) of squares of SQUARE_PX, larger ones in large images."""
    rows, columns = (min(MOST_SQUARES, max(1, round(side / SQUARE_PX))) for side in shape)
    return columns, rows


def _contrast(frame: Frame, size: tuple[int, int]) -> np.ndarray:
    """Std within each square, float32 (rows, columns), as a fraction of white."""
    grey = to_grey_f32(frame)
    mean = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    square = cv2.resize(grey * grey, size, interpolation=cv2.INTER_AREA)
    return np.sqrt(np.maximum(square - mean * mean, 0))


def _edges(contrast: np.ndarray) -> np.ndarray:
    """bool: squares with much more contrast than the least of their neighbours, and those around them."""
    around = np.ones((3, 3), np.uint8)
    edge = (contrast > EDGE * cv2.erode(contrast, around)).astype(np.uint8)
    return cv2.dilate(edge, around).view(np.bool_)

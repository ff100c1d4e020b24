"""The pictures people look at: heat map over the surface, mask outline, boxes, score and verdict.

Colours mean the same in every picture of a run, because the map is coloured relative to the threshold:
level 0 is the map's zero, level 1 the threshold, `LEVEL_MAX` and above the hottest colour. Below half the
threshold the surface shows untouched, up to the threshold it is tinted dimly, above it the hot colours begin
with a visible step. Lightness rises along the whole scale, so that it also reads in grey print and with
colour-blind eyes.

Small images are enlarged by whole factors, large ones reduced keeping the peak of every reduced pixel: a
defect of one pixel stays visible. Nothing here changes the result.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from surfedge.drawing.lettering import add_caption, draw_boxes
from surfedge.errors import ArgumentError

if TYPE_CHECKING:
    from surfedge.result import Result

LEVEL_MAX = 3.0
"""Multiple of the threshold at which the colours end."""

SMALL_PX = 256
"""Images whose longest side is shorter are enlarged by a whole factor."""

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
_OUTLINE = (80, 230, 255)
_BAND_ROWS = 32


def draw_overlay(
    result: Result,
    heat: float = 0.5,
    limit_px: int = 0,
    *,
    caption: bool = True,
    boxes: bool = True,
    small_px: int = SMALL_PX,
) -> np.ndarray:
    """Image, heat map, mask outline, boxes with scores, and a caption below: uint8 (H, W, 3) RGB.

    heat : opacity of the heat map above the threshold, 0 (none) to 1.
    limit_px : longest side of the picture, caption included; 0 for full size.
    caption : False leaves the strip with verdict and score away, for pages that print them beside it.
    boxes : False leaves the boxes and their scores away, for thumbs.
    small_px : images whose longest side is shorter are enlarged by a whole factor to at least this.

    Without a map (score-only results) the image and the caption remain; without an image the ground is grey.
    Boxes are drawn for the 200 strongest regions, scores beside the 20 strongest where there is room.
    Raises ArgumentError when `heat` or `limit_px` is out of range, or the image is neither uint8 nor float.

    >>> from surfedge.result import Result
    >>> ground, scores = np.full((64, 64), 128, np.uint8), np.zeros((64, 64), np.float32)
    >>> scores[20:30, 20:30] = 2
    >>> result = Result(2.0, 1.0, True, scores, scores > 1, (), (64, 64), ground)
    >>> draw_overlay(result, caption=False).shape
    (256, 256, 3)
    """
    if not 0 <= heat <= 1:
        raise ArgumentError("heat", found=heat, expected="0 to 1", remedy="pass heat=0.5")
    _check_limit(limit_px)
    readable = caption and not 0 < limit_px < 96
    strip_px = _strip_px(_picture_size(result.shape, limit_px, small_px)) if readable else 0
    size = _picture_size(result.shape, limit_px, small_px, strip_px)
    picture = _surface(result, size)
    text_px = _text_px(size)
    line_px = max(1, round(text_px / 8))
    if result.anomaly_map is not None and heat > 0:
        _blend_heat(picture, _levels(result, size), heat)
    if result.mask is not None:
        _outline_mask(picture, result.mask, line_px)
    if boxes:
        draw_boxes(picture, result, text_px)
    return add_caption(picture, result, strip_px, limit_px) if strip_px else picture


def draw_map(result: Result, limit_px: int = 0) -> np.ndarray:
    """The anomaly map alone in the colours of the overlay: uint8 (H, W, 3) RGB, same size as `draw_image`.

    Black where there is no map. Raises ArgumentError when `limit_px` is negative.
    """
    _check_limit(limit_px)
    size = _picture_size(result.shape, limit_px)
    if result.anomaly_map is None:
        return np.zeros((*size, 3), np.uint8)
    return _coloured(_levels(result, size))


def draw_image(result: Result, limit_px: int = 0) -> np.ndarray:
    """The inspected image alone: uint8 (H, W, 3) RGB, a copy. ArgumentError for a negative `limit_px`."""
    _check_limit(limit_px)
    return _surface(result, _picture_size(result.shape, limit_px))


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


def _coloured(levels: np.ndarray) -> np.ndarray:
    """The colour of each level, (H, W, 3)."""
    import cv2

    return np.asarray(cv2.applyColorMap(levels, heat_colours()[:, None]))  # a table look-up, in its order


@cache
def _opacities() -> np.ndarray:
    """Fraction of the full heat per table entry: 0 to half the threshold, a ramp up to it, then 1; (256,)."""
    levels = np.arange(256) / _STEPS_PER_LEVEL
    return np.where(levels >= 1, 1, (levels - 0.5).clip(0) * 0.7).astype(np.float32)


def _check_limit(limit_px: int) -> None:
    if limit_px < 0:
        raise ArgumentError("limit_px", found=limit_px, expected="0 or more", remedy="0 keeps the full size")


def _picture_size(
    shape: tuple[int, int], limit_px: int, small_px: int = SMALL_PX, strip_px: int = 0
) -> tuple[int, int]:
    """Height and width of the picture without its caption, in pixels."""
    height, width = shape
    longest = max(height, width)
    factor = float(math.ceil(small_px / longest)) if longest < small_px else 1.0
    if limit_px and (max(height * factor + strip_px, width * factor) > limit_px):
        fit = min((limit_px - strip_px) / height, limit_px / width)
        factor = math.floor(fit) if fit >= 1 else fit
    return max(1, round(height * factor)), max(1, round(width * factor))


def _text_px(size: tuple[int, int]) -> int:
    """Height of letters: 12 px at least, growing with the picture so that it reads when shown as a whole."""
    side_px = math.sqrt(size[0] * size[1])
    return max(12, round(min(0.03 * side_px, 8 + 0.02 * side_px)))


def _strip_px(size: tuple[int, int]) -> int:
    """Height of the caption: letters as beside the boxes, smaller where the picture is thin."""
    return 2 * max(12, min(_text_px(size), size[1] // 24))


def _surface(result: Result, size: tuple[int, int]) -> np.ndarray:
    if result.image is None:
        return np.full((*size, 3), 96, np.uint8)
    image = _resize(np.asarray(result.image), size)
    if image.dtype.kind == "f":
        image = (np.nan_to_num(image).clip(0, 1) * 255 + 0.5).astype(np.uint8)
    if image.dtype != np.uint8:
        raise ArgumentError("image", found=image.dtype, expected="uint8 or float in 0 to 1")
    image = image.reshape(*size, -1)
    return _in_rgb(image) if image.shape[2] == 1 else image[:, :, :3].copy()


def _in_rgb(image: np.ndarray) -> np.ndarray:
    import cv2

    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_GRAY2RGB))


def _resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    import cv2

    if image.shape[:2] == size:
        return image
    larger = size[0] >= image.shape[0] and size[1] >= image.shape[1]
    return cv2.resize(image, size[::-1], interpolation=cv2.INTER_CUBIC if larger else cv2.INTER_AREA)


def _resize_peaks(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resized; each reduced pixel keeps the largest value it covers, enlarged maps are interpolated."""
    import cv2

    if values.shape == size:
        return values
    rows, columns = (max(1, math.ceil(old / new)) for old, new in zip(values.shape, size, strict=True))
    peaks = cv2.dilate(values, np.ones((rows, columns), np.uint8)) if rows * columns > 1 else values
    smooth = values.dtype == np.float32 and size[0] >= values.shape[0] and size[1] >= values.shape[1]
    kind = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST_EXACT
    return cv2.resize(peaks, size[::-1], interpolation=kind)


def _levels(result: Result, size: tuple[int, int]) -> np.ndarray:
    """Index into the colour table per pixel, uint8 (H, W): 85 times 1 + (map - threshold) / |threshold|."""
    values = np.asarray(result.anomaly_map, np.float32)
    is_finite = values.shape != size
    if is_finite:
        values = _resize_peaks(np.nan_to_num(values, nan=0.0), size)
    threshold = float(result.threshold)
    if not math.isfinite(threshold):
        return np.full(size, 255 if threshold < 0 else 0, np.uint8)
    unit = abs(threshold) or 1.0
    index = np.empty(size, np.uint8)
    rows = max(_BAND_ROWS, (1 << 20) // size[1])  # copies of the map of a line scan as a whole would be gigabytes
    with np.errstate(over="ignore", invalid="ignore"):
        scale, shift = (np.float32(_STEPS_PER_LEVEL / unit), np.float32(_STEPS_PER_LEVEL * (1 - threshold / unit)))
        for top in range(0, size[0], rows):
            band = values[top : top + rows]
            band = (band if is_finite else np.nan_to_num(band, nan=0.0)) * scale + shift
            index[top : top + rows] = np.nan_to_num(band, nan=0.0, copy=False).clip(0, 255, out=band)
    return index


def _blend_heat(picture: np.ndarray, levels: np.ndarray, heat: float) -> None:
    """Colours the picture in place, in bands of rows: those that stay untouched cost nothing."""
    import cv2

    opacities = (_opacities() * heat).astype(np.float32)
    added, kept = (heat_colours() * opacities[:, None])[:, None], 1 - opacities
    first = int(np.flatnonzero(opacities)[0])
    for top in range(0, picture.shape[0], _BAND_ROWS):
        band, index = picture[top : top + _BAND_ROWS], levels[top : top + _BAND_ROWS]
        if index.max() >= first:
            colours = cv2.LUT(cv2.merge([index] * 3), added)
            band[:] = (band * cv2.LUT(index, kept)[:, :, None] + colours + 0.5).astype(np.uint8)


def _outline_mask(picture: np.ndarray, mask: np.ndarray, line_px: int) -> None:
    """A line around the mask, outside of it: the defect itself stays free."""
    import cv2

    inside = _resize_peaks(np.asarray(mask, np.uint8), picture.shape[:2])
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * line_px + 1, 2 * line_px + 1))
    picture[(cv2.dilate(inside, disk) > 0) & (inside == 0)] = _OUTLINE

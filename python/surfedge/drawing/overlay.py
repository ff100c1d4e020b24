"""The pictures people look at: heat map over the surface, mask outline, boxes, score and verdict.

Colours mean the same in every picture of a run, because the map is coloured relative to the threshold:
level 0 is the map's zero, level 1 the threshold, ``heat.LEVEL_MAX`` and above the hottest colour. Below half the
threshold the surface shows untouched, up to the threshold it is tinted dimly, above it the hot colours begin
with a visible step. Lightness rises along the whole scale, so that it also reads in grey print and with
colour-blind eyes.

Small images are enlarged by whole factors, large ones reduced keeping the peak of every reduced pixel: a
defect of one pixel stays visible. Nothing here changes the result.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from surfedge.drawing.heat import TILE, blend_heat, coloured, levels, tiles
from surfedge.drawing.lettering import captioned, draw_boxes
from surfedge.errors import ArgumentError

if TYPE_CHECKING:
    from surfedge.result import Result

SMALL_PX = 256
"""Images whose longest side is shorter are enlarged by a whole factor."""

_OUTLINE = (80, 230, 255)


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
    whole, picture = captioned(size, result, strip_px, limit_px) if strip_px else _empty(size)
    _draw_surface(picture, result)
    text_px = _text_px(size)
    line_px = max(1, round(text_px / 8))
    if result.anomaly_map is not None and heat > 0:
        blend_heat(picture, levels(_map_at(result, size), result.threshold), heat)
    if result.mask is not None:
        _outline_mask(picture, result.mask, line_px)
    if boxes:
        draw_boxes(picture, result, text_px)
    return whole


def draw_map(result: Result, limit_px: int = 0) -> np.ndarray:
    """The anomaly map alone in the colours of the overlay: uint8 (H, W, 3) RGB, same size as `draw_image`.

    Black where there is no map. Raises ArgumentError when `limit_px` is negative.
    """
    _check_limit(limit_px)
    size = _picture_size(result.shape, limit_px)
    if result.anomaly_map is None:
        return np.zeros((*size, 3), np.uint8)
    return coloured(levels(_map_at(result, size), result.threshold))


def draw_image(result: Result, limit_px: int = 0) -> np.ndarray:
    """The inspected image alone: uint8 (H, W, 3) RGB, a copy. ArgumentError for a negative `limit_px`."""
    _check_limit(limit_px)
    whole, picture = _empty(_picture_size(result.shape, limit_px))
    _draw_surface(picture, result)
    return whole


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


def _empty(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A picture without a caption: the whole, and the part to draw into, which is the same."""
    picture = np.empty((*size, 3), np.uint8)
    return picture, picture


def _draw_surface(picture: np.ndarray, result: Result) -> None:
    """Draws the inspected image into the uint8 (H, W, 3) `picture`, in bands of rows."""
    import cv2

    if result.image is None:
        picture[...] = 96
        return
    image = np.asarray(result.image)
    if image.dtype.kind != "f" and image.dtype != np.uint8:
        raise ArgumentError("image", found=image.dtype, expected="uint8 or float in 0 to 1")
    image = _resize(image, picture.shape[:2])
    for top in range(0, len(picture), TILE[0]):
        band = image[top : top + TILE[0]]
        if band.dtype.kind == "f":
            band = (np.nan_to_num(band).clip(0, 1) * 255 + 0.5).astype(np.uint8)
        if band.ndim == 2 or band.shape[2] == 1:
            band = cv2.cvtColor(band, cv2.COLOR_GRAY2RGB)
        picture[top : top + TILE[0]] = band[:, :, :3]


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


def _map_at(result: Result, size: tuple[int, int]) -> np.ndarray:
    """The anomaly map at the picture's size, float32 (H, W)."""
    values = np.asarray(result.anomaly_map, np.float32)
    return values if values.shape == size else _resize_peaks(np.nan_to_num(values, nan=0.0), size)


def _outline_mask(picture: np.ndarray, mask: np.ndarray, line_px: int) -> None:
    """A line around the mask, outside of it: the defect itself stays free. Tiles far from it cost nothing."""
    import cv2

    inside = _resize_peaks(np.asarray(mask).view(np.uint8), picture.shape[:2])
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * line_px + 1, 2 * line_px + 1))
    for rows, columns in tiles(inside.shape):
        top, left = max(0, rows.start - line_px), max(0, columns.start - line_px)
        near = inside[top : rows.stop + line_px, left : columns.stop + line_px]
        if near.any():
            around = cv2.dilate(near, disk)[rows.start - top :, columns.start - left :]
            here = inside[rows, columns]
            is_line = (around[: here.shape[0], : here.shape[1]] > 0) & (here == 0)
            picture[rows, columns][is_line] = _OUTLINE

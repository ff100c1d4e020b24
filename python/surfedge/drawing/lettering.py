"""What is written on pictures of results: boxes, scores beside them, and the caption with the verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from surfedge.result import Region, Result

Edges = tuple[int, int, int, int]
"""left, top, right, bottom in pixels; right and bottom lie just outside."""

_DARK, _LIGHT = (18, 20, 26), (240, 242, 246)
_RED, _GREEN = (190, 40, 30), (16, 118, 98)
_MAX_BOXES, _MAX_SCORES = 200, 20


def draw_boxes(picture: np.ndarray, result: Result, text_px: int) -> None:
    """Draws the regions' boxes, and scores beside the strongest, into uint8 (H, W, 3) `picture`, in place.

    The picture may be larger or smaller than the image; boxes are grown a little, not to cover their regions.
    """
    import cv2

    line_px, margin_px = max(1, text_px // 12), text_px // 4 + 1
    regions = result.regions[:_MAX_BOXES]
    boxes = [_edges(region, result.shape, picture.shape[:2], margin_px) for region in regions]
    for colour, width_px in ((_DARK, line_px + 2), (_LIGHT, line_px)):
        for left, top, right, bottom in boxes:
            cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), colour, width_px, cv2.LINE_AA)
    taken = list(boxes)
    for region, box in zip(regions[:_MAX_SCORES], boxes, strict=False):
        _write_score(picture, region, box, text_px, taken)


def captioned(size: tuple[int, int], result: Result, strip_px: int, limit_px: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A uint8 (H, W, 3) picture with a strip of `strip_px` at its end, and the part of `size` (H, W) above it, to be
    drawn into: the strip says the verdict, and as many of the numbers as fit.

    Pictures too thin for the verdict are centred on a wider ground, of at most `limit_px` unless that is 0.
    """
    verdict = "DEFECTIVE" if result.is_defective else "GOOD"
    text_px = strip_px // 2
    chip_px = text_width_px(verdict, text_px) + text_px
    height, width = size
    ground_px = min(max(width, chip_px), limit_px or max(width, chip_px))
    ground = np.empty((height + strip_px, ground_px, 3), np.uint8)
    left = (ground_px - width) // 2
    ground[:height, :left] = ground[:height, left + width :] = ground[height:] = _DARK
    ground[height:, :chip_px] = _RED if result.is_defective else _GREEN
    write_text(ground, verdict, (text_px // 2, height), strip_px, text_px, _LIGHT)
    for text in _captions(result):
        if chip_px + text_width_px(text, text_px) + text_px <= ground_px:
            write_text(ground, text, (chip_px + text_px // 2, height), strip_px, text_px, _LIGHT)
            break
    return ground, ground[:height, left : left + width]


def text_width_px(text: str, text_px: int) -> int:
    """Width in pixels of `text` written `text_px` high by `write_text`."""
    import cv2

    return int(cv2.getTextSize(_plain(text), cv2.FONT_HERSHEY_SIMPLEX, *_scale(text_px))[0][0])


def write_text(
    picture: np.ndarray, text: str, corner: tuple[int, int], height_px: int, text_px: int, colour: tuple[int, int, int]
) -> None:
    """Writes into uint8 (H, W, 3) `picture`, in place, centred in a row of `height_px` starting at `corner`.

    corner : (x, y) of the row's top left, in pixels. text_px : size of the letters as fonts count, capitals
    are 0.72 of it. Anything but printable ASCII becomes "?": the letters come with OpenCV, whose versions
    share no others.
    """
    import cv2

    scale, thickness = _scale(text_px)
    origin = corner[0], corner[1] + (height_px + round(text_px * 0.72)) // 2
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(picture, _plain(text), origin, font, scale, colour, thickness, cv2.LINE_AA)


def _edges(region: Region, shape: tuple[int, int], size: tuple[int, int], margin_px: int) -> Edges:
    x, y, width, height = region.box
    across, down = size[1] / shape[1], size[0] / shape[0]
    left, top = int(x * across) - margin_px, int(y * down) - margin_px
    right, bottom = math.ceil((x + width) * across) + margin_px, math.ceil((y + height) * down) + margin_px
    return max(0, left), max(0, top), min(size[1], right), min(size[0], bottom)


def _write_score(picture: np.ndarray, region: Region, box: Edges, text_px: int, taken: list[Edges]) -> None:
    """The score where there is room: above, below, or beside the box; nowhere rather than over another."""
    height, width = picture.shape[:2]
    text = f"{region.label[:24]} {region.score:.3g}".strip()
    tag_w, tag_h = text_width_px(text, text_px) + text_px, round(text_px * 1.4)
    left, top, right, bottom = box
    gap = max(2, text_px // 5)
    x = max(0, min(left, width - tag_w))
    above, below = (x, top - tag_h - gap), (x, bottom + gap)
    for at_x, at_y in (above, below, (right + gap, top), (left - tag_w - gap, top)):
        tag = at_x, at_y, at_x + tag_w, at_y + tag_h
        inside = at_x >= 0 and at_y >= 0 and tag[2] <= width and tag[3] <= height
        if inside and not any(_overlap(tag, other) for other in taken):
            picture[at_y : tag[3], at_x : tag[2]] = _DARK
            write_text(picture, text, (at_x + text_px // 2, at_y), tag_h, text_px, _LIGHT)
            taken.append(tag)
            return


def _overlap(a: Edges, b: Edges) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _captions(result: Result) -> tuple[str, ...]:
    """The numbers of a result, from the longest text to the shortest."""
    score, threshold = f"{result.score:.4g}", f"{result.threshold:.4g}"
    regions = f"{len(result.regions)} region{'s' * (len(result.regions) != 1)}"
    full = f"score {score}   threshold {threshold}"
    return f"{full}   {regions}", full, f"{score} / {threshold}", score


def _scale(text_px: int) -> tuple[float, int]:
    return text_px / 30, max(1, round(text_px / 14))


def _plain(text: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)

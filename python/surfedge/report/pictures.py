"""The encoded pictures of one image that a report carries."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from surfedge.errors import ArgumentError

if TYPE_CHECKING:
    from surfedge.result import Result

_LONGEST_PX = 1280
_KINDS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"RIFF", "image/webp"))


@dataclass(frozen=True)
class Pictures:
    """Encoded pictures of one image: JPEG, PNG or WebP bytes; b"" for one that is missing.

    overlay : image with heat map, outline and boxes. map : the anomaly map in colours.
    original : the inspected image. thumb : the overlay in about 160 px, for lists.
    truth : the true mask, white on black.
    """

    overlay: bytes = b""
    map: bytes = b""
    original: bytes = b""
    thumb: bytes = b""
    truth: bytes = b""

    @property
    def size_bytes(self) -> int:
        """Bytes of all pictures together."""
        return sum(map(len, (self.overlay, self.map, self.original, self.thumb, self.truth)))


def draw_pictures(
    result: Result, truth: np.ndarray | None = None, *, side_px: int = 640, thumb_px: int = 160, quality: int = 80
) -> Pictures:
    """WebP pictures of a result; overlays of small images are enlarged, so that lines and scores stay fine.

    truth : the true mask, bool (H, W), where it is known.
    side_px : the pictures have at most side_px * side_px pixels, and 1280 on the longest side.
    thumb_px : longest side of the thumb. quality : of WebP, 1 to 100.
    Raises ArgumentError when the result carries no image.

    >>> from surfedge.result import Result
    >>> ground = np.full((64, 64), 128, np.uint8)
    >>> scores, mask = np.zeros((64, 64), np.float32), np.zeros((64, 64), bool)
    >>> result = Result(0.5, 1.0, False, scores, mask, (), (64, 64), ground)
    >>> draw_pictures(result).map[:4]
    b'RIFF'
    """
    from surfedge.drawing import draw_image, draw_map, draw_overlay

    if result.image is None:
        raise ArgumentError("result.image", found=None, expected="the inspected image")
    aspect = max(result.shape) / min(result.shape)
    limit_px = round(min(_LONGEST_PX, side_px * math.sqrt(aspect)))
    overlay = draw_overlay(result, limit_px=limit_px, caption=False, small_px=side_px)
    return Pictures(
        overlay=_webp(overlay, quality),
        map=_webp(draw_map(result, limit_px), quality) if result.anomaly_map is not None else b"",
        original=_webp(draw_image(result, limit_px), quality),
        thumb=_webp(draw_overlay(result, limit_px=thumb_px, caption=False, boxes=False), min(quality, 70)),
        truth=b"" if truth is None else _webp(draw_truth(result, truth, limit_px), quality),
    )


def draw_truth(result: Result, truth: np.ndarray | None, limit_px: int = 0) -> np.ndarray:
    """The true mask, white on black: uint8 (H, W, 3) RGB, same size as `draw_image`; grey where it is not known.

    truth : bool (H, W), or None. A reduced picture keeps a defect of one pixel.
    """
    import cv2

    from surfedge.drawing import draw_image

    shape = draw_image(result, limit_px).shape
    if truth is None:
        return np.full(shape, 96, np.uint8)
    is_larger = shape[0] >= truth.shape[0] and shape[1] >= truth.shape[1]
    kind = cv2.INTER_NEAREST_EXACT if is_larger else cv2.INTER_AREA
    mask = cv2.resize(np.asarray(truth, np.float32), shape[1::-1], interpolation=kind) > 0
    return np.repeat(mask.astype(np.uint8)[..., None] * 255, 3, axis=2)


def data_uri(picture: bytes) -> str:
    """`picture` as text that an <img> takes; "" for b"". Raises ArgumentError unless JPEG, PNG or WebP."""
    if not picture:
        return ""
    for start, kind in _KINDS:
        if picture.startswith(start):
            return f"data:{kind};base64,{base64.b64encode(picture).decode('ascii')}"
    raise ArgumentError("picture", found=f"bytes starting with {picture[:8]!r}", expected="JPEG, PNG or WebP")


def _webp(picture: np.ndarray, quality: int) -> bytes:
    import cv2

    done, encoded = cv2.imencode(".webp", picture[:, :, ::-1], [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not done:
        raise ArgumentError("picture", found=f"shape {picture.shape}", expected="something WebP can hold")
    return encoded.tobytes()

"""An image as the page shows it: scaled to a screen, its map in colours, its regions; the latest ones kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from surfedge.detector import Detector
from surfedge.drawing import draw_image, draw_map
from surfedge.errors import ArgumentError, SurfedgeError
from surfedge.images import Frame, from_array, to_picture, to_rgb_u8
from surfedge.labelling.describing import small
from surfedge.result import Region, Result

LONGEST_PX = 2048  # of the pictures that the page gets
THUMB_PX = 160
_KEPT_BYTES, _KEPT_THUMBS = 64 << 20, 1_000
_MAX_REGIONS, _MAX_CORNERS = 200, 20_000  # that the page gets of an image: all outlines together
_QUALITY = 88
_STRETCHED = "shown with its contrast stretched"


@dataclass(frozen=True)
class View:
    """shape : (H, W) in pixels. result : without its arrays; None where the detector refused, then `refused` says why.

    image, map : WebP, b"" where there is no map. notes : on how it is shown, and what the detector noted.
    """

    shape: tuple[int, int]
    image: bytes = field(repr=False)
    map: bytes = field(default=b"", repr=False)
    result: Result | None = None
    refused: str = ""
    notes: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Bytes that keeping it takes."""
        return len(self.image) + len(self.map) + 10_000

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the page."""
        judged = self.result
        regions = judged.regions[:_MAX_REGIONS] if judged else ()
        return {
            "width": self.shape[1],
            "height": self.shape[0],
            "score": judged.score if judged else None,
            "threshold": judged.threshold if judged else None,
            "is_defective": judged.is_defective if judged else None,
            "label": judged.label if judged else "",
            "has_map": bool(self.map),
            "regions": [_region(region, _MAX_CORNERS // len(regions)) for region in regions],
            "refused": self.refused,
            "notes": list(self.notes),
        }


class Views:
    """Views by number, at most 64 MiB of them kept; `read` gives the Frame of a number and raises ImageError."""

    def __init__(self, detector: Detector, read: Callable[[int], Frame]) -> None:
        self._detector, self._read = detector, read
        self._kept: OrderedDict[int, View] = OrderedDict()
        self._large: tuple[int, np.ndarray] | None = None  # the last picture larger than a screen, for a closer look
        self._thumbs: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._making = threading.Lock()

    def __call__(self, number: int) -> View:
        """The view of an image; raises ImageError for one that cannot be read."""
        if (known := self._known(number)) is not None:
            return known
        with self._making:  # one at a time: a person looks at one image, and memory is bounded
            if (known := self._known(number)) is not None:
                return known
            view = self._made(self._read(number))
        with self._lock:
            self._kept[number] = view
            while len(self._kept) > 1 and sum(each.size_bytes for each in self._kept.values()) > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return view

    def part(self, number: int, x: int, y: int, width: int, height: int) -> bytes:
        """A WebP of a rectangle of the image, in pixels, as it is shown; b"" where that lies outside of it."""
        with self._making:
            if self._large is None or self._large[0] != number:
                self._large = number, shown(self._read(number))[0]
            picture = self._large[1][y : y + height, x : x + width]
        if not picture.size:
            return b""
        return _webp(to_rgb_u8(small(from_array(picture), LONGEST_PX)))

    def thumb(self, number: int) -> bytes:
        """A small WebP of an image, without asking the detector; raises ImageError for one that cannot be read."""
        with self._lock:
            if number in self._thumbs:
                return self._thumbs[number]
        with self._making:
            picture, _ = shown(small(self._read(number), THUMB_PX))
        thumb = _webp(to_rgb_u8(from_array(picture)))
        with self._lock:
            self._thumbs[number] = thumb
            while len(self._thumbs) > _KEPT_THUMBS:
                self._thumbs.popitem(last=False)
        return thumb

    def _known(self, number: int) -> View | None:
        with self._lock:
            if number in self._kept:
                self._kept.move_to_end(number)
            return self._kept.get(number)

    def _made(self, frame: Frame) -> View:
        picture, notes = shown(frame)
        try:
            result, refused = self._detector(frame), ""
        except SurfedgeError as error:
            result, refused = _unjudged(frame.shape), error.reason
        scaled = draw_image(replace(result, image=picture), LONGEST_PX)
        coloured = b"" if refused or result.anomaly_map is None else _webp(draw_map(result, LONGEST_PX))
        kept = None if refused else replace(result, anomaly_map=None, mask=None, image=None)
        notes += result.notes
        return View(frame.shape, _webp(scaled), coloured, kept, refused, notes)


def shown(frame: Frame) -> tuple[np.ndarray, tuple[str, ...]]:
    """The frame as a picture, uint8, and what was done to it: deep images that use little of their range are stretched.

    A camera of 12 bits in a 16-bit file would be black to the eye.
    """
    if frame.pixels.dtype == np.uint8:
        return frame.pixels, ()
    sample = frame.pixels[:: max(1, frame.shape[0] // 512), :: max(1, frame.shape[1] // 512)]
    low, high = (float(each) for each in np.percentile(sample, (0.1, 99.9)))
    if high - low > 0.5 * frame.white or high <= low:
        picture = to_picture(frame)
        return (picture if picture.dtype == np.uint8 else (picture * 255 + 0.5).astype(np.uint8)), ()
    scale = 255 / (high - low)
    stretched = (frame.pixels.astype(np.float32) - low) * scale
    return stretched.clip(0, 255).astype(np.uint8), (_STRETCHED,)


def _unjudged(shape: tuple[int, int]) -> Result:
    return Result(0.0, 0.0, False, None, None, (), shape)


def _region(region: Region, most_corners: int) -> dict[str, Any]:
    """As the page draws it: a corner lies at the centre of its pixel, half a pixel from the pixel's own corner."""
    polygon = np.asarray(region.polygon, float) + 0.5
    step = -(-len(polygon) // most_corners) or 1
    return {**region.to_dict(), "polygon": polygon[::step].tolist()}


def _webp(picture: np.ndarray) -> bytes:
    done, encoded = cv2.imencode(".webp", picture[:, :, ::-1], [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    if not done:
        raise ArgumentError("picture", found=f"shape {picture.shape}", expected="something WebP can hold")
    return encoded.tobytes()

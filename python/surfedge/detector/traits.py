"""What an image is like as a whole: the figures that tell a dead or dim camera from the material."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from surfedge import kernels
from surfedge.images import Frame, to_grey_f32

UNITS = {"brightness": " of white", "contrast": " of white (standard deviation)"}
TINY = 1e-4  # added before logarithms, as a fraction of white


class Trait(NamedTuple):
    """unit : "log2" or "fraction". least_margin : how far a new image may lie outside the good ones at least, in it.

    words : what is printed. low, high : whether a defect may explain a value below or above the limits.
    """

    unit: str
    least_margin: float
    words: str
    low: bool = False
    high: bool = False

    def between(self, low: float, high: float) -> str:
        """Limits as people read them: a share is none below 0 or above 1."""
        if self.unit != "fraction":
            return f"{max(low, 0.0):.3g} to {high:.3g}"
        return f"{low:.3g} to {min(high, 1.0):.3g}" if low > 0 else f"at most {min(high, 1.0):.3g}"


TRAITS = {
    "brightness": Trait("log2", 0.35, "mean brightness"),
    "light": Trait("log2", 0.25, "brightness over what contrast and colours let expect", low=True, high=True),
    "contrast": Trait("log2", 1.2, "contrast", high=True),
    "across": Trait("log2", 0.6, "sharpness across", low=True, high=True),
    "along": Trait("log2", 0.6, "sharpness along", low=True, high=True),
    "dark": Trait("fraction", 0.2, "fraction of black pixels", high=True),
    "bright": Trait("fraction", 0.2, "fraction of white pixels", high=True),
    "constant": Trait("fraction", 0.1, "fraction of rows without any contrast"),
    "repeated": Trait("fraction", 0.1, "fraction of rows that repeat the one before"),
    "sideways": Trait("log2", 0.35, "brightness of the left half over the right one", low=True, high=True),
    "downward": Trait("log2", 0.35, "brightness of the upper half over the lower one", low=True, high=True),
    "red": Trait("fraction", 0.08, "fraction of red"),
    "blue": Trait("fraction", 0.08, "fraction of blue"),
}


def appearance(frame: Frame) -> dict[str, float]:
    """What `frame` is like as a whole, by the names of TRAITS: means as fractions of white, 0 to 1, and for
    "across" and "along" the mean difference to the next pixel as a multiple of the contrast."""
    pixels = frame.pixels
    plane = cv2.extractChannel(pixels, 1) if pixels.ndim == 3 else pixels
    if plane.dtype != np.uint8:
        plane, white = to_grey_f32(frame), 1.0
    else:
        white = 255.0
    mean, sigma, across, along, dark, bright, constant, repeated = kernels.frame_statistics(plane, 0.0, white)
    spread = sigma / white + TINY
    found = {
        "brightness": mean / white,
        "contrast": sigma / white,
        "across": across / white / spread,
        "along": along / white / spread,
        "dark": dark,
        "bright": bright,
        "constant": constant,
        "repeated": repeated,
    }
    if min(plane.shape) >= 2:
        found |= _halves(plane[:: max(1, plane.shape[0] // 64), :: max(1, plane.shape[1] // 64)])
    if pixels.ndim == 3:
        red, green, blue, _ = cv2.mean(pixels[:: max(1, pixels.shape[0] // 64)])
        total = max(red + green + blue, 1e-6 * white)
        found |= {"red": red / total, "blue": blue / total}
    return found


def _halves(few: np.ndarray) -> dict[str, float]:
    """How bright the halves of a coarse grid of pixels are against each other: a lamp that is out leaves one dark."""
    middle, centre = few.shape[0] // 2, few.shape[1] // 2
    quarters = few[: 2 * middle, : 2 * centre].reshape(2, middle, 2, centre).sum(axis=(1, 3), dtype=np.float64)
    (a, b), (c, d) = (quarters + TINY * few.size * (255.0 if few.dtype == np.uint8 else 1.0)).tolist()
    return {"sideways": (a + c) / (b + d), "downward": (a + b) / (c + d)}

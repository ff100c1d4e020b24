"""Whether an image can be one of those that the bundle speaks of: a dead, dark or frozen camera must not be judged.

Calibration keeps what the good images were like as a whole. A frame that no defect could have made (no contrast,
another brightness, lines that repeat, other colours) is refused with the reason. One that is odd in a way that a large
defect may explain (more contrast, other sharpness, black or white areas) is judged: where it is called defective the
oddity is noted, where it would be good it is refused. The limits lie as far beyond the good images as these differ
among themselves, and further where they are few.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import cv2
import numpy as np

from surfedge import kernels
from surfedge.detector import PLAUSIBILITY as ACTIONS
from surfedge.errors import ImplausibleError, require
from surfedge.images import DEPTH_NOTE, Frame, to_grey_f32

UNCALIBRATED = {"limits": {"contrast": (0.5 / 255, 1.0)}}  # without good images only an even area is noticed
RANGE_SHARE, RANGE_IMAGES = 0.25, 5.0  # of the range of n good images, 0.25 + 5 / n of it lies beyond the limits
SIZE_RATIO = 1.25  # sides that differ by more from those of the good images are noted
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


@dataclass(frozen=True)
class Oddities:
    """notes : for the result. doubts : reasons for which the image must not be called good. hints : what may be behind
    them.
    """

    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def with_doubts(self, doubts: tuple[str, ...]) -> Oddities:
        """The same with more reasons for which the image must not be called good."""
        return replace(self, doubts=(*self.doubts, *doubts)) if doubts else self

    def settled(self, is_defective: bool, source: str) -> tuple[str, ...]:
        """All that is to be noted on a defective image; raises ImplausibleError for a good one that is in doubt."""
        if self.doubts and not is_defective:
            raise refusal(source, (*self.doubts, *self.hints))
        return (*self.notes, *(f"implausible: {reason}" for reason in self.doubts))


def refusal(source: str, reasons: Sequence[str]) -> ImplausibleError:
    """The error for an image that cannot be what the bundle speaks of."""
    return ImplausibleError(
        source or "image",
        found=f"an implausible image: {'; '.join(reasons)}",
        expected="one like the good images",
        remedy="check camera and light; or calibrate with images of this kind",
    )


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


@dataclass(frozen=True)
class Plausibility:
    """limits : lowest and highest value of some of TRAITS; empty for a bundle that says nothing of them.

    heights, widths : of the good images, least and largest in pixels. is_colour : whether good images had colour; None
    where that is not known. action : "refuse" raises ImplausibleError for an image outside; "note" judges it and says
    so.
    """

    limits: dict = field(default_factory=dict)
    heights: tuple[int, ...] = ()
    widths: tuple[int, ...] = ()
    is_colour: bool | None = None
    action: str = "refuse"

    def __post_init__(self) -> None:
        require("plausibility.action", self.action, self.action in ACTIONS, " or ".join(ACTIONS))
        for name, pair in self.limits.items():
            fits = isinstance(pair, (list, tuple)) and len(pair) == 2 and all(type(v) in (int, float) for v in pair)
            known = name in TRAITS and fits and all(math.isfinite(v) for v in pair)
            require(f"plausibility.limits.{name}", pair, known, f"two finite numbers for one of {', '.join(TRAITS)}")
        for name, sizes in (("heights", self.heights), ("widths", self.widths)):
            fits = len(sizes) in (0, 2) and all(size > 0 for size in sizes)
            require(f"plausibility.{name}", sizes, fits, "the least and the largest")

    @classmethod
    def learned(cls, frames: Sequence[dict[str, float]], shapes: Sequence[tuple[int, int]]) -> Plausibility:
        """From the `appearance` of good images, one or more, and their (H, W)."""
        names = [name for name in TRAITS if all(name in found for found in frames)]
        limits = {name: _limits(TRAITS[name], [found[name] for found in frames]) for name in names}
        heights, widths = zip(*shapes, strict=True)
        has_colour = all("red" in found for found in frames)
        return cls(limits, (min(heights), max(heights)), (min(widths), max(widths)), is_colour=has_colour)

    def in_words(self) -> tuple[str, ...]:
        """The limits for people, a line each; nothing where there are none.

        >>> Plausibility({"brightness": (0.2, 0.6)}).in_words()
        ('an image outside is refused', 'mean brightness: 0.2 to 0.6 of white')
        """
        if not self.limits:
            return ()
        outside = "refused" if self.action == "refuse" else "judged, with a note"
        lines = [f"an image outside is {outside}"]
        for name, (low, high) in self._in_order():
            lines.append(f"{TRAITS[name].words}: {TRAITS[name].between(low, high)}{UNITS.get(name, '')}")
        if self.is_colour is not None:
            lines.append("colour images" if self.is_colour else "grey images, or colour ones seen as grey")
        if self.heights and self.widths:
            least, most = (f"{w} x {h}" for w, h in zip(self.widths, self.heights, strict=True))
            sizes = least if least == most else f"{least} to {most}"
            lines.append(f"size: {sizes} px; another by more than a quarter is noted")
        return tuple(lines)

    def _in_order(self) -> Iterator[tuple[str, tuple[float, float]]]:
        """The limits in the order of TRAITS, what tells most first."""
        return ((name, self.limits[name]) for name in TRAITS if name in self.limits)

    def check(self, frame: Frame) -> Oddities:
        """What is odd about `frame`; nothing for one like the good images.

        Raises ImplausibleError, unless the action is "note", for what no defect can explain.
        """
        if not self.limits:
            return Oddities()
        found = appearance(frame)
        faults, doubts = self._outside(found)
        if self.is_colour and frame.pixels.ndim == 2:
            faults.append("a grey image, good images had colour")
        if self._looks_turned(found):
            faults.append('red and blue exchanged: with color_order="bgr" it would fit')
        if self.action == "note":
            notes = tuple(f"implausible: {reason}" for reason in (*faults, *doubts))
            return Oddities((*notes, *self._notes_on_size(frame)))
        hints = tuple(note for note in frame.notes if DEPTH_NOTE in note)  # too dark by bits that nobody declared?
        if faults:
            raise refusal(frame.source, (*faults, *doubts, *hints))
        return Oddities(self._notes_on_size(frame), tuple(doubts), hints)

    def _outside(self, found: dict[str, float]) -> tuple[list[str], list[str]]:
        """Values outside the limits: those that no defect explains, and those that one may."""
        faults: list[str] = []
        doubts: list[str] = []
        for name, (low, high) in self._in_order():
            if name not in found or low <= found[name] <= high:
                continue
            trait = TRAITS[name]
            reason = f"{trait.words} of {found[name]:.3g}, expected {trait.between(low, high)}"
            explained = trait.high if found[name] > high else trait.low
            (doubts if explained else faults).append(reason)
        return faults, doubts

    def _looks_turned(self, found: dict[str, float]) -> bool:
        if "red" not in found or "red" not in self.limits:
            return False
        pair = [("red", "blue"), ("blue", "red")]
        fits = [self.limits[name][0] <= found[name] <= self.limits[name][1] for name, _ in pair]
        turned = [self.limits[name][0] <= found[other] <= self.limits[name][1] for name, other in pair]
        return all(turned) and not all(fits)

    def _notes_on_size(self, frame: Frame) -> tuple[str, ...]:
        if not self.heights or not self.widths:
            return ()
        for size, (least, most) in zip(frame.shape, (self.heights, self.widths), strict=True):
            if not least / SIZE_RATIO <= size <= most * SIZE_RATIO:
                height, width = frame.shape
                return (f"{width} x {height} px, calibrated on {self.widths[1]} x {self.heights[1]}",)
        return ()


def _limits(trait: Trait, values: Sequence[float]) -> tuple[float, float]:
    """The range of good images' values, widened by itself and by the least margin, more so for few images."""
    if trait.unit == "log2":
        values = [math.log2(value + TINY) for value in values]
    low, high = min(values), max(values)
    margin = trait.least_margin + (high - low) * (RANGE_SHARE + RANGE_IMAGES / len(values))
    low, high = low - margin, high + margin
    if trait.unit == "log2":
        low, high = 2.0**low - TINY, 2.0**high - TINY
    return (round(low, 9), round(high, 9))

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

from surfedge.detector import PLAUSIBILITY as ACTIONS
from surfedge.detector.expected_light import check_expected, expected_light, light
from surfedge.detector.traits import TINY, TRAITS, UNITS, Trait, appearance
from surfedge.errors import ImplausibleError, require
from surfedge.images import DEPTH_NOTE, Frame

UNCALIBRATED = {"limits": {"contrast": (0.5 / 255, 1.0)}}  # without good images only an even area is noticed
RANGE_SHARE, RANGE_IMAGES = 0.25, 5.0  # of the range of n good images, 0.25 + 5 / n of it lies beyond the limits
SIZE_RATIO = 1.25  # sides that differ by more from those of the good images are noted


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


@dataclass(frozen=True)
class Plausibility:
    """limits : lowest and highest value of some of TRAITS; empty for a bundle that says nothing of them.

    heights, widths : of the good images, least and largest in pixels. expected : how bright an image is to be given the
    rest of it, see surfedge.detector.expected_light; empty where that is not known. is_colour : whether good images had
    colour; None where that is not known. action : "refuse" raises ImplausibleError for an image outside; "note" judges
    it and says so.
    """

    limits: dict = field(default_factory=dict)
    heights: tuple[int, ...] = ()
    widths: tuple[int, ...] = ()
    expected: dict = field(default_factory=dict)
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
        check_expected(self.expected)

    @classmethod
    def learned(cls, frames: Sequence[dict[str, float]], shapes: Sequence[tuple[int, int]]) -> Plausibility:
        """From the `appearance` of good images, one or more, and their (H, W)."""
        expected, lights = expected_light(frames)
        if expected:
            frames = [{**found, "light": value} for found, value in zip(frames, lights, strict=True)]
        names = [name for name in TRAITS if all(name in found for found in frames)]
        limits = {name: _limits(TRAITS[name], [found[name] for found in frames]) for name in names}
        heights, widths = zip(*shapes, strict=True)
        has_colour = all("red" in found for found in frames)
        sizes = (min(heights), max(heights)), (min(widths), max(widths))
        return cls(limits, *sizes, expected, is_colour=has_colour)

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
        if self.expected and self.expected.keys() <= found.keys() | {"offset"}:
            found["light"] = light(found, self.expected)
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

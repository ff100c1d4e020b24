"""What happens to an image before a method sees it: one definition, for calibration, evaluation and the line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from surfedge.errors import ArgumentError
from surfedge.images import Frame, from_array, read, to_grey_f32
from surfedge.methods.pattern import Pattern

PREFILTERS = ("none", "pattern")


@dataclass(frozen=True)
class Preparation:
    """bit_depth : bits used in 16-bit images. value_range : (low, high) of float images.
    prefilter : "none", or "pattern" to take the regular pattern of a plate out before the method looks.
    """

    bit_depth: int | None = None
    value_range: tuple[float, float] | None = None
    prefilter: str = "none"

    def __post_init__(self) -> None:
        if self.prefilter not in PREFILTERS:
            raise ArgumentError(
                "input.prefilter", found=repr(self.prefilter), expected=" or ".join(PREFILTERS)
            )
        if self.bit_depth is not None and not 8 <= self.bit_depth <= 16:
            raise ArgumentError("input.bit_depth", found=self.bit_depth, expected="8 to 16")
        if self.value_range is not None and not self.value_range[0] < self.value_range[1]:
            raise ArgumentError(
                "input.value_range", found=self.value_range, expected="(low, high), low < high"
            )

    def read(self, image: str | Path | np.ndarray | Frame) -> Frame:
        """The image read or converted and checked; raises ImageError for one that cannot be inspected."""
        if isinstance(image, Frame):
            return image
        if isinstance(image, np.ndarray):
            return from_array(image, value_range=self.value_range, bit_depth=self.bit_depth)
        return read(image, value_range=self.value_range, bit_depth=self.bit_depth)

    def filter(self, frame: Frame) -> Frame:
        """What the method is to see. Without a pattern in it the frame stays as it is; either is noted."""
        if self.prefilter == "none":
            return frame
        residue = Pattern().residue(to_grey_f32(frame))
        if not residue.has_pattern:
            return replace(frame, notes=(*frame.notes, "no regular pattern found: not filtered"))
        rest = residue.image + np.float32(0.5)
        note = f"regular pattern removed, {residue.share:.0%} of the variance"
        return replace(
            from_array(np.clip(rest, 0.0, 1.0, out=rest)), notes=(*frame.notes, note), source=frame.source
        )


def has_pattern(frames: list[Frame]) -> bool:
    """Whether most of `frames` show a regular pattern."""
    found = [Pattern().residue(to_grey_f32(frame)).has_pattern for frame in frames]
    return 2 * sum(found) > len(found)

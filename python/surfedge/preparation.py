"""What happens to an image before a method sees it: one definition, for calibration, evaluation and the line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from surfedge.errors import ArgumentError
from surfedge.images import Frame, from_array, read, to_grey_f32
from surfedge.methods.pattern import Pattern
from surfedge.pattern.lattice import find_lattice
from surfedge.pattern.self_reference import compare

PREFILTERS = ("none", "pattern", "cells", "auto")
WORTH_A_WORD = 0.2  # confidence of a pattern that was not believed
GREY_PER_DEVIATION = 0.04  # contrast of what "cells" leaves: 12 deviations are black or white


@dataclass(frozen=True)
class Preparation:
    """bit_depth : bits used in 16-bit images. value_range : (low, high) of float images.
    prefilter : what takes the regular pattern of a plate out before the method looks: "none"; "pattern", the notch
        filter; "cells", each cell compared with the others of the image; "auto", "cells" without a word where there
        is no pattern. See surfedge.methods.pattern.
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
        if self.prefilter == "pattern":
            residue = Pattern().residue(to_grey_f32(frame))
            rest = residue.image + np.float32(0.5) if residue.has_pattern else None
            note = f"regular pattern removed, {residue.share:.0%} of the variance"
        else:
            rest, note = _compared(to_grey_f32(frame))
        if rest is None:
            if self.prefilter != "auto":
                note = "no regular pattern found: not filtered"
            return replace(frame, notes=(*frame.notes, note)) if note else frame
        return replace(
            from_array(np.clip(rest, 0.0, 1.0, out=rest)), notes=(*frame.notes, note), source=frame.source
        )


def _compared(grey: np.ndarray) -> tuple[np.ndarray | None, str]:
    """Cells compared with each other, around 0.5, and a note; None without a pattern, noted where unsure."""
    search = find_lattice(grey)
    if search.lattice is None:
        faint = search.confidence >= WORTH_A_WORD
        return None, f"not filtered: a regular pattern is unsure, {search.confidence:.2f}" if faint else ""
    rest = compare(grey, search.lattice)
    if rest is None:
        return None, "not filtered: too few whole cells of the regular pattern"
    rest *= np.float32(GREY_PER_DEVIATION)
    rest += np.float32(0.5)
    one, other = search.lattice.pitch_px
    angle_deg = round(search.lattice.angle_deg, 1) + 0.0  # never -0.0
    return rest, (f"regular pattern of {one:.1f} x {other:.1f} px at {angle_deg:.1f} degrees removed, "
                  f"confidence {search.confidence:.2f}")  # fmt: skip


def has_pattern(frames: list[Frame]) -> bool:
    """Whether most of `frames` show a regular pattern."""
    found = [find_lattice(to_grey_f32(frame)).lattice is not None for frame in frames]
    return 2 * sum(found) > len(found)

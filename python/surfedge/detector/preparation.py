"""What happens to an image before a method gets it: one definition, for calibration, evaluation and the line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from surfedge.detector import PREFILTERS, RENAMED_PREFILTERS
from surfedge.errors import ArgumentError, ImageError
from surfedge.images import Frame, check_options, from_array, read, to_grey_f32
from surfedge.pattern import Lattice, Notch, Search, compare, find_lattice, in_words
from surfedge.pattern.harmonic_notches import harmonic_notches

NOTED_CONFIDENCE = 0.2  # confidence of a pattern that was not accepted
ALIKE = 0.05  # of the shorter pitch: base vectors of good images differ by less
NOT_SEEN = "the regular pattern of the good images is not to be seen; compared by their lattice"
GREY_PER_SIGMA = 0.04  # contrast of what "cells" leaves: 12 standard deviations are black or white


@dataclass(frozen=True)
class Preparation:
    """bit_depth : bits used in 16-bit images. value_range : (low, high) of float images.
    prefilter : what takes the regular pattern of a plate out before the method starts: "none"; "notch", the filter of
        all strong frequencies; "harmonics", Gaussian notches at the lattice's harmonics; "cells", each cell compared
        with the others of the image; "auto", "cells" where there is a pattern. See surfedge.pattern.
        "pattern", the name of "notch" in release 0.1, is still read.
    lattice : (x, y, x, y), base vectors that good images have, in px: taken by "cells" and "harmonics" for an image
        that shows none of its own, such as one whose pattern a large defect hides.
    """

    bit_depth: int | None = None
    value_range: tuple[float, float] | None = None
    prefilter: str = "none"
    lattice: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefilter", RENAMED_PREFILTERS.get(self.prefilter, self.prefilter))
        if self.prefilter not in PREFILTERS:
            raise ArgumentError("input.prefilter", found=repr(self.prefilter), expected=" or ".join(PREFILTERS))
        if self.bit_depth is not None and not 8 <= self.bit_depth <= 16:
            raise ArgumentError("input.bit_depth", found=self.bit_depth, expected="8 to 16")
        if self.value_range is not None and not self.value_range[0] < self.value_range[1]:
            raise ArgumentError("input.value_range", found=self.value_range, expected="(low, high), low < high")
        if self.lattice is not None and not _spans_a_plane(self.lattice):
            raise ArgumentError("input.lattice", found=self.lattice, expected="two base vectors of 4 to 10,000 px")

    def read(self, image: str | Path | np.ndarray | Frame, color_order: str = "rgb") -> Frame:
        """The image read or converted and checked; raises ImageError for one that cannot be inspected.

        color_order : of an array's channels, "rgb" or "bgr"; a file says it itself, a Frame is RGB.
        """
        check_options(None, None, color_order)
        if isinstance(image, Frame):
            return image
        if isinstance(image, np.ndarray):
            return from_array(image, value_range=self.value_range, bit_depth=self.bit_depth, color_order=color_order)
        if not isinstance(image, (str, os.PathLike)):
            raise ImageError(
                "image",
                found=f"{len(image):,} bytes" if isinstance(image, bytes) else f"a {type(image).__name__}",
                expected="a path, an array or a Frame",
                remedy="numpy.asarray makes an array of a list, tensor or PIL image, cv2.imdecode of encoded bytes",
            )
        return read(image, value_range=self.value_range, bit_depth=self.bit_depth)

    def filter(self, frame: Frame) -> Frame:
        """What the method gets. Without a pattern in it the frame stays as it is; either is noted."""
        return self.filtered(frame)[0]

    def filtered(self, frame: Frame, search: Search | None = None) -> tuple[Frame, bool]:
        """The same, and whether it is what the setting promises: False where a pattern was to be taken out and none
        was found. Then that of good images is taken, where it is known; else the frame stays as it is, and a threshold
        found on filtered images says nothing about it. search : for the frame's lattice, where that was done before."""
        if self.prefilter == "none":
            return frame, True
        grey = to_grey_f32(frame)
        rest, note = _rest(grey, self.prefilter, search)
        is_as_promised = rest is not None or self.prefilter == "auto"
        if rest is None and self.lattice is not None and self.prefilter in ("cells", "harmonics"):
            rest = _without(grey, _lattice(self.lattice), self.prefilter)
            note = NOT_SEEN if rest is not None else note
        if rest is None:
            return (replace(frame, notes=(*frame.notes, note)) if note else frame), is_as_promised
        rest += np.float32(0.5)
        seen = from_array(np.clip(rest, 0.0, 1.0, out=rest))
        return replace(seen, notes=(*frame.notes, note), source=frame.source), is_as_promised


def _rest(grey: np.ndarray, prefilter: str, search: Search | None) -> tuple[np.ndarray | None, str]:
    """What remains of the image, around 0.5, and a note; None without a pattern, with the reason."""
    if prefilter == "notch":
        notched = Notch().of(grey)
        if not notched.has_pattern:
            return None, "no regular pattern found: not filtered"
        return notched.image, f"regular pattern removed, {notched.fraction:.0%} of the variance"
    search = search or find_lattice(grey)
    if search.lattice is None:
        if prefilter == "auto":
            if search.confidence < NOTED_CONFIDENCE:
                return None, ""
            return None, f"not filtered: a regular pattern is unsure, {search.confidence:.2f}"
        return None, f"no regular pattern found, confidence {search.confidence:.2f}: not filtered"
    rest = _without(grey, search.lattice, prefilter)
    if rest is None:
        return None, "not filtered: too few whole cells of the regular pattern"
    return rest, f"{in_words(search.lattice)}: removed"


def _without(grey: np.ndarray, lattice: Lattice, prefilter: str) -> np.ndarray | None:
    """What remains, around 0; None with too few whole cells."""
    if prefilter == "harmonics":
        return harmonic_notches(grey, lattice)
    rest = compare(grey, lattice)
    if rest is not None:
        rest *= np.float32(GREY_PER_SIGMA)
    return rest


def _lattice(vectors: tuple[float, float, float, float]) -> Lattice:
    return Lattice(vectors[:2], vectors[2:], 0.0)


def _spans_a_plane(vectors: tuple[float, ...]) -> bool:
    if len(vectors) != 4 or not np.isfinite(vectors).all():
        return False
    base = np.array(vectors, np.float64).reshape(2, 2)
    lengths = np.hypot(*base.T)
    return bool((lengths >= 4).all() and (lengths <= 1e4).all() and abs(np.linalg.det(base)) > 0.2 * lengths.prod())


def lattice_search(frame: Frame) -> Search:
    """The search for the lattice of an image, as `Preparation` does it."""
    return find_lattice(to_grey_f32(frame))


def usual_lattice(searches: Sequence[Search]) -> tuple[float, float, float, float] | None:
    """The base vectors that most images show alike, (x, y, x, y) in px; None where they differ or show none."""
    found = [search.lattice for search in searches if search.lattice is not None]
    vectors = np.array([(*lattice.first, *lattice.second) for lattice in found])
    if 2 * len(vectors) <= len(searches):
        return None
    usual = np.median(vectors, axis=0)
    away = np.median(np.abs(vectors - usual), axis=0)
    if away.max() > ALIKE * min(np.hypot(*usual[:2]), np.hypot(*usual[2:])):
        return None
    x, y, u, v = (round(float(value), 3) for value in usual)
    return x, y, u, v

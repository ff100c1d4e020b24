"""Pattern: what does not repeat on a patterned plate. Five forms of one method.

"cells" compares each place of the pattern with the same place in the image's other cells, "shift" with its neighbours
alone, "harmonics" takes the lattice's harmonics out of the spectrum, "phase" keeps the phases of the spectrum only; see
surfedge.pattern. "notch" needs no lattice: it takes all strong frequencies out, and the energy of what remains is the
map. Where the forms that need a lattice find none they invent none: they say so and show that energy too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from surfedge.decision import RawMap
from surfedge.errors import require
from surfedge.images import Frame, to_grey_f32
from surfedge.methods.method import Method
from surfedge.pattern import (
    LIGHT_PITCHES,
    WIDTH_CYCLES,
    Notch,
    Reading,
    Search,
    block_means,
    compare,
    find_lattice,
    in_words,
    without_light,
)
from surfedge.pattern.harmonic_notches import harmonic_notches
from surfedge.pattern.phase_only import phase_only
from surfedge.pattern.shift_compare import shift_compare

FORMS = ("notch", "phase", "shift", "cells", "harmonics")
ENERGY_SIGMA_PX = 6.0  # of the energy that stands in where there is no lattice
PER_ENERGY = 950.0  # so that a difference of a tenth of the grey range meets the preset's threshold


@dataclass(frozen=True)
class Pattern(Method):
    """form : "cells", "shift", "harmonics", "phase" or "notch", see above. width_cycles : sigma of the Gaussians of
    "harmonics", in cycles across the image. background_px : sigma of the Gaussian that is taken off as background.
    The other settings are those of "notch", see surfedge.pattern.notch: peak_deviations are its peak_sigmas,
    least_share is its least_fraction.
    """

    name: ClassVar[str] = "pattern"
    margin_px: int = 32
    neighbourhood: int = 11
    peak_deviations: float = 2.5
    low_cycles: float = 3.0
    least_share: float = 0.6
    rounds: int = 10
    background_px: float = 32.0
    form: str = "notch"
    width_cycles: float = WIDTH_CYCLES

    def __post_init__(self) -> None:
        require("pattern.form", self.form, self.form in FORMS, ", ".join(FORMS))
        require("pattern.margin_px", self.margin_px, 1 <= self.margin_px <= 1024, "1 to 1024")
        require("pattern.neighbourhood", self.neighbourhood, self.neighbourhood in range(3, 64, 2), "odd, 3 to 63")
        require("pattern.peak_deviations", self.peak_deviations, self.peak_deviations > 0, "above 0")
        require("pattern.low_cycles", self.low_cycles, self.low_cycles >= 0, "0 or more")
        require("pattern.least_share", self.least_share, 0 <= self.least_share <= 1, "0 to 1")
        require("pattern.rounds", self.rounds, 0 <= self.rounds <= 100, "0 to 100")
        require("pattern.width_cycles", self.width_cycles, 0 < self.width_cycles <= 64, "above 0, at most 64")
        require("pattern.background_px", self.background_px, 0 < self.background_px <= 512, "above 0, at most 512")

    @property
    def cell_px(self) -> int:
        """One value of the map stands for one pixel with "notch", for a square of 4 x 4 otherwise."""
        return 1 if self.form == "notch" else Reading.cell_px

    def inspect(self, frame: Frame) -> RawMap:
        """One value for a pixel with "notch", for a square of 4 x 4 otherwise, float32, and a note on the pattern.

        "notch": squared grey value of what remains, in units of the full grey range squared; the others: standard
        standard deviations of the image's own, or without a lattice that energy above its median, in units for the same
        threshold.
        """
        grey = to_grey_f32(frame)
        if self.form == "notch":
            return RawMap(self._energy(grey))
        if self.form == "phase":
            return RawMap(Reading().map(self.compared(grey)[0]), self.cell_px)
        rest, search = self._without_lattice(grey)
        if rest is not None and search.lattice is not None:
            return RawMap(Reading().map(rest), self.cell_px, notes=(in_words(search.lattice),))
        note = f"no regular pattern found, confidence {search.confidence:.2f}: energy of the image shown"
        return RawMap(self._energy_in_cells(grey), self.cell_px, notes=(note,))

    @property
    def notch(self) -> Notch:
        """The filter of the form "notch"."""
        return Notch(
            self.margin_px, self.neighbourhood, self.peak_deviations, self.low_cycles, self.least_share, self.rounds
        )

    def compared(self, grey: np.ndarray) -> tuple[np.ndarray, Search]:
        """What remains of `grey`, float32 (H, W) in [0, 1], by any form but "notch", and what was found.

        Without a lattice the image less its light remains, in grey levels relative to it.
        """
        if self.form == "phase":
            return phase_only(without_light(grey, self.background_px)), Search(None, 0.0)
        rest, search = self._without_lattice(grey)
        if rest is None:
            return without_light(grey, self.background_px), Search(None, search.confidence)
        return rest, search

    def _without_lattice(self, grey: np.ndarray) -> tuple[np.ndarray | None, Search]:
        """What remains by the lattice that was found; None where there is none, or too few cells of it."""
        search = find_lattice(grey)
        if search.lattice is None:
            return None, search
        if self.form == "cells":
            return compare(grey, search.lattice), search
        if self.form == "harmonics":
            return harmonic_notches(grey, search.lattice, self.width_cycles), search
        sigma_px = LIGHT_PITCHES * max(search.lattice.pitch_px)
        return shift_compare(without_light(grey, sigma_px), search.lattice), search

    def _energy(self, grey: np.ndarray) -> np.ndarray:
        """Squared grey value of what remains above the background, float32 (H, W)."""
        rest = self.notch.of(grey).image
        rest = rest - cv2.GaussianBlur(rest, (0, 0), self.background_px, borderType=cv2.BORDER_REFLECT)
        return cv2.multiply(rest, rest)

    def _energy_in_cells(self, grey: np.ndarray) -> np.ndarray:
        """That energy, smoothed, above its median, float32, one value for a cell."""
        cells = block_means(self._energy(grey), Reading.cell_px)
        sigma = ENERGY_SIGMA_PX / Reading.cell_px
        cells = cv2.GaussianBlur(cells, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        return np.asarray((cells - np.float32(np.median(cells))) * np.float32(PER_ENERGY))

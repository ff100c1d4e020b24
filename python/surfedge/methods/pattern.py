"""Pattern: what does not repeat on a patterned plate. Five forms of one method.

"cells" compares each place of the pattern with the same place in the image's other cells, "shift" with its neighbours
alone, "harmonics" takes the lattice's harmonics out of the spectrum, "phase" keeps the phases of the spectrum only; see
surfedge.pattern. "notch" needs no lattice: it takes all strong frequencies out, and the energy of what remains is the
map. Where the forms that need a lattice find none they invent none: they say so and show that energy too.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surfedge import kernels
from surfedge.errors import require
from surfedge.images import Frame, to_grey_f32
from surfedge.methods.method import Method
from surfedge.pattern import (
    LIGHT_PITCHES,
    WIDTH_CYCLES,
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
LOG_RAYLEIGH_DEVIATION = 0.641  # pi / (2 sqrt 6): deviation of log |F| of noise
ENERGY_SIGMA_PX = 6.0  # of the energy that stands in where there is no lattice
PER_ENERGY = 950.0  # so that a deviation of a tenth of the grey range meets the preset's threshold
TINY = 1e-6


@dataclass(frozen=True)
class Residue:
    """image : float32 (H, W), the image without its mean and, where there is one, its pattern.

    has_pattern : whether one was found. share : of the variance above the lowest frequencies, what the strong
    frequencies hold, 0 to 1.
    """

    image: np.ndarray
    has_pattern: bool
    share: float


@dataclass(frozen=True)
class Pattern(Method):
    """form : "cells", "shift", "harmonics", "phase" or "notch", see above. width_cycles : deviation of the Gaussians of
    "harmonics", in cycles across the image. The other settings are those of "notch":

    margin_px : how far the image is continued.
    neighbourhood : side of the square of frequencies that a peak is compared with.
    peak_deviations : height of a peak above its neighbourhood in deviations of noise.
    low_cycles : frequencies up to this many cycles across the image belong to the light, not to the pattern.
    least_share : below this share of the variance there is no pattern. rounds : steps of the continuation.
    background_px : deviation of the Gaussian that is taken off as background.
    """

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
    def cell_px(self) -> int:  # type: ignore[override]
        """One value of the map stands for one pixel with "notch", for one square of 4 x 4 otherwise."""
        return 1 if self.form == "notch" else Reading.cell_px

    def anomaly_map(self, frame: Frame) -> np.ndarray:
        """float32 (ceil(H / cell_px), ceil(W / cell_px)).

        "notch": squared grey value of what remains, in units of the full grey range squared; the others: deviations
        of the image's own, or without a lattice that energy above its median, in units that suit the same threshold.
        """
        return self.noted_map(frame)[0]

    def noted_map(self, frame: Frame) -> tuple[np.ndarray, float, tuple[str, ...]]:
        """The map, 0, and a note on the pattern that was found or not."""
        grey = to_grey_f32(frame)
        if self.form == "notch":
            return self._energy(grey), 0.0, ()
        if self.form == "phase":
            return Reading().map(self.compared(grey)[0]), 0.0, ()
        rest, search = self._without_lattice(grey)
        if rest is not None and search.lattice is not None:
            return Reading().map(rest), 0.0, (in_words(search.lattice),)
        note = f"no regular pattern found, confidence {search.confidence:.2f}: energy of the image shown"
        return self._energy_in_cells(grey), 0.0, (note,)

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
        rest = self.residue(grey).image
        rest = rest - cv2.GaussianBlur(rest, (0, 0), self.background_px, borderType=cv2.BORDER_REFLECT)
        return cv2.multiply(rest, rest)

    def _energy_in_cells(self, grey: np.ndarray) -> np.ndarray:
        """That energy, smoothed, above its median, float32, one value for a cell."""
        cells = block_means(self._energy(grey), self.cell_px)
        sigma = ENERGY_SIGMA_PX / self.cell_px
        cells = cv2.GaussianBlur(cells, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        return np.asarray((cells - np.float32(np.median(cells))) * np.float32(PER_ENERGY))

    def residue(self, grey: np.ndarray) -> Residue:
        """`grey`, float32 (H, W) in [0, 1], without its pattern."""
        height, width = grey.shape
        flat = grey - np.float32(cv2.mean(grey)[0])
        canvas = np.zeros([self._canvas_px(size) for size in grey.shape], np.float32)
        canvas[:height, :width] = flat * np.outer(_taper(height), _taper(width))
        peaks, low, share = self._peaks(kernels.rfft2(canvas), canvas.shape)
        if share < self.least_share:
            return Residue(flat, False, share)
        predicts = (peaks | low).astype(np.float32)
        canvas[:] = 0
        canvas[:height, :width] = flat
        for _ in range(self.rounds):  # beyond the edge stands what the strong frequencies predict there
            canvas = kernels.filter_spectrum(canvas, predicts)
            canvas[:height, :width] = flat
        rest = kernels.filter_spectrum(canvas, (~peaks).astype(np.float32))
        return Residue(np.ascontiguousarray(rest[:height, :width]), True, share)

    def _canvas_px(self, length: int) -> int:
        """A length with room for the margins and for the neighbourhood of a frequency, quick to transform."""
        return int(cv2.getOptimalDFTSize(max(length + 2 * self.margin_px, 2 * self.neighbourhood)))

    def _peaks(self, spectrum: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, float]:
        """Strong frequencies and the lowest ones, bool (H, W//2+1), and the share of variance of the strong ones."""
        amplitude = np.abs(spectrum)
        height = np.log(amplitude + TINY)
        around = _local_mean(height, shape[1], self.neighbourhood)
        peaks = height - around > self.peak_deviations * LOG_RAYLEIGH_DEVIATION
        peaks = cv2.dilate(peaks.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool)
        low = _cycles(shape) <= self.low_cycles
        peaks &= ~low
        power = amplitude * amplitude
        above = float(power[~low].sum(dtype=np.float64))
        return peaks, low, float(power[peaks].sum(dtype=np.float64)) / above if above > 0 else 0.0


def _cycles(shape: tuple[int, ...]) -> np.ndarray:
    """Cycles across the image of each entry of the half spectrum, float64 (H, W//2+1)."""
    rows = np.fft.fftfreq(shape[0]) * shape[0]
    return np.hypot(rows[:, None], np.arange(shape[1] // 2 + 1)[None])


def _local_mean(half: np.ndarray, width: int, side: int) -> np.ndarray:
    """Mean over side x side entries of the whole spectrum, of which `half`, (H, width//2+1), holds the right half."""
    reach = side // 2
    mirrored = np.roll(half[::-1], 1, axis=0)  # the entry at (-v, u), equal to the one at (v, -u)
    left = mirrored[:, reach:0:-1]
    last = half.shape[1] - 1 - (width % 2 == 0)
    right = mirrored[:, last : last - reach : -1]
    whole = np.concatenate([left, half, right], axis=1)
    whole = np.concatenate([whole[-reach:], whole, whole[:reach]])
    return cv2.blur(whole, (side, side))[reach:-reach, reach : reach + half.shape[1]]


def _taper(length: int) -> np.ndarray:
    """1 in the middle, falling to 0 over a quarter at each end: the edge shall not look like a frequency."""
    ramp = length // 4
    taper = np.ones(length, np.float32)
    fall = 0.5 - 0.5 * np.cos(np.pi * (np.arange(ramp) + 0.5) / max(ramp, 1))
    taper[:ramp] = fall
    taper[length - ramp :] = fall[::-1]
    return taper

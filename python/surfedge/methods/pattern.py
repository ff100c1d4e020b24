"""Pattern: what does not repeat on a patterned plate. Four forms of one method.

"cells" compares each place of the pattern with the same place in the image's other cells, "shift" with its neighbours
alone, "phase" keeps the phases of the spectrum only; see surfedge.pattern. "notch" is the classic filter: it takes the
regular pattern out of the spectrum, and the energy of what remains is the map.

After the thesis on patterned steel plates (2022), section 3.2.3: a patterned plate shows as a sparse set of strong
frequencies. The spectrum of an image knows no border, so the image is continued beyond its edges by the pattern
itself before it is filtered (A. Papoulis, "A new algorithm in spectral analysis and band-limited extrapolation",
1975; R. W. Gerchberg, "Super-resolution through error energy reduction", 1974); a plain wrap-around would leave a
bright frame. Where no lattice is found nothing is compared, and no form invents one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surfedge import kernels
from surfedge.errors import ArgumentError
from surfedge.images import Frame, to_grey_f32
from surfedge.methods import Method
from surfedge.pattern.lattice import Search, find_lattice
from surfedge.pattern.phase_only import phase_only
from surfedge.pattern.reading import Reading
from surfedge.pattern.self_reference import LIGHT_PITCHES, compare, without_light
from surfedge.pattern.shift_compare import shift_compare

FORMS = ("notch", "phase", "shift", "cells")
LOG_RAYLEIGH_DEVIATION = 0.641  # pi / (2 sqrt 6): deviation of log |F| of noise
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
    """form : "cells", "shift", "phase" or "notch", see above. The other settings are those of "notch":

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

    def __post_init__(self) -> None:
        _check("form", self.form, self.form in FORMS, ", ".join(FORMS))
        _check("margin_px", self.margin_px, 1 <= self.margin_px <= 1024, "1 to 1024")
        _check("neighbourhood", self.neighbourhood, self.neighbourhood in range(3, 64, 2), "odd, 3 to 63")
        _check("peak_deviations", self.peak_deviations, self.peak_deviations > 0, "above 0")
        _check("low_cycles", self.low_cycles, self.low_cycles >= 0, "0 or more")
        _check("least_share", self.least_share, 0 <= self.least_share <= 1, "0 to 1")
        _check("rounds", self.rounds, 0 <= self.rounds <= 100, "0 to 100")
        _check("background_px", self.background_px, 0 < self.background_px <= 512, "above 0, at most 512")

    @property
    def cell_px(self) -> int:  # type: ignore[override]
        """One value of the map stands for one pixel with "notch", for one square of 4 x 4 otherwise."""
        return 1 if self.form == "notch" else Reading.cell_px

    def anomaly_map(self, frame: Frame) -> np.ndarray:
        """float32 (ceil(H / cell_px), ceil(W / cell_px)).

        "notch": squared grey value of what remains, in units of the full grey range squared; the others: deviations
        of the image's own.
        """
        if self.form != "notch":
            return Reading().map(self.compared(to_grey_f32(frame))[0])
        rest = self.residue(to_grey_f32(frame)).image
        rest = rest - cv2.GaussianBlur(rest, (0, 0), self.background_px, borderType=cv2.BORDER_REFLECT)
        return cv2.multiply(rest, rest)

    def compared(self, grey: np.ndarray) -> tuple[np.ndarray, Search]:
        """What remains of `grey`, float32 (H, W) in [0, 1], by "cells", "shift" or "phase", and what was found.

        Without a lattice the image less its light remains, in grey levels relative to it.
        """
        if self.form == "phase":
            return phase_only(without_light(grey, self.background_px)), Search(None, 0.0)
        search = find_lattice(grey)
        rest = None
        if search.lattice is not None and self.form == "cells":
            rest = compare(grey, search.lattice)
        elif search.lattice is not None:
            sigma_px = LIGHT_PITCHES * max(search.lattice.pitch_px)
            rest = shift_compare(without_light(grey, sigma_px), search.lattice)
        if rest is None:
            return without_light(grey, self.background_px), Search(None, search.confidence)
        return rest, search

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


def _check(name: str, value: object, is_right: bool, expected: str) -> None:
    if not is_right:
        raise ArgumentError(
            f"pattern.{name}", found=repr(value), expected=expected, remedy="correct the setting"
        )

"""From a residue without pattern to an anomaly map: fine and coarse deviations in units of the image's own.

What remains of a plate when its pattern is gone is mill scale, a random texture with a spectrum of its own. Fine
defects are looked for in the residue divided by that spectrum (whitening: the best linear detector of an unknown
small defect in coloured noise; D. O. North, 1943; G. L. Turin, "An introduction to matched filters", 1960), flat
stains in its local mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surfedge import kernels
from surfedge.normalising import MAD_TO_DEVIATION

LEAST_SPREAD = 1e-3  # of a residue: below is rounding
LEAST_FINE, LEAST_COARSE = 1e-2, 1e-4  # least spreads of the two readings


@dataclass(frozen=True)
class Reading:
    """cell_px : side of the squares of pixels of the map. fine_px, coarse_px : deviations of the Gaussians.

    coarse_weight : how much a deviation of the local mean counts beside one of the fine structure.
    cutoff : of the fine structure, cycles per px. clip : residue beyond this many deviations counts no more.
    tile_px : about how large pieces are transformed. margin_px : overlap of the pieces.
    """

    cell_px: int = 4
    fine_px: float = 3.0
    coarse_px: float = 7.0
    coarse_weight: float = 2.0
    cutoff: float = 0.25
    clip: float = 8.0
    tile_px: int = 512
    margin_px: int = 14

    def map(self, residue: np.ndarray) -> np.ndarray:
        """Anomaly map, float32 (ceil(H / cell_px), ceil(W / cell_px)), in deviations of the image's own."""
        spread = _spread(residue, LEAST_SPREAD)
        clipped = np.clip(residue, -self.clip * spread, self.clip * spread)
        fine = _standard(self._blurred(self._cells(self._fine(clipped)), self.fine_px), LEAST_FINE)
        coarse = np.abs(_standard(self._blurred(self._cells(clipped), self.coarse_px), LEAST_COARSE))
        return np.maximum(fine, np.float32(self.coarse_weight) * coarse)

    def _fine(self, residue: np.ndarray) -> np.ndarray:
        """Absolute value of the whitened residue, float32 (H, W), tile by tile."""
        height, width = residue.shape
        margin = self.margin_px
        counts = [max(1, round(n / self.tile_px)) for n in (height, width)]
        steps = [-(-n // count) for n, count in zip((height, width), counts, strict=True)]
        sides = [cv2.getOptimalDFTSize(step + 2 * margin) for step in steps]
        below = counts[0] * steps[0] - height + sides[0] - steps[0] - margin
        right = counts[1] * steps[1] - width + sides[1] - steps[1] - margin
        canvas = cv2.copyMakeBorder(residue, margin, below, margin, right, cv2.BORDER_REFLECT)
        corners = [(i * steps[0], j * steps[1]) for i in range(counts[0]) for j in range(counts[1])]
        tiles = (np.ascontiguousarray(canvas[y : y + sides[0], x : x + sides[1]]) for y, x in corners)
        out = np.empty_like(residue)
        sample = corners[:: max(1, len(corners) // 3)]
        gain = self._whitening([canvas[y : y + sides[0], x : x + sides[1]] for y, x in sample])
        for (y, x), tile in zip(corners, tiles, strict=True):
            part = out[y : y + steps[0], x : x + steps[1]]
            white = kernels.filter_spectrum(tile, gain)
            np.abs(white[margin : margin + part.shape[0], margin : margin + part.shape[1]], out=part)
        return out

    def _whitening(self, tiles: list[np.ndarray]) -> np.ndarray:
        """One over the smoothed amplitude spectrum, cut off at high frequencies, float32 (H, W // 2 + 1)."""
        shape = tiles[0].shape
        power = np.zeros((shape[0], shape[1] // 2 + 1), np.float32)
        for tile in tiles:
            spectrum = kernels.rfft2(np.ascontiguousarray(tile))
            power += spectrum.real**2 + spectrum.imag**2
        power = np.roll(power, shape[0] // 2, axis=0)
        reach = max(1, round(min(shape) * 3 / 128))  # the spectrum is smooth over this many frequencies
        power = cv2.GaussianBlur(power, (0, 0), reach / 2, borderType=cv2.BORDER_REFLECT_101)
        power = np.roll(power, -(shape[0] // 2), axis=0)
        rows, columns = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None]
        low_pass = np.exp(-0.5 * (rows * rows + columns * columns) / self.cutoff**2)
        power = power / np.float32(len(tiles) * shape[0] * shape[1]) + np.float32(LEAST_SPREAD**2)
        return (low_pass / np.sqrt(power)).astype(np.float32)

    def _cells(self, values: np.ndarray) -> np.ndarray:
        """Mean of each cell; those cut by the edge hold the part that is there."""
        cell = self.cell_px
        height, width = values.shape
        below, right = -height % cell, -width % cell
        if below or right:
            values = cv2.copyMakeBorder(values, 0, below, 0, right, cv2.BORDER_REFLECT)
        return cv2.resize(
            values, (values.shape[1] // cell, values.shape[0] // cell), interpolation=cv2.INTER_AREA
        )

    def _blurred(self, cells: np.ndarray, sigma_px: float) -> np.ndarray:
        """Smoothed to a Gaussian of `sigma_px` in all, what the cells themselves smooth included."""
        rest = max(sigma_px**2 - self.cell_px**2 / 12, 0.0) ** 0.5 / self.cell_px
        return cv2.GaussianBlur(cells, (0, 0), rest, borderType=cv2.BORDER_REFLECT) if rest > 0.2 else cells


def _spread(values: np.ndarray, least: float) -> float:
    """1.4826 times the median absolute deviation from 0 of a sample; the deviation where that is 0."""
    step = max(1, int((values.size / 65536) ** 0.5))
    spread = MAD_TO_DEVIATION * float(np.median(np.abs(values[::step, ::step])))
    return max(spread if spread > 0 else float(values.std()), least)


def _standard(values: np.ndarray, least: float) -> np.ndarray:
    """Less the median, over 1.4826 times the median absolute deviation."""
    step = max(1, int((values.size / 65536) ** 0.5))
    centred = values - np.float32(np.median(values[::step, ::step]))
    return np.asarray(centred * np.float32(1.0 / _spread(centred, least)))

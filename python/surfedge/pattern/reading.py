"""From a residue without pattern to an anomaly map: lines and stains in units of the image's own.

What remains of a plate when its pattern is gone is mill scale, a random texture with a spectrum of its own. Scratches,
pits, dents and holes are looked for along lines of all directions in the energy of the residue divided by that
spectrum, flat stains in its local mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from surfedge.pattern.line_response import line_response
from surfedge.pattern.whitening import whitened
from surfedge.robust import MAD_TO_DEVIATION, median

FINE_PX = 2  # side of the squares whose means are whitened: finer structure is noise
LEAST_SPREAD = 1e-3  # of a residue: below is rounding
LEAST_ENERGY, LEAST_MEAN = 2e-3, 1e-4  # least spreads of the readings


@dataclass(frozen=True)
class Reading:
    """cell_px : side of the squares of pixels of the map. stain_px : std of the Gaussian that finds stains.

    stain_weight : how much one std of the local mean counts beside one along a line, so that the highest of both
    are alike in good images: there are many more lines than places for a stain. clip : residue beyond this many
    standard deviations counts no more.
    """

    cell_px: int = 4
    stain_px: float = 12.0
    stain_weight: float = 1.85
    clip: float = 8.0

    def map(self, residue: np.ndarray) -> np.ndarray:
        """Anomaly map, float32 (ceil(H / cell_px), ceil(W / cell_px)), in standard deviations of the image's own."""
        limit = self.clip * _spread(residue, LEAST_SPREAD)
        squares = block_means(residue, FINE_PX)
        np.clip(squares, -limit, limit, out=squares)
        white = whitened(squares, LEAST_SPREAD)
        energy = cv2.sqrt(block_means(cv2.multiply(white, white), self.cell_px // FINE_PX))
        lines = line_response(energy, LEAST_ENERGY)
        stains = np.abs(self._local_mean(block_means(squares, self.cell_px // FINE_PX)))
        return np.maximum(lines, np.float32(self.stain_weight) * stains)

    def _local_mean(self, cells: np.ndarray) -> np.ndarray:
        """In standard deviations of its own over the image, borders mirrored.

        A mirrored border counts what is near it twice and so spreads further: it is made as steady as the middle.
        """
        sigma = self.stain_px / self.cell_px
        smooth = cv2.GaussianBlur(cells, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        smooth = _standard(smooth, LEAST_MEAN)
        for axis, size in enumerate(smooth.shape):
            inside = np.arange(size) + 0.5
            away = np.minimum(inside, size - inside) / sigma
            steady = (1.0 / np.sqrt(1.0 + np.exp(-(away**2)))).astype(np.float32)
            smooth *= steady[:, None] if axis == 0 else steady
        return smooth


def block_means(values: np.ndarray, side: int) -> np.ndarray:
    """Mean of each square; those cut by the edge hold the part that is there."""
    below, right = (-n % side for n in values.shape)
    if below or right:
        values = cv2.copyMakeBorder(values, 0, below, 0, right, cv2.BORDER_REFLECT)
    size = (values.shape[1] // side, values.shape[0] // side)
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)


def _spread(values: np.ndarray, least: float) -> float:
    """1.4826 times the median absolute deviation from 0 of a sample; the std where that is 0."""
    step = max(1, int((values.size / 32768) ** 0.5))
    spread = MAD_TO_DEVIATION * median(np.abs(values[::step, ::step]))
    return max(spread if spread > 0 else float(values.std()), least)


def _standard(values: np.ndarray, least: float) -> np.ndarray:
    """Less the median, over 1.4826 times the median absolute deviation."""
    step = max(1, int((values.size / 32768) ** 0.5))
    centred = values - np.float32(median(values[::step, ::step]))
    centred *= np.float32(1.0 / _spread(centred, least))
    return np.asarray(centred)

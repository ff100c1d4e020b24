"""A residue divided by its own spectrum, tile by tile: the best linear view of an unknown small defect.

D. O. North, "An analysis of the factors which determine signal/noise discrimination in pulsed-carrier systems", 1943;
G. L. Turin, "An introduction to matched filters", 1960.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from surfedge import kernels

TILE = 512  # about how large pieces are transformed
MARGIN = 14  # overlap of the pieces
CUTOFF = 0.5  # cycles per sample, std of the Gaussian that takes off the finest structure: it is noise
SMOOTH = 3 / 128  # of the frequencies: over so many the spectrum is taken to be smooth
MOST_SAMPLED = 2  # pieces from which the spectrum is estimated


def whitened(residue: np.ndarray, least: float, tile: int = TILE) -> np.ndarray:
    """The residue with a flat spectrum, of std about 1, float32 (H, W).

    residue : float32 (H, W), around 0. least : std per frequency below which it is taken as empty.
    """
    height, width = residue.shape
    counts = [max(1, round(n / tile)) for n in (height, width)]
    steps = [-(-n // count) for n, count in zip((height, width), counts, strict=True)]
    sides = [cv2.getOptimalDFTSize(step + 2 * MARGIN) for step in steps]
    below = counts[0] * steps[0] - height + sides[0] - steps[0] - MARGIN
    right = counts[1] * steps[1] - width + sides[1] - steps[1] - MARGIN
    canvas = cv2.copyMakeBorder(residue, MARGIN, below, MARGIN, right, cv2.BORDER_REFLECT)
    corners = [(i * steps[0], j * steps[1]) for i in range(counts[0]) for j in range(counts[1])]
    tiles = [np.ascontiguousarray(canvas[y : y + sides[0], x : x + sides[1]]) for y, x in corners]
    sampled = sorted({round(n) for n in np.linspace(0, len(tiles) - 1, MOST_SAMPLED).tolist()})
    gain = _inverse_amplitude([tiles[i] for i in sampled], least)
    out = np.empty_like(residue)
    for (y, x), piece in zip(corners, tiles, strict=True):
        part = out[y : y + steps[0], x : x + steps[1]]
        white = kernels.filter_spectrum(piece, gain)
        part[...] = white[MARGIN : MARGIN + part.shape[0], MARGIN : MARGIN + part.shape[1]]
    return out


def _inverse_amplitude(tiles: list[np.ndarray], least: float) -> np.ndarray:
    """One over the smoothed amplitude spectrum, lower for the finest structure, float32 (H, W // 2 + 1)."""
    shape = tiles[0].shape
    power = np.zeros((shape[0], shape[1] // 2 + 1), np.float32)
    for tile in tiles:
        spectrum = kernels.rfft2(tile)
        power += spectrum.real**2
        power += spectrum.imag**2
    power = np.roll(power, shape[0] // 2, axis=0)
    reach = max(1, round(min(shape) * SMOOTH))
    power = cv2.GaussianBlur(power, (0, 0), reach / 2, borderType=cv2.BORDER_REFLECT_101)
    power = np.roll(power, -(shape[0] // 2), axis=0)
    power *= np.float32(1.0 / (len(tiles) * shape[0] * shape[1]))
    power += np.float32(least * least)
    return (_low_pass(*shape) / np.sqrt(power)).astype(np.float32)


@lru_cache(maxsize=4)  # a camera's images have one size
def _low_pass(height: int, width: int) -> np.ndarray:
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    return np.asarray(np.exp(-0.5 * (rows * rows + columns * columns) / CUTOFF**2))

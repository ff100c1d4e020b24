"""Notches at the harmonics of a lattice: the classic filter of the spectrum, placed by the lattice.

After the thesis on patterned steel plates (2022), section 3.2.3: a patterned plate shows as a sparse set of strong
frequencies. Each harmonic is taken out by a Gaussian, some cycles across the transformed tile wide; DC and the light
are set apart before. The image is continued beyond its edges by its own harmonics (A. Papoulis, "A new algorithm in
spectral analysis and band-limited extrapolation", 1975), so that little of it stays along the border.
"""

from __future__ import annotations

import cv2
import numpy as np

from surfedge import kernels
from surfedge.pattern.lattice import Lattice
from surfedge.pattern.self_reference import LIGHT_PITCHES, without_light

WIDTH_CYCLES = 2.5  # std of a notch in cycles across the image, by so much the pattern may wander
MARGIN_PX = 32  # how far the image is continued
ROUNDS = 8  # of the continuation


def harmonic_notches(grey: np.ndarray, lattice: Lattice, width_cycles: float = WIDTH_CYCLES) -> np.ndarray:
    """What remains of an image without its light and the harmonics of its lattice, float32 (H, W).

    grey : float32 (H, W) in [0, 1]. lattice : of this image. In grey levels relative to the light: 0.1 is ten per cent
    brighter than around. Within a cell of the border up to an eighth of the pattern stays, further inside next to none.

    >>> y, x = np.mgrid[:192, :192].astype(np.float32)
    >>> plate = 0.5 + 0.2 * np.cos(2 * np.pi * x / 24) * np.cos(2 * np.pi * y / 24)
    >>> rest = harmonic_notches(plate.astype(np.float32), Lattice((24.0, 0.0), (0.0, 24.0), 1.0))
    >>> round(float(np.ptp(plate)) / 0.5, 3), round(float(np.abs(rest).max()), 1)
    (0.8, 0.1)
    >>> float(np.abs(rest[24:-24, 24:-24]).max()) < 0.005
    True
    """
    height, width = grey.shape
    flat = without_light(grey, LIGHT_PITCHES * max(lattice.pitch_px))
    shape = tuple(cv2.getOptimalDFTSize(n + 2 * MARGIN_PX) for n in grey.shape)
    passed = comb(shape, lattice, width_cycles)
    canvas = np.zeros(shape, np.float32)
    canvas[:height, :width] = flat
    for _ in range(ROUNDS):  # beyond the edge stands what the harmonics predict there
        canvas = kernels.filter_spectrum(canvas, passed)
        canvas[:height, :width] = flat
    pattern = kernels.filter_spectrum(canvas, passed)
    return np.asarray(flat - pattern[:height, :width])


def comb(shape: tuple[int, ...], lattice: Lattice, width_cycles: float) -> np.ndarray:
    """1 at each harmonic, falling as a Gaussian to 0 between them and around DC, float32 (H, W // 2 + 1)."""
    rows, columns = shape
    fy, fx = np.fft.fftfreq(rows).astype(np.float32), np.fft.rfftfreq(columns).astype(np.float32)
    (ax, ay), (bx, by) = lattice.first, lattice.second
    first = np.float32(ax) * fx[None] + np.float32(ay) * fy[:, None]  # of which order the frequency is
    second = np.float32(bx) * fx[None] + np.float32(by) * fy[:, None]
    orders = [np.rint(first), np.rint(second)]
    (ux, uy), (vx, vy) = (tuple(float(f) for f in row) for row in lattice.reciprocal)
    off_x = (np.float32(ux) * orders[0] + np.float32(vx) * orders[1] - fx[None]) * np.float32(columns)
    off_y = (np.float32(uy) * orders[0] + np.float32(vy) * orders[1] - fy[:, None]) * np.float32(rows)
    passed = np.exp((off_x * off_x + off_y * off_y) * np.float32(-0.5 / width_cycles**2))
    passed[(orders[0] == 0) & (orders[1] == 0)] = 0
    return np.asarray(passed, np.float32)

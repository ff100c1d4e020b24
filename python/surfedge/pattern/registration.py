"""Where the pattern lies, found more exactly with the reference cell itself.

The phases of a few harmonics (see tracking) are wrong near the image's border, where the window that weighs them is
cut off and the harmonics run into each other. The reference cell as a whole knows no such trouble: what is left after
comparing is explained by a small shift of it, by least squares in a window around each point of the grid
(B. D. Lucas, T. Kanade, "An iterative image registration technique with an application to stereo vision", 1981).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from surfedge import kernels
from surfedge.pattern.lattice import Lattice
from surfedge.pattern.tracking import WINDOW_PITCHES, Shifts
from surfedge.robust import MAD_TO_DEVIATION
from surfedge.robust import median as median_of

SAMPLES_PER_PITCH = 8  # pixels that are looked at, along the shorter pitch
STEPS = 2  # of Gauss and Newton
CLIP = 3.0  # robust std: a pixel that deviates by more pulls no harder, for defects must not move the pattern
RIDGE = 1e-3  # fraction of the usual slope; where the pattern has none nothing is moved
FARTHEST = 0.1  # of the pitch, in one step


def registered(flat: np.ndarray, lattice: Lattice, shifts: Shifts, median: np.ndarray) -> Shifts:
    """The shifts improved by the reference cell.

    flat : float32 (H, W), around 0, light taken off. lattice, shifts : of this image, the latter nearly right.
    median : float32 (places along the second base vector, along the first), the reference cell.
    """
    every = max(1, int(min(lattice.pitch_px) / SAMPLES_PER_PITCH))
    sigma_px, count = WINDOW_PITCHES * max(lattice.pitch_px), np.array(median.shape[::-1], np.float64)
    across, along = sample_planes(lattice, median.shape)
    sums_at = partial(kernels.cell_motion, every=every, sigma_px=sigma_px, clip=CLIP * MAD_TO_DEVIATION)
    field = shifts.field_px
    for _ in range(STEPS):
        moved = in_samples(field, lattice, median.shape)
        sums = sums_at(flat, median, across, along, moved, shifts.step_px)
        field = field - np.clip(_least_squares(sums) / count, -FARTHEST, FARTHEST) @ lattice.base.T
    return Shifts(shifts.step_px, field)


def sample_planes(lattice: Lattice, shape: tuple[int, ...]) -> tuple[list[float], list[float]]:
    """Where a pixel (x, y) lies in a cell of `shape` samples: (by x, by y, at the origin), across and along."""
    u, v = (lattice.reciprocal * np.array([[shape[1]], [shape[0]]], np.float64)).tolist()
    return [*u, -0.5], [*v, -0.5]


def in_samples(field_px: np.ndarray, lattice: Lattice, shape: tuple[int, ...]) -> np.ndarray:
    """Shifts (..., 2) in samples of the cell, float32."""
    return (field_px @ (lattice.reciprocal.T * (shape[1], shape[0]))).astype(np.float32)


def _least_squares(sums: np.ndarray) -> np.ndarray:
    """How far the cell must move at each point of the grid, in its samples, float64 (rows, columns, 2)."""
    uu, uv, vv, ur, vr = sums.astype(np.float64)
    ridge = RIDGE * (median_of(uu) + median_of(vv)) + 1e-30
    uu, vv = uu + ridge, vv + ridge
    determinant = uu * vv - uv * uv
    return np.stack([vv * ur - uv * vr, uu * vr - uv * ur], axis=-1) / determinant[..., None]

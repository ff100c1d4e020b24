"""Where the pattern lies, found more exactly with the reference cell itself.

The phases of a few harmonics (see tracking) are wrong near the image's border, where the window that weighs them is
cut off and the harmonics run into each other. The reference cell as a whole knows no such trouble: what is left after
comparing is explained by a small shift of it, by least squares in a window around each point of the grid
(B. D. Lucas, T. Kanade, "An iterative image registration technique with an application to stereo vision", 1981).
"""

from __future__ import annotations

import cv2
import numpy as np

from surfedge.pattern.lattice import Lattice
from surfedge.pattern.tracking import WINDOW_PITCHES, Shifts, windows
from surfedge.robust import MAD_TO_DEVIATION
from surfedge.robust import median as median_of

SAMPLES_PER_PITCH = 8  # pixels that are looked at, along the shorter pitch
STEPS = 2  # of Gauss and Newton
CLIP = 3.0  # a pixel that deviates by more pulls no harder: defects must not move the pattern
RIDGE = 1e-3  # fraction of the usual slope; where the pattern has none nothing is moved
FARTHEST = 0.1  # of the pitch, in one step


def registered(flat: np.ndarray, lattice: Lattice, shifts: Shifts, median: np.ndarray) -> Shifts:
    """The shifts improved by the reference cell.

    flat : float32 (H, W), around 0, light taken off. lattice, shifts : of this image, the latter nearly right.
    median : float32 (places along the second base vector, along the first), the reference cell.
    """
    every = max(1, int(min(lattice.pitch_px) / SAMPLES_PER_PITCH))
    sample = np.ascontiguousarray(flat[every // 2 :: every, every // 2 :: every])
    grid, between, weights = [], [], []
    for points, samples in zip(shifts.field_px.shape[:2], sample.shape, strict=True):
        where = np.arange(samples) * every + every // 2
        grid.append((np.arange(points) - 0.5) * shifts.step_px - 0.5)
        between.append(_linear(where, shifts.step_px, points))
        weights.append(windows(grid[-1], where, WINDOW_PITCHES * max(lattice.pitch_px)))
    points = np.stack(np.meshgrid(grid[1], grid[0]), axis=-1)
    planes, count = _with_slopes(median), np.array(median.shape[::-1], np.float64)
    field = shifts.field_px
    for _ in range(STEPS):
        places = (points - field) @ lattice.reciprocal.T
        u, v = (
            _wrapped(between[0] @ places[..., k].astype(np.float32) @ between[1].T) * np.float32(count[k])
            for k in (0, 1)
        )
        usual, across, along = cv2.split(cv2.remap(planes, u + 0.5, v + 0.5, cv2.INTER_LINEAR))
        moved = _least_squares(_clipped(sample - usual), across, along, weights)
        field = field - np.clip(moved / count, -FARTHEST, FARTHEST) @ lattice.base.T
    return Shifts(shifts.step_px, field)


def _linear(where: np.ndarray, step_px: int, points: int) -> np.ndarray:
    """Weights that take values at the grid's points to positions `where`, float32 (N, points)."""
    place = np.clip((where + 0.5) / step_px + 0.5, 0, points - 1)
    return np.maximum(1 - np.abs(place[:, None] - np.arange(points)), 0).astype(np.float32)


def _with_slopes(median: np.ndarray) -> np.ndarray:
    """The cell and its slopes across and along per sample, with a ring of the neighbours, float32 (h + 2, w + 2, 3)."""
    cell = cv2.copyMakeBorder(median, 2, 2, 2, 2, cv2.BORDER_WRAP)
    across = np.float32(0.5) * (cell[1:-1, 2:] - cell[1:-1, :-2])
    along = np.float32(0.5) * (cell[2:, 1:-1] - cell[:-2, 1:-1])
    return cv2.merge([np.ascontiguousarray(cell[1:-1, 1:-1]), across, along])


def _wrapped(turns: np.ndarray) -> np.ndarray:
    return np.asarray(turns - np.floor(turns))


def _clipped(rest: np.ndarray) -> np.ndarray:
    limit = CLIP * MAD_TO_DEVIATION * median_of(np.abs(rest[::3, ::3]))
    return np.clip(rest, -limit, limit)


def _least_squares(rest: np.ndarray, across: np.ndarray, along: np.ndarray, weights: list[np.ndarray]) -> np.ndarray:
    """How far the cell must move at each point of the grid, in its samples, float64 (rows, columns, 2)."""
    products = ((across, across), (across, along), (along, along), (across, rest), (along, rest))
    uu, uv, vv, ur, vr = (
        (weights[0] @ cv2.multiply(one, other) @ weights[1].T).astype(np.float64) for one, other in products
    )
    ridge = RIDGE * float(np.median(uu) + np.median(vv)) + 1e-30
    uu, vv = uu + ridge, vv + ridge
    determinant = uu * vv - uv * uv
    return np.stack([vv * ur - uv * vr, uu * vr - uv * ur], axis=-1) / determinant[..., None]

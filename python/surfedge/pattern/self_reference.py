"""Self-reference: each place in a cell of the pattern compared with the same place in the image's other cells.

The pattern is followed over the image (see tracking), a number of cells are laid over each other, and the median and
the median absolute deviation at each place of the cell say what is usual there: the crowns of the lugs shine now
more, now less, the plate between them hardly differs. What is left is free of the pattern and of its habits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from surfedge import kernels
from surfedge.pattern.lattice import Lattice
from surfedge.pattern.registration import in_samples, registered, sample_planes
from surfedge.pattern.tracking import Shifts, follow
from surfedge.robust import MAD_TO_DEVIATION
from surfedge.robust import median as median_of

LIGHT_PITCHES = 1.5  # std of the Gaussian that is taken for the light
LIGHT_REDUCTION = 4
MOST_CELLS = 64  # laid over each other; more do not make the median better
FIRST_CELLS = 24  # for the cell that the pattern is followed by
FEWEST_CELLS = 5
MOST_MAP_ROWS = 1 << 14  # of one call of OpenCV's, which takes fewer than 32,768
SPREAD_FLOOR = 0.5  # of the cell's median spread, added to each place's
TINY = 1e-6


@dataclass(frozen=True)
class Cell:
    """What is usual in one cell: float32 (places along the second base vector, along the first).

    median : relative to the light. inverse_spread : one over the std from cell to cell.
    """

    median: np.ndarray
    inverse_spread: np.ndarray


def compare(grey: np.ndarray, lattice: Lattice) -> np.ndarray | None:
    """Deviation of each pixel from its place in the pattern, in units of the std there, float32 (H, W).

    grey : float32 (H, W) in [0, 1]. lattice : of this image. None where too few whole cells are in the image.
    """
    flat = without_light(grey, LIGHT_PITCHES * max(lattice.pitch_px))
    shifts = follow(flat, lattice)
    start = usual_cell(flat, lattice, shifts, FIRST_CELLS)
    if start is None:
        return None
    shifts = registered(flat, lattice, shifts, start.median)
    cell = usual_cell(flat, lattice, shifts)
    return None if cell is None else deviations(flat, lattice, shifts, cell)


def without_light(grey: np.ndarray, sigma_px: float) -> np.ndarray:
    """Grey relative to its surroundings, less 1, float32 (H, W): 0.1 is ten per cent brighter than around."""
    height, width = grey.shape
    small_size = (max(width // LIGHT_REDUCTION, 1), max(height // LIGHT_REDUCTION, 1))
    small = cv2.resize(grey, small_size, interpolation=cv2.INTER_AREA)
    further = 1  # a wide Gaussian is made on a coarser picture
    while sigma_px / (LIGHT_REDUCTION * further) > 8 and min(small.shape) > 64:
        small = cv2.resize(small, (small.shape[1] // 2, small.shape[0] // 2), interpolation=cv2.INTER_AREA)
        further *= 2
    light = cv2.GaussianBlur(small, (0, 0), sigma_px / (LIGHT_REDUCTION * further), borderType=cv2.BORDER_REFLECT)
    inverse = 1.0 / np.maximum(light, np.float32(TINY))
    flat = cv2.resize(inverse, (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(flat, grey, dst=flat)
    flat -= np.float32(1.0)
    return np.asarray(flat)


def usual_cell(flat: np.ndarray, lattice: Lattice, shifts: Shifts, most: int = MOST_CELLS) -> Cell | None:
    """Median and spread over `most` cells, spread over the image; None with fewer than FEWEST_CELLS whole ones."""
    across, along = (max(4, round(pitch)) for pitch in lattice.pitch_px)
    corners = _whole_cells(flat.shape, lattice, shifts, most)
    if len(corners) < FEWEST_CELLS:
        return None
    stack = _laid_over(flat, corners.astype(np.float32), along, across)
    return _usual(stack)


def _laid_over(flat: np.ndarray, corners: np.ndarray, along: int, across: int) -> np.ndarray:
    """The cells with these corners, float32 (N, 4, 2), in samples of one cell, float32 (N, along, across)."""
    maps = (corners.transpose(2, 0, 1) @ _corner_weights(along, across)).reshape(2, -1, across)
    stack = np.empty(maps.shape[1:], np.float32)
    for first in range(0, len(stack), MOST_MAP_ROWS):
        rows = slice(first, first + MOST_MAP_ROWS)
        x, y = maps[:, rows]
        cv2.remap(flat, x, y, cv2.INTER_LINEAR, dst=stack[rows], borderMode=cv2.BORDER_REPLICATE)
    return stack.reshape(len(corners), along, across)


@lru_cache(maxsize=4)  # a plate's images have one pitch
def _corner_weights(along: int, across: int) -> np.ndarray:
    """What each corner of a cell weighs at each of its samples, float32 (4, along * across)."""
    u, v = np.meshgrid((np.arange(across) + 0.5) / across, (np.arange(along) + 0.5) / along)
    return np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v]).reshape(4, -1).astype(np.float32)


def _usual(stack: np.ndarray) -> Cell:
    middle = len(stack) // 2
    median = np.partition(stack, middle, axis=0)[middle]
    away = np.abs(stack - median)
    spread = np.float32(MAD_TO_DEVIATION) * np.partition(away, middle, axis=0)[middle]
    smooth = cv2.GaussianBlur(cv2.copyMakeBorder(spread, 5, 5, 5, 5, cv2.BORDER_WRAP), (0, 0), 1.5)[5:-5, 5:-5]
    floor = max(SPREAD_FLOOR * median_of(smooth), TINY)
    return Cell(median, (1.0 / (smooth + np.float32(floor))).astype(np.float32))


def _whole_cells(shape: tuple[int, ...], lattice: Lattice, shifts: Shifts, most: int) -> np.ndarray:
    """Corners (x, y) of up to `most` cells that lie in the image entirely, float64 (N, 4, 2), spread over it."""
    height, width = shape
    usual_shift = np.array(cv2.mean(shifts.field_px)[:2])
    bounds = np.array([(0, 0), (width, 0), (0, height), (width, height)], np.float64)
    places = (bounds - usual_shift) @ lattice.reciprocal.T
    low, high = np.floor(places.min(axis=0)).astype(int) - 1, np.ceil(places.max(axis=0)).astype(int) + 1
    cells = np.empty((*(high - low)[::-1], 2))
    cells[..., 0], cells[..., 1] = np.arange(low[0], high[0]), np.arange(low[1], high[1])[:, None]
    cells = cells.reshape(-1, 2)
    x, y = lattice.base @ (cells.T + 0.5) + usual_shift[:, None]
    near = np.flatnonzero((x > 0) & (y > 0) & (x < width) & (y < height))
    cells = cells[_spread_out(near, 3 * most)]
    ends = cells[:, None] + np.array([(0, 0), (1, 0), (0, 1), (1, 1)])
    points = _image_points(ends.reshape(-1, 2), lattice, shifts).reshape(-1, 4, 2)
    inside = ((points >= 0) & (points <= (width - 1, height - 1))).all(axis=(1, 2))
    return _spread_out(points[inside], most)


def _spread_out(rows: np.ndarray, most: int) -> np.ndarray:
    return rows[np.linspace(0, len(rows) - 1, most).round().astype(int)] if len(rows) > most else rows


def _image_points(places: np.ndarray, lattice: Lattice, shifts: Shifts) -> np.ndarray:
    """Where places (i, j) of the lattice lie in the image, (x, y), float64 (N, 2)."""
    exact = places @ lattice.base.T
    points = exact + shifts.at(exact)
    for _ in range(2):
        points = exact + shifts.at(points)
    return np.asarray(points)


def deviations(flat: np.ndarray, lattice: Lattice, shifts: Shifts, cell: Cell) -> np.ndarray:
    """(flat - median) / spread at each pixel's place in the cell, float32 (H, W)."""
    across, along = sample_planes(lattice, cell.median.shape)
    moved = in_samples(shifts.field_px, lattice, cell.median.shape)
    return kernels.cell_deviations(flat, cell.median, cell.inverse_spread, across, along, moved, shifts.step_px)

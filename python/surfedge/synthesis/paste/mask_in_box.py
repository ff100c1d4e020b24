"""The defect's outline inside a box that somebody drew around it: what differs from the surface, then GrabCut.

N. Otsu, "A Threshold Selection Method from Gray-Level Histograms", 1979. C. Rother, V. Kolmogorov, A. Blake,
"GrabCut - Interactive Foreground Extraction using Iterated Graph Cuts", 2004. Both as OpenCV has them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.image_arrays import Levels
from surfedge.synthesis.noise_fields import blurred

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]

ROUNDS = 3
GRAIN_PX = 1.0  # Gaussian through which the grain is looked at
CONTEXT_SHARE = 0.3  # of the box's longer side, looked at on each side of it
RIM_SHARE = 0.15  # of the box's sides: where the surface shows rather than the defect
CLEARLY_INSIDE = 0.1  # a class whose share in the middle is higher by this is the defect
TWO_CLASSES = 0.74  # between-class variance of the total; a Gaussian alone has 2 / pi = 0.64
DEVIATIONS = 2.2  # from the surface's median, where there are no two classes
LEAST_AGREEMENT = 0.4  # of GrabCut's outline with the guess: below that it has lost the defect
LEAST_SHARE, MOST_SHARE = 0.005, 0.95  # of the box; less or more than that is no outline
LEAST_PIECE_PX = 6


def mask_in_box(levels: Levels, box: Box) -> Mask | None:
    """Pixels of the box (x, y, width, height) that differ from the surface round them; bool, (H, W).

    levels : uint8, (H, W) or (H, W, 3). None where no outline is found: nothing differs, or less than 0.5 or more than
    95 % of the box would be defect.

    >>> plate = np.full((40, 40), 90, np.uint8)
    >>> plate[15:25, 12:30] = 200
    >>> found = mask_in_box(plate, (8, 10, 26, 20))
    >>> int(found.sum())
    180
    """
    height, width = levels.shape[:2]
    x, y, w, h = box
    around = max(3, round(CONTEXT_SHARE * max(w, h)))
    rows = slice(max(0, y - around), min(height, y + h + around))
    columns = slice(max(0, x - around), min(width, x + w + around))
    crop = np.ascontiguousarray(levels[rows, columns])
    inside = np.zeros(crop.shape[:2], bool)
    inside[y - rows.start : y - rows.start + h, x - columns.start : x - columns.start + w] = True
    flat = _flattened(crop, inside)
    likely = _without_specks(_likely(flat, inside))
    found = _without_specks(_cut(flat, inside, likely) & inside)
    guess = likely & inside
    if (found & guess).sum() < LEAST_AGREEMENT * (found | guess).sum():
        found = guess
    if not LEAST_SHARE <= found.sum() / (w * h) <= MOST_SHARE:
        return None
    mask = np.zeros((height, width), bool)
    mask[rows, columns] = found
    return mask


def _rim(inside: Mask) -> Mask:
    """The outermost pixels of the box."""
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    dy, dx = (max(1, round(RIM_SHARE * len(each))) for each in (rows, columns))
    rim = inside.copy()
    rim[rows[0] + dy : rows[-1] + 1 - dy, columns[0] + dx : columns[-1] + 1 - dx] = False
    return rim


def _flattened(crop: Levels, inside: Mask) -> Field:
    """Grey levels without the plane that light and camera laid over the surface: fitted to rim and surroundings."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) if crop.ndim == 3 else crop
    values = grey.astype(np.float32)
    ground = ~inside | _rim(inside)
    y, x = np.mgrid[: values.shape[0], : values.shape[1]].astype(np.float32)
    terms = np.stack([np.ones_like(x), x - x.mean(), y - y.mean()])
    weight = ground.astype(np.float64)
    for _ in range(3):  # what differs most, defects beside the box, counts least
        sides = np.einsum("irc,jrc,rc->ij", terms, terms, weight) + 1e-6 * np.eye(3)
        plane = np.tensordot(np.linalg.solve(sides, np.einsum("irc,rc,rc->i", terms, values, weight)), terms, 1)
        rest = np.abs(values - plane)
        weight = ground / np.maximum(rest, 1.0)
    return (values - plane).astype(np.float32)


def _likely(flat: Field, inside: Mask) -> Mask:
    """What differs: one of two classes of grey where there are two, else what is far from the surface's median."""
    smooth = blurred(flat, GRAIN_PX)
    values = smooth[inside]
    limit, separation = _otsu(values)
    bright = smooth > limit
    if separation > TWO_CLASSES:
        rim = _rim(inside)
        middle = inside & ~rim
        inwards = float(bright[middle].mean() - bright[rim].mean()) if middle.any() else 0.0
        clear = abs(inwards) > CLEARLY_INSIDE
        bright_is_defect = inwards > 0 if clear else float(bright[inside].mean()) < 0.5
        return bright if bright_is_defect else ~bright
    ground = smooth[~inside | _rim(inside)]
    median = np.median(ground)
    spread = 1.4826 * np.median(np.abs(ground - median)) * DEVIATIONS
    dark, bright = smooth < median - max(spread, 2.0), smooth > median + max(spread, 2.0)
    deeper = np.abs(smooth - median)
    # Either the dark or the bright: the other is the defect's rim, or grain.
    return dark if deeper[dark & inside].sum() >= deeper[bright & inside].sum() else bright


def _otsu(values: Field) -> tuple[float, float]:
    """The limit between two classes, and the share of the variance that lies between them."""
    low, high = float(values.min()), float(values.max())
    if high - low < 1:
        return high, 0.0
    scaled = ((values - low) * np.float32(255 / (high - low))).astype(np.uint8)
    level, _ = cv2.threshold(scaled[None], 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    limit = low + (level + 1) * (high - low) / 255
    above = values > limit
    if not above.any() or above.all():
        return limit, 0.0
    share = above.mean()
    between = share * (1 - share) * (values[above].mean() - values[~above].mean()) ** 2
    return limit, float(between / values.var())


def _cut(flat: Field, inside: Mask, likely: Mask) -> Mask:
    """GrabCut from that guess on three smoothings of the grey, whose noise would tear a single one apart."""
    low, high = np.quantile(flat, (0.01, 0.99))
    if high - low < 1 or not (likely & inside).any() or likely.all():
        return likely
    stretched = np.clip((flat - low) * np.float32(255 / (high - low)), 0, 255).astype(np.float32)
    views = np.dstack([blurred(stretched, sigma) for sigma in (0.6, 1.2, 2.4)]).astype(np.uint8)
    marks = np.where(likely, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[~inside & ~likely] = cv2.GC_BGD
    cv2.setRNGSeed(0)  # GrabCut draws its first colours by it
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(views, marks, (0, 0, 0, 0), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.asarray((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD), bool)


def _without_specks(mask: Mask) -> Mask:
    """Gaps of one pixel closed, small pieces left out unless there are no others."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, cross)
    _, labels, figures, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    kept = figures[:, cv2.CC_STAT_AREA] >= LEAST_PIECE_PX
    kept[0] = False
    return np.asarray(kept[labels] if kept.any() else closed, bool)

"""Connected regions by flooding: from each pixel to its eight neighbours."""

from __future__ import annotations

import numpy as np

FIELDS = ("x", "y", "width", "height", "area", "centroid_x", "centroid_y", "max_score", "mean_score")


def _flood(left: np.ndarray, y: int, x: int) -> list[tuple[int, int]]:
    """The pixels (y, x) of the region that holds this one; they are cleared in `left`."""
    height, width = left.shape
    left[y, x] = False
    pixels, waiting = [], [(y, x)]
    while waiting:
        y, x = waiting.pop()
        pixels.append((y, x))
        for v in range(max(0, y - 1), min(height, y + 2)):
            for u in range(max(0, x - 1), min(width, x + 2)):
                if left[v, u]:
                    left[v, u] = False
                    waiting.append((v, u))
    return pixels


def regions(mask: np.ndarray, scores: np.ndarray | None = None) -> list[dict[str, float]]:
    """Regions in the order of their first pixel, with statistics in float64."""
    left = mask.copy()
    found = []
    for y, x in np.argwhere(mask):
        if not left[y, x]:
            continue
        ys, xs = np.array(_flood(left, int(y), int(x))).T
        inside = np.full(len(ys), np.nan) if scores is None else scores[ys, xs].astype(np.float64)
        box = (xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1)
        values = (*box, len(ys), xs.mean(), ys.mean(), inside.max(), inside.mean())
        found.append(dict(zip(FIELDS, values, strict=True)))
    return found

"""An image that is its own reference: small ones enlarged, and a border that counts no more than the middle.

Patches reach beyond the border into its mirror image, where everything comes twice: their means spread further there,
so that the highest place of a good image mostly lies at its border (rendered strip and plate: 96 and 100 of 100). And
in a small image few patches fit; enlarged it has as many as others, and marks of a few pixels have a shape.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from surfedge.images import Frame

OWN_REFERENCES = ("plain", "levelled")
ENLARGED_BELOW_PX = (256, 96)  # shorter sides: twice, four times
MOST_ENLARGED, MOST_PX = 4, 1 << 20  # times each way; pixels then: a strip that is narrow and long stays as it is
LEAST_SIDES = 4  # reaches that a map's sides have at least: smaller ones have no middle to compare with
OF_FEW = 7 / 9  # of a distance that few places compare for: it has the longer tail
ONE_STD = 0.8413  # of the values lie below one std above the mean
MOST_MIDDLE = 1 << 14  # values that the spread of the middle is taken from


def enlargement(shape: tuple[int, int], cell_px: int) -> int:
    """1, 2 or 4: how many times larger an image (H, W) is judged, so that a cell is still a whole number of its pixels.

    >>> [enlargement((side, 300), 4) for side in (94, 189, 256)]
    [4, 2, 1]
    """
    times = 1
    for below_px in ENLARGED_BELOW_PX:
        fits = cell_px % (2 * times) == 0 and (2 * times) ** 2 * shape[0] * shape[1] <= MOST_PX
        if min(shape) < below_px and fits:
            times *= 2
    return times


def enlarged(frame: Frame, times: int) -> Frame:
    """`frame` with so many times the pixels each way, none beyond the range of its own."""
    if times == 1:
        return frame
    large = cv2.resize(frame.pixels, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    if large.dtype == np.float32:
        np.clip(large, 0, 1, out=large)
    return replace(frame, pixels=np.minimum(large, frame.white).astype(large.dtype, copy=False))


def with_level_border(distance: np.ndarray, reach: int) -> np.ndarray:
    """`distance`, float32 (rows, columns), with rows and columns near the border at the middle's level and spread.

    reach : cells from the border to which patches see the mirror image. No value is raised, and what lies far above the
    others of its row still does.
    """
    if min(distance.shape) < LEAST_SIDES * reach or reach < 1:
        return distance
    middle = distance[reach:-reach, reach:-reach]
    step = -(-middle.size // MOST_MIDDLE)
    level, spread = _level_and_spread(np.ascontiguousarray(middle).reshape(1, -1)[:, ::step])
    above, gain = [], []
    for plane in (distance, distance.T):
        pairs = np.hstack([plane[:reach, reach:-reach], plane[: -reach - 1 : -1, reach:-reach]])
        levels, spreads = _level_and_spread(pairs)
        raised, narrowed = np.zeros(len(plane), np.float32), np.ones(len(plane), np.float32)
        raised[:reach] = np.maximum(levels - level, 0)
        narrowed[:reach] = np.minimum(spread / np.maximum(spreads, 1e-6), 1)
        for each in (raised, narrowed):
            each[: -reach - 1 : -1] = each[:reach]
        above.append(raised)
        gain.append(narrowed)
    lowered = distance - (level + above[0])[:, None] - above[1][None]
    lowered *= gain[0][:, None]
    lowered *= gain[1][None]
    lowered += level
    return np.asarray(np.minimum(lowered, distance), np.float32)


def _level_and_spread(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row the median, and how far one std lies above it: of the upper half, where the high places are."""
    middle, upper = rows.shape[1] // 2, int(ONE_STD * (rows.shape[1] - 1))
    ranked = np.partition(rows, (middle, upper), axis=1)
    return ranked[:, middle], ranked[:, upper] - ranked[:, middle]

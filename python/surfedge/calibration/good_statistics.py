"""Mean and std of good images' smoothed maps: over all of them, and without the one that is being judged.

An image that is normalised by statistics which it helped to make scores lower than a new one would; its own
share is therefore taken out of the sums before it is scored.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

POSITION_PX, MAP_POSITION_PX = 8, 32  # of methods without a network, and of the maps of networks
MOST_POSITIONS = 128  # along a side
POSITION_PRIOR = 4.0  # images' worth of the overall statistics that each position starts from


class GoodStatistics:
    """Sums over smoothed maps, float64, on a grid that covers the image, or over all positions.

    shape : (rows, columns) of the grid; (1, 1) is one value for all positions.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._count = 0
        self._first = np.zeros(shape)
        self._second = np.zeros(shape)

    @classmethod
    def of(
        cls,
        maps: Iterable[np.ndarray],
        image_shape: tuple[int, int],
        *,
        by_position: bool,
        position_px: int = POSITION_PX,
    ) -> GoodStatistics:
        """The statistics of `maps`, float32 (h, w) each, of images of about `image_shape` (H, W), at positions of about
        `position_px`, fewer than MOST_POSITIONS along a side."""
        rows, columns = (min(MOST_POSITIONS, max(1, round(side / position_px))) for side in image_shape)
        grid = rows, columns
        found = cls(grid if by_position else (1, 1))
        for smooth in maps:
            first, second = found._pooled(smooth)
            found._first += first
            found._second += second
            found._count += 1
        return found

    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and std over all maps, float32 of `shape`."""
        return self._moments(self._first, self._second, self._count)

    def without(self, smooth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and std over all maps but `smooth`, which is one of them.

        >>> maps = [np.full((2, 2), value, np.float32) for value in (1, 2, 3, 90)]
        >>> mean, _ = GoodStatistics.of(maps, (2, 2), by_position=False).without(maps[3])
        >>> mean.tolist()
        [[2.0]]
        """
        first, second = self._pooled(smooth)
        return self._moments(self._first - first, self._second - second, self._count - 1)

    def _moments(self, first: np.ndarray, second: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Statistics of a position are drawn to those over all as if POSITION_PRIOR more images had had them."""
        first = (first + POSITION_PRIOR * first.mean() / count) / (count + POSITION_PRIOR)
        second = (second + POSITION_PRIOR * second.mean() / count) / (count + POSITION_PRIOR)
        deviation = np.sqrt(np.maximum(second - first**2, 0.0))
        floor = max(1e-3 * float(deviation.mean()), 1e-12)
        return first.astype(np.float32), np.maximum(deviation, floor).astype(np.float32)

    def _pooled(self, smooth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means of the map and of its square over the grid, float64."""
        return _means(smooth, self.shape), _means(cv2.multiply(smooth, smooth), self.shape)


def _means(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    if shape == (1, 1):
        return np.full(shape, cv2.mean(values)[0])
    if values.shape[0] < shape[0] or values.shape[1] < shape[1]:  # a much smaller image than the first
        return cv2.resize(values, shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float64)
    return cv2.resize(values, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float64)

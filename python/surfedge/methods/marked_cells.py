"""Which cells of a marked image show the defect, and which good cells they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from surfedge.decision import RawMap, marked_fraction
from surfedge.images import Frame

KEPT_OF_IMAGE = 500  # good cells that an image gives
MOST_KEPT = 1 << 16  # over all images; then every second cell is dropped
LOOKED_AT = 8  # images, spread over the good ones as they come, whose distances show what is usual
MOST_MARKED = 200  # cells of a marked image, spread evenly
HALF = 0.5  # of a cell
CELL_LEVEL = 0.99  # of good cells that a cell in a box must be above to be taken for defect


@dataclass(frozen=True)
class Mark:
    """A defective image, and where somebody marked its defect.

    frame : as the method gets it. marked : bool (H, W), not empty. is_exact : whether all that is marked is defect, as
    in a mask; in a box, or where only the image is known to be defective, some of it is.
    """

    frame: Frame
    marked: np.ndarray = field(repr=False)
    is_exact: bool = True


@dataclass
class GoodCells:
    """Some cells of each good image, drawn always alike, and all cells of a few images.

    images : float32 (n, D) for each image, in their order. whole : float32 (D, rows, columns) of a few.
    """

    images: list[np.ndarray] = field(default_factory=list)
    whole: list[np.ndarray] = field(default_factory=list)
    _step: int = 1
    _apart: int = 1

    def see(self, cells: np.ndarray) -> None:
        """Features of the next good image, float32 (D, rows, columns)."""
        number = len(self.images)
        flat = cells.reshape(len(cells), -1)
        drawn = np.random.default_rng(number).permutation(flat.shape[1])[:KEPT_OF_IMAGE]
        self.images.append(np.ascontiguousarray(flat[:, drawn[:: self._step]].T, np.float32))
        if sum(map(len, self.images)) > MOST_KEPT and self._step < KEPT_OF_IMAGE // 4:
            self._step *= 2
            self.images = [np.ascontiguousarray(each[::2]) for each in self.images]
        if number % self._apart == 0:
            self.whole.append(np.array(cells, np.float32))
            if len(self.whole) > LOOKED_AT:
                self._apart, self.whole = 2 * self._apart, self.whole[::2]

    def cut(self, size: int) -> None:
        """Keep the first `size` features alone."""
        self.images = [np.ascontiguousarray(each[:, :size]) for each in self.images]
        self.whole = [each[:size] for each in self.whole]


@dataclass(frozen=True)
class Usual:
    """What good images' distances are like. spread : standard deviation within an image. cell : that CELL_LEVEL of the
    cells stay below. image : largest of an image, the median. The last two of distances averaged over 3 x 3 cells.
    """

    spread: float
    cell: float
    image: float

    @classmethod
    def of(cls, distances: Sequence[np.ndarray]) -> Usual:
        """Of maps, float32 (rows, columns)."""
        averaged = [_averaged(each) for each in distances]
        spread = float(np.sqrt(np.mean([each.var() for each in distances])))
        cell = float(np.quantile(np.concatenate([each.ravel() for each in averaged]), CELL_LEVEL))
        return cls(max(spread, 1e-6), cell, float(np.median([each.max() for each in averaged])))


def marked_cells(mark: Mark, cells: np.ndarray, distance: RawMap, usual: Usual) -> np.ndarray:
    """The cells of a marked image that show the defect, float32 (n, D), one at least.

    cells : float32 (D, rows, columns). distance : from good, the same grid.

    Of a mask the cells that it covers by half, or by as much as it does; of a box, or of the whole image, those that
    are further from good than good ones are, or the furthest.
    """
    fraction = marked_fraction(mark.marked, distance)
    if mark.is_exact:
        chosen = fraction >= min(HALF, float(fraction.max()))
    else:
        inside, far = fraction > 0, _averaged(distance.map)
        limit = usual.image if mark.marked.all() else usual.cell
        chosen = inside & (far >= min(limit, float(far[inside].max())))
    found = cells[:, chosen].T
    return np.ascontiguousarray(found[:: -(-len(found) // MOST_MARKED)], np.float32)


def _averaged(distance: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.blur(distance, (3, 3), borderType=cv2.BORDER_REFLECT))

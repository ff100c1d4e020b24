"""The lattice of a regular pattern: two base vectors, found in the autocorrelation of the image.

The autocorrelation is the transform of the power spectrum (N. Wiener, "Generalized harmonic analysis", 1930;
A. Khinchin, 1934): the many harmonics of a pattern add up to one peak at each lattice vector, wherever in a cell its
edges lie. A lattice is accepted only where a peak stands free on all sides at every combination of the base vectors,
so that neither the grain of leather nor the lines of rolled strip pass for one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan2, degrees, hypot

import cv2
import numpy as np

from surfedge.errors import ArgumentError
from surfedge.pattern.autocorrelation import autocorrelation
from surfedge.pattern.cell_search import find_peaks, reduced, refined, smallest_cell

CANVAS_PX = 256  # side of the picture that is analysed
REDUCTIONS = (1, 2, 4, 8, 16)
SMALL_CANVAS_PX = 20.0  # a shorter pitch is looked at again at twice the scale


@dataclass(frozen=True)
class Lattice:
    """A regular pattern's lattice; x to the right, y down.

    first, second : base vectors (x, y) in px, those nearest to the x axis and to the y axis.
    confidence : 0 to 1; 0.5 and more is accepted.

    >>> Lattice((56.0, 0.0), (0.0, 56.0), 0.9).pitch_px
    (56.0, 56.0)
    """

    first: tuple[float, float]
    second: tuple[float, float]
    confidence: float

    @property
    def pitch_px(self) -> tuple[float, float]:
        """Lengths of the two base vectors in px."""
        return hypot(*self.first), hypot(*self.second)

    @property
    def angle_deg(self) -> float:
        """Direction of the first base vector, from the x axis towards the y axis (clockwise in the picture)."""
        return degrees(atan2(self.first[1], self.first[0]))

    @property
    def base(self) -> np.ndarray:
        """float64 (2, 2), the base vectors as columns: position = base @ (i, j)."""
        return np.array([self.first, self.second], np.float64).T

    @property
    def reciprocal(self) -> np.ndarray:
        """float64 (2, 2), rows are the base frequencies in cycles per px; the harmonics are their combinations."""
        return np.linalg.inv(self.base)


@dataclass(frozen=True)
class Search:
    """lattice : what was found, None where nothing is accepted. confidence : 0 to 1, of the best candidate."""

    lattice: Lattice | None
    confidence: float


def find_lattice(grey: np.ndarray) -> Search:
    """The lattice of an image, if it has one.

    grey : float32 or uint8 (H, W), at least 32 x 32 px; any scale.

    Pitches from 16 px (half that in images under 160 px) to a third of the shorter side. Raises ArgumentError for
    another shape.

    >>> y, x = np.mgrid[:192, :192]
    >>> plate = ((x % 24 < 9) & (y % 32 < 9)).astype(np.float32)
    >>> [round(p, 1) for p in find_lattice(plate).lattice.pitch_px]
    [24.0, 32.0]
    >>> find_lattice(np.random.default_rng(0).random((192, 192), np.float32)).lattice is None
    True
    """
    if grey.ndim != 2 or grey.dtype not in (np.float32, np.uint8):
        raise ArgumentError("grey", found=f"{grey.dtype} {grey.shape}", expected="uint8 or float32 (H, W)")
    best = Search(None, 0.0)
    if min(grey.shape) < 32:
        return best
    for reduction in _reductions(grey.shape):
        found = _search(_canvas(grey, reduction), reduction)
        if found.lattice is not None:
            if reduction > 1 and min(found.lattice.pitch_px) < SMALL_CANVAS_PX * reduction:
                finer = _search(_canvas(grey, reduction // 2), reduction // 2)
                return finer if finer.lattice is not None else found
            return found
        best = max(best, found, key=lambda search: search.confidence)
    return best


def _reductions(shape: tuple[int, ...]) -> list[int]:
    """Scales at which the image is looked at: until the canvas holds all of it."""
    longest = max(shape)
    first = 1 if min(shape) < 160 else 2
    return [r for r in REDUCTIONS if r == first or (r > first and r // 2 * CANVAS_PX < longest)]


def _canvas(grey: np.ndarray, reduction: int) -> np.ndarray:
    """The middle of the image, `reduction` times smaller, float32, at most CANVAS_PX on each side."""
    rows, columns = (min(size // reduction, CANVAS_PX) for size in grey.shape)
    top, left = ((size - n * reduction) // 2 for size, n in zip(grey.shape, (rows, columns), strict=True))
    part = grey[top : top + rows * reduction, left : left + columns * reduction]
    if reduction > 1:
        part = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    return part.astype(np.float32)


def _search(canvas: np.ndarray, reduction: int) -> Search:
    correlation = autocorrelation(canvas)
    peaks = find_peaks(correlation)
    if len(peaks) < 2:
        return Search(None, 0.0)
    vectors, confidence = smallest_cell(correlation, peaks)
    if vectors is None or confidence < 0.5:
        return Search(None, min(confidence, 0.49))
    base = refined(correlation, vectors) * reduction
    first, second = _upright(base)
    return Search(Lattice(first, second, confidence), confidence)


def _upright(base: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """The base vectors nearest to the x axis, pointing right, and to the y axis, pointing down."""
    one, other = reduced(base).T
    if abs(one[1] * hypot(*other)) > abs(other[1] * hypot(*one)):
        one, other = other, one
    first, second = (one if one[0] >= 0 else -one), (other if other[1] >= 0 else -other)
    return (float(first[0]), float(first[1])), (float(second[0]), float(second[1]))


def scaled(lattice: Lattice, factor: float) -> Lattice:
    """The lattice of the image made `factor` times larger."""
    (ax, ay), (bx, by) = lattice.first, lattice.second
    return replace(lattice, first=(ax * factor, ay * factor), second=(bx * factor, by * factor))


def in_words(lattice: Lattice) -> str:
    """Pitch, angle and confidence, for a note.

    >>> in_words(Lattice((56.0, 0.0), (0.0, 28.0), 0.912))
    'regular pattern of 56.0 x 28.0 px at 0.0 degrees, confidence 0.91'
    """
    one, other = lattice.pitch_px
    angle_deg = round(lattice.angle_deg, 1) + 0.0  # never -0.0
    pitch = f"regular pattern of {one:.1f} x {other:.1f} px"
    return f"{pitch} at {angle_deg:.1f} degrees, confidence {lattice.confidence:.2f}"

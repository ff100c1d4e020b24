"""The lattice of a regular pattern: two base vectors, found in the autocorrelation of the image.

The autocorrelation is the transform of the power spectrum (N. Wiener, "Generalized harmonic analysis", 1930;
A. Khinchin, 1934): the many harmonics of a pattern add up to one peak at each lattice vector, wherever in a cell its
edges lie. A lattice is accepted only where a peak stands free on all sides at every combination of the base vectors,
so that neither the grain of leather nor the lines of rolled strip pass for one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import atan2, degrees, hypot

import cv2
import numpy as np

from surfedge.errors import ArgumentError
from surfedge.pattern.autocorrelation import autocorrelation
from surfedge.pattern.cell_search import find_peaks, refined, shortest, smallest_cell

CANVAS_PX = 256  # side of the picture that is analysed
REDUCTIONS = (1, 2, 4, 8, 16)
SMALL_CANVAS_PX = 20.0  # a shorter pitch is looked at again at twice the scale
UNREFINED = 0.15  # fraction of a pitch: before it is refined it is off by less


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

    @cached_property
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
    highest = 0.0
    for reduction in _reductions(grey.shape) if min(grey.shape) >= 32 else ():
        look = _Look.at(grey, reduction)
        if look.vectors is None:
            highest = max(highest, look.confidence)
            continue
        if reduction > 1 and look.is_small():
            finer = _Look.at(grey, reduction // 2)
            look = look if finer.vectors is None else finer
        return Search(look.lattice(), look.confidence)
    return Search(None, highest)


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


@dataclass(frozen=True)
class _Look:
    """The autocorrelation of an image made `reduction` times smaller. vectors : of the smallest cell, (2, 2), columns,
    in px of the canvas; None where no lattice is accepted."""

    correlation: np.ndarray
    reduction: int
    vectors: np.ndarray | None
    confidence: float

    @classmethod
    def at(cls, grey: np.ndarray, reduction: int) -> _Look:
        correlation = autocorrelation(_canvas(grey, reduction))
        vectors, confidence = smallest_cell(correlation, find_peaks(correlation))
        if vectors is None or confidence < 0.5:
            return cls(correlation, reduction, None, min(confidence, 0.49))
        return cls(correlation, reduction, vectors, confidence)

    def is_small(self) -> bool:
        """Whether the shorter pitch asks for another look at twice the scale."""
        shorter_px = float(np.hypot(*self.vectors).min()) if self.vectors is not None else np.inf
        lattice = self.lattice() if abs(shorter_px / SMALL_CANVAS_PX - 1) < UNREFINED else None
        return (min(lattice.pitch_px) / self.reduction if lattice else shorter_px) < SMALL_CANVAS_PX

    def lattice(self) -> Lattice | None:
        """In px of the image, its base refined."""
        if self.vectors is None:
            return None
        first, second = _upright(refined(self.correlation, self.vectors) * self.reduction)
        return Lattice(first, second, self.confidence)


def _upright(base: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """The base vectors nearest to the x axis, pointing right, and to the y axis, pointing down."""
    one, other = shortest(*base.T.tolist())
    if abs(one[1] * hypot(*other)) > abs(other[1] * hypot(*one)):
        one, other = other, one
    return (one if one[0] >= 0 else (-one[0], -one[1])), (other if other[1] >= 0 else (-other[0], -other[1]))


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

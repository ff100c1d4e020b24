"""The lattice of a regular pattern: two base vectors, found in the autocorrelation of the image.

The autocorrelation is the transform of the power spectrum (N. Wiener, "Generalized harmonic analysis", 1930;
A. Khinchin, 1934): the many harmonics of a pattern add up to one peak at each lattice vector, wherever in a cell its
edges lie. A lattice is believed only where a peak stands free on all sides at every combination of the base vectors,
so that neither the grain of leather nor the lines of rolled strip pass for one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from math import atan2, ceil, degrees, hypot

import cv2
import numpy as np

from surfedge import kernels
from surfedge.errors import ArgumentError

CANVAS_PX = 256  # side of the picture that is analysed
REDUCTIONS = (1, 2, 4, 8, 16)
LEAST_PITCH_CANVAS_PX = 7.0  # a shorter one is grain
SMALL_CANVAS_PX = 20.0  # a shorter one is looked at again at twice the scale
LOW_CYCLES = 1.6  # fewer cycles across the canvas are the light's
STRONG = 0.6  # of the highest peak
ALIKE = 0.8  # of the best cell's weakest point: as good a cell
CANDIDATES = 12  # peaks that are combined
SURE, LOST = 0.3, 0.1  # height of the weakest peak of a plain pattern, and where there is none
FIRST_GLANCE = 0.45  # lower peaks cannot make a lattice that is believed
ORDERS = tuple((i, j) for i in range(-3, 4) for j in range(-3, 4) if (i > 0) or (i == 0 and j > 0))
_TURNS = np.arange(16) * (2 * np.pi / 16)
RING = np.stack([np.cos(_TURNS), np.sin(_TURNS)])  # directions in which a peak must stand free


@dataclass(frozen=True)
class Lattice:
    """A regular pattern's lattice; x to the right, y down.

    first, second : base vectors (x, y) in px, those nearest to the x axis and to the y axis.
    confidence : 0 to 1; 0.5 and more is believed.

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
    """lattice : what was found, None where nothing is believed. confidence : 0 to 1, of the best candidate."""

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
    peaks = _peaks(correlation)
    if len(peaks) < 2:
        return Search(None, 0.0)
    vectors, confidence = _best_base(correlation, peaks)
    if vectors is None or confidence < 0.5:
        return Search(None, min(confidence, 0.49))
    base = _refined(correlation, vectors) * reduction
    first, second = _upright(base)
    return Search(Lattice(first, second, confidence), confidence)


def autocorrelation(canvas: np.ndarray) -> np.ndarray:
    """Autocorrelation without slow changes of light, float32 (H + 1, W + 1), 1 in the middle: lags to half the size.

    The image is windowed; the window's own autocorrelation is divided out, so that far lags are not weaker.
    """
    height, width = canvas.shape
    window, gain, own = _window(height, width)
    padded = np.zeros((2 * height, 2 * width), np.float32)
    np.multiply(canvas - np.float32(cv2.mean(canvas)[0]), window, out=padded[:height, :width])
    spectrum = kernels.rfft2(padded)
    power = spectrum.real**2
    power += spectrum.imag**2
    power *= gain
    correlation = kernels.irfft2(power.astype(np.complex64), padded.shape)
    top = float(correlation[0, 0])
    reach_y, reach_x = height // 2, width // 2
    shifted = np.roll(correlation, (reach_y, reach_x), (0, 1))[: 2 * reach_y + 1, : 2 * reach_x + 1]
    return shifted / (own * np.float32(top)) if top > 0 else np.zeros_like(shifted)


@lru_cache(maxsize=8)
def _window(height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hann window, gain of the frequencies (0 where the light's), and the window's autocorrelation, 1 in the middle."""
    sides = [0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n) for n in (height, width)]
    own = [np.correlate(side, side, "full") / (side @ side) for side in sides]
    kept = [
        o[o.size // 2 - n // 2 : o.size // 2 + n // 2 + 1] for o, n in zip(own, (height, width), strict=True)
    ]
    rows = np.abs(np.fft.fftfreq(2 * height) * height)[:, None]
    cycles = np.hypot(rows, np.arange(width + 1)[None] / 2)
    gain = 1 - np.exp(-0.5 * (cycles / LOW_CYCLES) ** 4)
    return tuple(a.astype(np.float32) for a in (np.outer(*sides), gain, np.outer(*kept)))  # type: ignore[return-value]


def _peaks(correlation: np.ndarray) -> np.ndarray:
    """The nearest high peaks of one half-plane, float64 (N, 2) lags (x, y) from the middle, nearest first."""
    middle_y, middle_x = correlation.shape[0] // 2, correlation.shape[1] // 2
    lower = np.ascontiguousarray(correlation[middle_y:])
    highest = cv2.dilate(lower, np.ones((5, 5), np.uint8))
    y, x = np.nonzero((lower == highest) & (lower > FIRST_GLANCE))
    x = x - middle_x
    half = ((y > 0) | (x > 0)) & (np.hypot(x, y) >= LEAST_PITCH_CANVAS_PX)
    inside = (y < middle_y - 1) & (np.abs(x) < middle_x - 1)
    x, y = x[half & inside], y[half & inside]
    heights = lower[y, x + middle_x]
    strong = heights >= STRONG * heights.max(initial=0.0)
    lags = np.stack([x[strong], y[strong]], axis=1).astype(np.float64)
    return lags[np.argsort(np.hypot(*lags.T), kind="stable")][:CANDIDATES]


def _best_base(correlation: np.ndarray, peaks: np.ndarray) -> tuple[np.ndarray | None, float]:
    """The smallest cell whose lattice points all are free-standing peaks: base (2, 2), columns; and the confidence."""
    bases: dict[tuple[int, ...], np.ndarray] = {}
    for one, other in combinations(peaks, 2):
        base = _reduced(np.stack([one, other], axis=1))
        lengths = np.hypot(*base)
        area = abs(base[0, 0] * base[1, 1] - base[0, 1] * base[1, 0])
        if area >= 0.35 * lengths[0] * lengths[1] and lengths.min() >= LEAST_PITCH_CANVAS_PX:
            bases.setdefault((round(area / 16), *np.rint(lengths / 3).astype(int)), base)
    found = [(*_judged(correlation, base), abs(np.linalg.det(base)), base) for base in bases.values()]
    found = [one for one in found if one[0] > LOST]
    if not found:
        return None, 0.0
    highest = max(height for _, height, _, _ in found)
    alike = [one for one in found if one[1] >= ALIKE * highest]
    worth, _, _, base = min(alike, key=lambda one: (round(one[2], 1), -one[0]))
    return base, float(np.clip((worth - LOST) / (SURE - LOST), 0.0, 1.0))


def _judged(correlation: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """How far the weakest of the nearest lattice points stands above its surroundings, in the worst direction but one;
    and the height of the weakest of the four nearest."""
    rings = float(np.hypot(*base).min()) * np.concatenate([0.3 * RING, 0.45 * RING], axis=1)
    worth, height, seen = 1.0, 1.0, 0
    for order in ((1, 0), (0, 1), (1, 1), (1, -1), (2, 0), (0, 2)):
        lag = base @ order
        around = _sampled(correlation, lag[:, None] + rings)
        if around is not None:
            around = around.reshape(2, -1).min(axis=0)  # a line is high at both distances
            at = _highest_near(correlation, lag)
            worth = min(worth, at - float(np.sort(around)[-2]), 0.8 * at)
            height = min(height, at) if 2 not in order else height
            seen += 1
    return (worth if seen >= 3 else 0.0), height


def _highest_near(correlation: np.ndarray, lag: np.ndarray, reach: int = 2) -> float:
    y, x = _index(correlation, lag)
    return float(correlation[y - reach : y + reach + 1, x - reach : x + reach + 1].max(initial=-1.0))


def _index(correlation: np.ndarray, lag: np.ndarray) -> tuple[int, int]:
    return round(lag[1]) + correlation.shape[0] // 2, round(lag[0]) + correlation.shape[1] // 2


def _sampled(correlation: np.ndarray, lags: np.ndarray) -> np.ndarray | None:
    """Nearest values at lags (2, N); None where one is outside."""
    x = np.rint(lags[0]).astype(int) + correlation.shape[1] // 2
    y = np.rint(lags[1]).astype(int) + correlation.shape[0] // 2
    if (
        x.min() < 2
        or y.min() < 2
        or x.max() >= correlation.shape[1] - 2
        or y.max() >= correlation.shape[0] - 2
    ):
        return None
    return np.asarray(correlation[y, x])


def _refined(correlation: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Base from the least squares of the peaks at all orders within reach, weighted by their height."""
    for limit in (1, 2, 3):
        orders, lags, weights = [], [], []
        for order in ORDERS:
            if max(map(abs, order)) > limit:
                continue
            peak = _peak_near(correlation, base @ order, 0.2 * float(np.hypot(*base).min()))
            if peak is not None:
                orders.append(order)
                lags.append(peak[0])
                weights.append(max(peak[1], 0.0))
        design, target = np.array(orders, np.float64), np.array(lags)
        if len(orders) < 2 or np.linalg.matrix_rank(design) < 2:
            return base
        root = np.sqrt(np.array(weights))[:, None]
        base = np.linalg.lstsq(design * root, target * root, rcond=None)[0].T
    return base


def _peak_near(correlation: np.ndarray, lag: np.ndarray, radius: float) -> tuple[np.ndarray, float] | None:
    """The vertex of the paraboloid through the highest value near `lag` and its neighbours; None at the edge."""
    reach = max(2, ceil(radius))
    y, x = _index(correlation, lag)
    if not (reach < y < correlation.shape[0] - reach - 1 and reach < x < correlation.shape[1] - reach - 1):
        return None
    part = correlation[y - reach : y + reach + 1, x - reach : x + reach + 1]
    row, column = np.unravel_index(int(part.argmax()), part.shape)
    if row in (0, 2 * reach) or column in (0, 2 * reach):
        return None
    height = float(part[row, column])
    shift_y = _vertex(part[row - 1 : row + 2, column])
    shift_x = _vertex(part[row, column - 1 : column + 2])
    at = np.array([column + shift_x + x - reach, row + shift_y + y - reach], np.float64)
    return at - np.array([correlation.shape[1] // 2, correlation.shape[0] // 2]), height


def _vertex(values: np.ndarray) -> float:
    before, at, after = (float(v) for v in values)
    curve = before - 2 * at + after
    return 0.5 * (before - after) / curve if curve < 0 else 0.0


def _reduced(base: np.ndarray) -> np.ndarray:
    """The same lattice by its two shortest vectors (C. F. Gauss, "Disquisitiones arithmeticae", 1801)."""
    short, long = sorted(base.T, key=lambda v: float(v @ v))
    for _ in range(32):
        long = long - round(float(short @ long) / max(float(short @ short), 1e-12)) * short
        if long @ long >= short @ short:
            break
        short, long = long, short
    return np.stack([short, long], axis=1)


def _upright(base: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """The base vectors nearest to the x axis, pointing right, and to the y axis, pointing down."""
    one, other = _reduced(base).T
    if abs(one[1] * hypot(*other)) > abs(other[1] * hypot(*one)):
        one, other = other, one
    first, second = (one if one[0] >= 0 else -one), (other if other[1] >= 0 else -other)
    return (float(first[0]), float(first[1])), (float(second[0]), float(second[1]))


def scaled(lattice: Lattice, factor: float) -> Lattice:
    """The lattice of the image made `factor` times larger."""
    (ax, ay), (bx, by) = lattice.first, lattice.second
    return replace(lattice, first=(ax * factor, ay * factor), second=(bx * factor, by * factor))

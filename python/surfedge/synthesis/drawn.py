"""Defects of stated size and contrast drawn on any image: scratch, dent, stain, hole, pit.

Nothing is known of the surface: a defect changes the brightness by a fraction of what it is around. That is enough to
ask how strong a defect must be before a detector finds it on one's own good images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.synthesis.image_arrays import check_image, like
from surfedge.synthesis.noise_fields import blurred, smooth_noise
from surfedge.synthesis.outlines import Window, blob, ramp, stroke
from surfedge.synthesis.ranges import require

Field = NDArray[np.float32]
Change = tuple[Window, Field]  # where, and what is added as a fraction of the brightness around

LIGHT_PX = 8.0  # std of the Gaussian that is taken for the brightness around
DARKEST = 0.06  # of white: a dark place changes as if it had so much
SEEN = 0.3  # of the largest change; less is not called defective
HOLE = 0.93  # of the light is lost in it
LEAST_GRAIN = 0.01


@dataclass(frozen=True, eq=False)
class Drawn:
    """image : shape and dtype of the one given. mask : bool (H, W), where it differs plainly. kind, size_px, contrast :
    as asked for. centre_px : (x, y)."""

    image: NDArray[Any]
    mask: NDArray[np.bool_]
    kind: str
    size_px: float
    contrast: float
    centre_px: tuple[float, float]


def draw_defect(
    image: NDArray[Any],
    kind: str,
    rng: np.random.Generator,
    *,
    size_px: float,
    contrast: float,
    centre_px: tuple[float, float] | None = None,
) -> Drawn:
    """`image` with one defect. Equal arguments and an equal state of `rng` give equal bytes.

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8, or float32 in [0, 1]; it is not changed.
    kind : one of `DRAWN`.
    size_px : length of a scratch, diameter of the others, 2 to 4,000.
    contrast : largest change of brightness as a fraction of the brightness around, 0.01 to 3; a hole is nearly black
        whatever it says.
    centre_px : (x, y); None draws it from the whole image.

    Raises
    ------
    ArgumentError : another kind, a wrong image or number.

    >>> drawn = draw_defect(np.full((64, 64), 120, np.uint8), "pit", np.random.default_rng(0), size_px=9, contrast=0.5)
    >>> drawn.image.dtype.name, 20 < int(drawn.mask.sum()) < 120, int(drawn.image.min())
    ('uint8', True, 60)
    """
    check_image("image", image)
    require(2, 4000, size_px=size_px)
    require(0.01, 3, contrast=contrast)
    if kind not in DRAWN:
        raise ArgumentError("kind", found=repr(kind), expected=", ".join(DRAWN))
    h, w = image.shape[:2]
    x, y = (float(rng.uniform(0, n - 1)) for n in (w, h)) if centre_px is None else centre_px
    window, change = DRAWN[kind](rng, (x, y), size_px, contrast, (h, w))
    rows, columns = _span(window.top, window.shape[0], h), _span(window.left, window.shape[1], w)
    inner = change[
        rows.start - window.top : rows.stop - window.top, columns.start - window.left : columns.stop - window.left
    ]
    made, mask = image.copy(), np.zeros((h, w), bool)
    if inner.size:
        made[rows, columns] = _changed(image, rows, columns, inner)
        mask[rows, columns] = np.abs(inner) > SEEN * max(float(np.abs(inner).max()), 1e-9)
    return Drawn(made, mask, kind, size_px, contrast, (x, y))


def _changed(image: NDArray[Any], rows: slice, columns: slice, change: Field) -> NDArray[Any]:
    """That window of the image with its change."""
    reach = int(4 * LIGHT_PX)
    wide = (
        slice(max(0, rows.start - reach), rows.stop + reach),
        slice(max(0, columns.start - reach), columns.stop + reach),
    )
    levels = image[wide].astype(np.float32) * np.float32(255 if image.dtype == np.float32 else 1)
    around = np.maximum(blurred(levels, LIGHT_PX), np.float32(255 * DARKEST))
    at = (
        slice(rows.start - wide[0].start, rows.stop - wide[0].start),
        slice(columns.start - wide[1].start, columns.stop - wide[1].start),
    )
    changed = levels[at] + around[at] * (change if image.ndim == 2 else change[..., None])
    return like(np.clip(changed, 0, 255), image)


def grain_of(image: NDArray[Any], block_px: int = 16) -> float:
    """Contrast of the surface itself: the median over blocks of the std in a block over the mean there, 0.01 or more.

    >>> grain_of(np.full((64, 64), 120, np.uint8))
    0.01
    """
    grey = image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    levels = grey.astype(np.float32) * np.float32(1 if grey.dtype == np.uint8 else 255)
    size = max(1, grey.shape[1] // block_px), max(1, grey.shape[0] // block_px)
    mean = cv2.resize(levels, size, interpolation=cv2.INTER_AREA)
    square = cv2.resize(levels * levels, size, interpolation=cv2.INTER_AREA)
    std = np.sqrt(np.maximum(square - mean * mean, 0))
    return max(LEAST_GRAIN, float(np.median(std / np.maximum(mean, np.float32(255 * DARKEST)))))


def _span(first: int, count: int, length: int) -> slice:
    start = min(max(first, 0), length)
    return slice(start, max(start, min(first + count, length)))


def _bell(x: Field) -> Field:
    """exp(-x^2), 0 where that would be subnormal."""
    squares = x * x
    return np.where(squares < 60, np.exp(-np.minimum(squares, np.float32(60))), np.float32(0))


def _scratch(
    rng: np.random.Generator, centre: tuple[float, float], size_px: float, contrast: float, shape: tuple[int, int]
) -> Change:
    """A thin line, bright or dark, bent a little, its strength wavering along it."""
    half_px = float(rng.uniform(0.6, 1.4))
    made = stroke(rng, centre, size_px, rng.uniform(0, 180), rng.uniform(-0.06, 0.06), 0.3, 6.0, shape)
    profile = _bell(made.across / np.float32(half_px))
    ends = ramp(np.minimum(made.along, 1 - made.along), 0.0, 0.08)
    waver = np.float32(0.8) + np.float32(0.2) * np.clip(smooth_noise(rng, made.window.shape, 4.0), -1, 1)
    sign = 1 if rng.random() < 0.5 else -1
    return made.window, np.asarray(np.float32(sign * contrast) * profile * ends * waver, np.float32)


def _blob(
    rng: np.random.Generator, centre: tuple[float, float], size_px: float, ragged: float, long: float = 1.6
) -> tuple[Window, Field]:
    radius = 0.5 * size_px
    window = Window.around(centre, 2 * radius + 4, 2 * radius + 4)
    inside = blob(
        rng, window, radius, elongation=rng.uniform(1, long), turn_deg=float(rng.uniform(0, 180)), ragged=ragged
    )
    return window, inside


def _dent(
    rng: np.random.Generator, centre: tuple[float, float], size_px: float, contrast: float, shape: tuple[int, int]
) -> Change:
    """A hollow: one side in the light, the other in shade."""
    window = Window.around(centre, 1.2 * size_px + 3, 1.2 * size_px + 3)
    sigma, turn = np.float32(size_px / 3), rng.uniform(0, 2 * np.pi)
    along = (window.x * np.float32(np.cos(turn)) + window.y * np.float32(np.sin(turn))) / sigma
    slope = along * np.exp(np.float32(0.5) * (1 - (window.x**2 + window.y**2) / sigma**2))
    return window, np.asarray(np.float32(contrast) * slope, np.float32)


def _stain(
    rng: np.random.Generator, centre: tuple[float, float], size_px: float, contrast: float, shape: tuple[int, int]
) -> Change:
    """A flat ragged spot with a soft edge, mostly darker."""
    window, inside = _blob(rng, centre, size_px, 0.3, 2.0)
    sign = -1 if rng.random() < 0.7 else 1
    return window, np.asarray(np.float32(sign * contrast) * ramp(inside, -0.08, 0.2), np.float32)


def _hole(
    rng: np.random.Generator, centre: tuple[float, float], size_px: float, contrast: float, shape: tuple[int, int]
) -> Change:
    """Nearly no light from inside, a sharp edge."""
    window, inside = _blob(rng, centre, size_px, 0.06, 1.3)
    edge = min(0.5, 1.5 / size_px)
    return window, np.asarray(np.float32(-HOLE) * ramp(inside, -edge, edge), np.float32)


def _pit(
    rng: np.random.Generator, centre: tuple[float, float], size_px: float, contrast: float, shape: tuple[int, int]
) -> Change:
    """A small dark hollow with a rim that shines at one side."""
    window, inside = _blob(rng, centre, size_px, 0.15, 1.5)
    turn = rng.uniform(0, 2 * np.pi)
    side = window.x * np.float32(np.cos(turn)) + window.y * np.float32(np.sin(turn))
    rim = _bell((inside + np.float32(0.1)) / np.float32(0.2)) * np.clip(2 * side / size_px, 0, 1)
    return window, np.asarray(np.float32(contrast) * (np.float32(0.5) * rim - ramp(inside, 0.0, 0.35)), np.float32)


DRAWN: dict[str, Callable[[np.random.Generator, tuple[float, float], float, float, tuple[int, int]], Change]] = {
    "scratch": _scratch,
    "dent": _dent,
    "stain": _stain,
    "hole": _hole,
    "pit": _pit,
}

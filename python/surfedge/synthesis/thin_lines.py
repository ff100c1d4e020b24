"""Jagged, branching paths thinner than a few pixels, and how much of each pixel they cover: cracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.outlines import Window

Field = NDArray[np.float32]


MOST_STEPS = 4000  # of one path, however long


@dataclass(frozen=True)
class Path:
    """A way through the scene: `points`, (n, 2), x and y in pixels, and its `half_widths`, (n,), there."""

    points: NDArray[np.float64]
    half_widths: NDArray[np.float64]


def branching(
    rng: np.random.Generator,
    start_px: tuple[float, float],
    heading_deg: float,
    length_px: float,
    half_width_px: float,
    *,
    branches: float = 2.0,
    jagged: float = 1.0,
) -> list[Path]:
    """A path of `length_px` from its start, growing thinner, and the paths that leave it.

    heading_deg : 0 = to the right, anticlockwise; the way wanders about it.
    branches : mean number that leave the path; each of them has fewer, shorter and thinner ones.
    jagged : how far each step strays, 0 is a straight line.
    """
    step = max(float(np.clip(length_px / 45, 1.8, 7.0)), length_px / MOST_STEPS)
    count = max(3, round(length_px / step))
    # It strays at each step, comes back to its heading slowly, and now and then takes a sharp corner.
    stray = rng.normal(0, np.deg2rad(30) * jagged, count)
    corners = rng.normal(0, np.deg2rad(38) * jagged, count) * (rng.random(count) < 0.16)
    drift = np.zeros(count)
    for k in range(1, count):
        drift[k] = 0.72 * drift[k - 1] + 0.3 * stray[k] + corners[k]
    heading = np.deg2rad(heading_deg) + drift + stray
    steps = step * rng.uniform(0.6, 1.4, count)
    points = np.zeros((count + 1, 2))
    points[1:, 0], points[1:, 1] = np.cumsum(steps * np.cos(heading)), -np.cumsum(steps * np.sin(heading))
    points += np.asarray(start_px)
    along = np.linspace(0, 1, count + 1)
    widths = half_width_px * np.sqrt(1 - 0.94 * along) * np.clip(rng.normal(1, 0.28, count + 1), 0.4, 1.8)
    paths = [Path(points, widths)]
    for _ in range(int(rng.poisson(branches)) if length_px > 4 * step else 0):
        k = int(rng.integers(count // 8, max(count // 8 + 1, int(0.8 * count))))
        side = 1 if rng.random() < 0.5 else -1
        away = np.rad2deg(heading[min(k, count - 1)]) + side * rng.uniform(25, 70)
        shorter = rng.uniform(0.15, 0.42) * length_px * (1 - 0.5 * along[k])
        paths += branching(
            rng, (points[k, 0], points[k, 1]), away, shorter, 0.8 * widths[k], branches=0.35 * branches, jagged=jagged
        )
    return paths


def window_around(paths: Sequence[Path], margin_px: float, limits: tuple[int, int]) -> Window:
    """The window that holds the paths, cut to the scene of `limits` (H, W); never empty."""
    points = np.concatenate([path.points for path in paths])
    (left, top), (right, bottom) = points.min(axis=0) - margin_px, points.max(axis=0) + margin_px
    x0, y0 = (int(np.clip(np.floor(low), 0, n - 1)) for low, n in zip((left, top), limits[::-1], strict=True))
    x1, y1 = (int(np.clip(np.ceil(high), 1, n)) for high, n in zip((right, bottom), limits[::-1], strict=True))
    x = np.arange(x0, max(x1, x0 + 1), dtype=np.float32)[None]
    y = np.arange(y0, max(y1, y0 + 1), dtype=np.float32)[:, None]
    return Window(x0, y0, x, y)


def cover(window: Window, paths: Sequence[Path]) -> Field:
    """Share of each pixel that the paths cover, 0 to 1; (h, w). `window` as `window_around` gives it.

    >>> line = Path(np.array([[2.0, 1.0], [7.0, 1.0]]), np.array([0.5, 0.5]))
    >>> cover(window_around([line], 2, (3, 10)), [line])[:, 3].tolist()
    [0.0, 1.0, 0.0]
    """
    covered = np.zeros(window.shape, np.float32)
    xs, ys = window.x[0], window.y[:, 0]
    for path in paths:
        for k in range(len(path.points) - 1):
            a, b = path.points[k], path.points[k + 1]
            half = 0.5 * float(path.half_widths[k] + path.half_widths[k + 1])
            reach = half + 1.0
            columns = slice(*np.searchsorted(xs, (min(a[0], b[0]) - reach, max(a[0], b[0]) + reach)))
            rows = slice(*np.searchsorted(ys, (min(a[1], b[1]) - reach, max(a[1], b[1]) + reach)))
            distance = _distance(xs[None, columns], ys[rows, None], a, b)
            part = np.clip(np.float32(half + 0.5) - distance, 0, 1) * np.float32(min(1.0, 2 * half))
            np.maximum(covered[rows, columns], part, out=covered[rows, columns])
    return covered


def _distance(x: Field, y: Field, a: NDArray[np.float64], b: NDArray[np.float64]) -> Field:
    """Distance of the pixels to the segment from a to b."""
    along = b - a
    square = float(along @ along)
    t = ((x - np.float32(a[0])) * np.float32(along[0]) + (y - np.float32(a[1])) * np.float32(along[1])) / (
        np.float32(max(square, 1e-9))
    )
    t = np.clip(t, 0, 1)
    dx, dy = x - np.float32(a[0]) - t * np.float32(along[0]), y - np.float32(a[1]) - t * np.float32(along[1])
    return np.asarray(np.sqrt(dx * dx + dy * dy), np.float32)

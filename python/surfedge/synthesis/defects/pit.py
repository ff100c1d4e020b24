"""Pits: a cluster of small, steep craters with dark floors, from scale rolled in or from corrosion."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.noise_fields import smooth_noise
from surfedge.synthesis.outlines import Window
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Field, Mark, Site


def pit(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    count: int | None = None,
    pit_mm: float | None = None,
) -> list[Mark]:
    """A cluster of pits of diameter `size_mm`, default 4 to 15 % of the shorter side, at least 8 pixels.

    count : number of pits, default 3 to 30.   pit_mm : mean diameter of one, default 2.5 to 6 pixels.
    """
    require(1, 10_000, count=count)
    require(1e-6, 1e3, pit_mm=pit_mm)
    px = site.pixel_size_mm
    size = max(8.0, rng.uniform(0.04, 0.15) * min(site.shape)) * px if size_mm is None else size_mm
    drawn_count, drawn_pit = int(rng.integers(3, 31)), rng.uniform(2.5, 6.0) * px
    number = drawn_count if count is None else int(count)
    mean_px = max(0.6, 0.5 * (drawn_pit if pit_mm is None else pit_mm) / px)
    half = 0.5 * size / px
    window = Window.around(site.centre_px, half * 1.8 + 6 * mean_px, half * 1.8 + 6 * mean_px)
    depth = np.zeros(window.shape, np.float32)
    wobble = smooth_noise(rng, window.shape, (1.4 * max(1.0, mean_px), 0.8 * max(1.0, mean_px)))
    for index in range(max(1, number)):
        far = 0.0 if index == 0 else half * min(1.4, abs(rng.normal(0, 0.55)))
        angle = rng.uniform(0, 2 * np.pi)
        radius = mean_px * float(np.clip(rng.lognormal(0, 0.4), 0.4, 2.6))
        longer = rng.uniform(1.0, 1.8)
        at = far * np.cos(angle), far * np.sin(angle)
        _dig(depth, window, wobble, at, radius, longer, rng.uniform(0.5, 1.0))
    fall = min(1.2, severity)
    mark = Mark(
        window.top,
        window.left,
        depth > 0.12,
        height_mm=np.float32(-2.4 * site.relief * severity * mean_px * px) * depth,
        tint=np.clip(1 - np.float32(0.8 * fall) * depth, 0.05, 1).astype(np.float32),
        gloss=np.clip(1 - np.float32(0.9 * fall) * depth, 0.02, 1).astype(np.float32),
        size_mm=size,
    )
    return [mark]


def _dig(
    depth: Field, window: Window, wobble: Field, at: tuple[float, float], radius: float, longer: float, strength: float
) -> None:
    """One crater, the deeper of old and new; only the pixels near it are touched."""
    reach = 2.2 * radius * longer + 2
    xs, ys = window.x[0] - np.float32(at[0]), window.y[:, 0] - np.float32(at[1])
    columns = slice(int(np.searchsorted(xs, -reach)), int(np.searchsorted(xs, reach)))
    rows = slice(int(np.searchsorted(ys, -reach)), int(np.searchsorted(ys, reach)))
    x, y = xs[None, columns] / np.float32(radius), ys[rows, None] / np.float32(radius * longer)
    distance = np.sqrt(x * x + y * y) + np.float32(0.22) * wobble[rows, columns]
    t = np.clip((np.float32(1.35) - distance) / np.float32(0.95), 0, 1)
    np.maximum(depth[rows, columns], np.float32(strength) * t * t * (3 - 2 * t), out=depth[rows, columns])

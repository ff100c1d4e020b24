"""Stain: oil, water, rust or ink on the surface; the relief stays, the reflectance changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.noise_fields import fractal_noise, smooth_noise
from surfedge.synthesis.outlines import Window, blob, ramp
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Mark, Site

# What the liquid leaves of the albedo in red, green, blue at full strength.
_INKS = ((0.75, 0.12, 0.12), (0.25, 0.22, 0.25), (0.25, 0.32, 0.75), (0.45, 0.40, 0.32))


def stain(
    site: Site, rng: np.random.Generator, size_mm: float | None, severity: float, *, lightness: float | None = None
) -> list[Mark]:
    """A stain of mean diameter `size_mm`, default 6 to 22 % of the shorter side, at least 8 pixels.

    lightness : albedo in its middle relative to the clean surface; below 1 dark, above 1 pale; default drawn.
    """
    require(0, 3, lightness=lightness)
    px = site.pixel_size_mm
    size = max(8.0, rng.uniform(0.06, 0.22) * min(site.shape)) * px if size_mm is None else size_mm
    radius = max(1.5, 0.5 * size / px)
    window = Window.around(site.centre_px, 2.4 * radius + 3, 2.4 * radius + 3)
    outline = blob(
        rng, window, radius, elongation=rng.uniform(1.0, 2.5), turn_deg=rng.normal(site.travel_deg, 40), ragged=0.34
    )
    soft = rng.uniform(0.08, 0.6)
    cover = ramp(outline, -0.5 * soft, max(0.9 / radius, soft))
    patches = fractal_noise(rng, window.shape, 0.5 * radius, 3)
    cover = cover * np.clip(1 + np.float32(0.3) * patches, 0.15, 1.4)
    # Drying liquid carries its load to the edge.
    ring = np.exp(-(((outline - np.float32(0.06)) / np.float32(max(0.07, 1.2 / radius))) ** 2))
    cover += np.float32(rng.uniform(0.0, 0.35)) * ring
    cover *= 1 + np.float32(0.12) * smooth_noise(rng, window.shape, 0.8)
    cover = cover + _splashes(rng, window, radius)
    cover = np.clip(cover, 0, 1.4)
    tint = _tint(site, rng, cover, severity, lightness)
    duller = np.float32(rng.uniform(-0.75, 0.1) * min(1.2, severity))
    mark = Mark(
        window.top,
        window.left,
        cover > 0.05,
        tint=tint,
        gloss=np.clip(1 + duller * cover, 0.05, 3).astype(np.float32),
        size_mm=size,
    )
    return [mark]


def _splashes(rng: np.random.Generator, window: Window, radius: float) -> NDArray[np.float32]:
    """A few drops round the main body."""
    drops = np.zeros(window.shape, np.float32)
    for _ in range(int(rng.integers(0, 7))):
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(1.1, 1.9) * radius
        size = max(0.6, radius * rng.uniform(0.03, 0.12))
        x, y = window.x - np.float32(far * np.cos(angle)), window.y - np.float32(far * np.sin(angle))
        drop = np.sqrt(x * x + y * y)
        drops += np.float32(rng.uniform(0.3, 0.9)) * np.clip(np.float32(size + 0.5) - drop, 0, 1)
    return drops


def _tint(
    site: Site, rng: np.random.Generator, cover: NDArray[np.float32], severity: float, lightness: float | None
) -> NDArray[np.float32]:
    drawn = 1 - rng.uniform(0.35, 0.65) if rng.random() < 0.8 else 1 + rng.uniform(0.4, 0.7)
    ink = np.asarray(_INKS[int(rng.integers(len(_INKS)))], np.float32)
    if lightness is not None:
        drawn = lightness
    strength = cover * np.float32(min(1.3, severity))
    if site.material == "leather" and lightness is None:
        return np.asarray(np.clip(1 - strength[..., None] * (1 - ink), 0.05, 3), np.float32)
    return np.asarray(np.clip(1 + strength * np.float32(drawn - 1), 0.05, 3), np.float32)

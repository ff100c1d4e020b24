"""Hole: the material is gone; dark, or bright with a lamp below; torn, turned-up edge."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.noise_fields import smooth_noise
from surfedge.synthesis.outlines import Window, blob, ramp
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Mark, Site


def hole(
    site: Site, rng: np.random.Generator, size_mm: float | None, severity: float, *, backlight: float = 0.0
) -> list[Mark]:
    """A hole of mean diameter `size_mm`, default 1.5 to 6 % of the shorter side, at least 4 pixels.

    backlight : brightness through the hole, 0 is dark, 1 a lamp below.
    severity : how far its edge is turned up.
    """
    require(0, 1, backlight=backlight)
    px = site.pixel_size_mm
    size = max(4.0, rng.uniform(0.015, 0.06) * min(site.shape)) * px if size_mm is None else size_mm
    radius = max(0.7, 0.5 * size / px)
    window = Window.around(site.centre_px, 2.4 * radius + 4, 2.4 * radius + 4)
    depth = blob(rng, window, radius, elongation=rng.uniform(1.0, 2.4), turn_deg=rng.uniform(0, 180), ragged=0.27)
    edge = 0.7 / radius
    gone = ramp(depth, -edge, edge)
    torn = np.clip(1 + np.float32(0.9) * smooth_noise(rng, window.shape, max(1.0, 0.45 * radius)), 0, 2.5)
    rim_width = np.float32(max(0.16, 1.3 / radius))
    rim = np.exp(-(((depth + np.float32(0.7) * rim_width) / rim_width) ** 2)) * torn * (1 - gone)
    fall = min(1.0, severity)
    lift = np.float32(1.1 * site.relief * severity) * rim_width * np.float32(radius * px)
    leather = site.material == "leather"
    bared = np.float32((0.55 if leather else 0.35) * fall) * rim
    through = max(0.035, (0.85 if leather else 1.4) * backlight)
    mark = Mark(
        window.top,
        window.left,
        (depth > -1.4 * rim_width) & (depth > -1.2),
        height_mm=lift * rim,
        keep=1 - gone,
        tint=1 + bared,
        paint=gone,
        paint_albedo=through,
        gloss=(1 - gone) * (1 + bared),
        size_mm=size,
    )
    return [mark]

"""Dent: the sheet is pressed in, smooth or with a sharp crease where it was hit."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.outlines import Window, blob, ramp
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Mark, Site


def dent(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    depth_mm: float | None = None,
    sharpness: float | None = None,
) -> list[Mark]:
    """A dent of diameter `size_mm`, default 4 to 14 % of the shorter side, at least 8 pixels.

    depth_mm : default from the severity.
    sharpness : 0, a soft hollow, to 1, a steep wall round a level floor.
    """
    require(-1e3, 1e3, depth_mm=depth_mm)
    require(0, 1, sharpness=sharpness)
    px = site.pixel_size_mm
    size = max(8.0, rng.uniform(0.04, 0.14) * min(site.shape)) * px if size_mm is None else size_mm
    radius = max(1.5, 0.5 * size / px)
    drawn = rng.uniform(0.1, 0.8)
    sharp = drawn if sharpness is None else sharpness
    window = Window.around(site.centre_px, 2.2 * radius + 3, 2.2 * radius + 3)
    outline = blob(rng, window, radius, elongation=rng.uniform(1.0, 2.2), turn_deg=rng.uniform(0, 180), ragged=0.09)
    wall = 1.0 - 0.6 * sharp
    pressed = ramp(outline, -0.15, wall)
    swell = np.exp(-(((outline + np.float32(0.3)) / np.float32(0.22)) ** 2))
    # Steepest slope of the ramp is 1.5 / width; the depth that gives the wanted slope on the wall.
    depth = 1.9 * site.relief * severity * (wall + 0.15) / 1.5 * radius * px if depth_mm is None else depth_mm
    mark = Mark(
        window.top,
        window.left,
        outline > -0.45,
        height_mm=np.float32(depth) * (np.float32(0.14) * swell - pressed),
        tint=1 - np.float32(0.06 * min(1.0, severity)) * pressed,
        gloss=1 + np.float32(0.25 * sharp * severity) * ramp(outline, -0.1, 0.3),
        size_mm=size,
    )
    return [mark]

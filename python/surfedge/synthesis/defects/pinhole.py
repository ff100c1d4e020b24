"""Pinholes: pores of one to three pixels, dark, alone or a few together."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.outlines import Window
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Mark, Site


def pinhole(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    count: int | None = None,
    spread_mm: float | None = None,
    darkness: float | None = None,
) -> list[Mark]:
    """Pinholes of diameter `size_mm`, default 1 to 3 pixels.

    count : number, default mostly 1, up to 6.   spread_mm : how far apart they lie, default 10 % of the shorter side.
    darkness : share of the light that is lost inside, 0 to 1, default from the severity.
    """
    require(1, 10_000, count=count)
    require(0, 1e6, spread_mm=spread_mm)
    require(0, 1, darkness=darkness)
    px = site.pixel_size_mm
    size = rng.uniform(1.0, 3.0) * px if size_mm is None else size_mm
    drawn_count = int(rng.choice([1, 1, 1, 2, 3, 4, 6]))
    number = drawn_count if count is None else int(count)
    spread = 0.1 * min(site.shape) if spread_mm is None else spread_mm / px
    lost = min(0.97, 0.5 + 0.5 * severity) if darkness is None else darkness
    marks = []
    for which in range(number):
        angle, far = rng.uniform(0, 2 * np.pi), 0.0 if which == 0 else spread * np.sqrt(rng.random())
        x, y = site.centre_px
        radius = max(0.5, 0.5 * size / px * (1.0 if which == 0 else rng.uniform(0.6, 1.1)))
        window = Window.around((x + far * np.cos(angle), y + far * np.sin(angle)), radius + 3, radius + 3)
        longer = rng.uniform(1.0, 1.35)
        distance = np.sqrt((window.x * np.float32(longer)) ** 2 + (window.y / np.float32(longer)) ** 2)
        inside = np.clip(np.float32(radius + 0.5) - distance, 0, 1)
        rim = np.exp(-((distance - np.float32(radius + 0.9)) ** 2))
        shine = np.float32(0.12 * min(1.0, severity)) * rim * (1 - inside)
        mark = Mark(
            window.top,
            window.left,
            inside > 0.3,
            keep=1 - inside,
            tint=(1 - np.float32(lost) * inside) * (1 + shine),
            gloss=(1 - np.float32(lost) * inside) * (1 + shine),
            size_mm=size,
        )
        marks.append(mark)
    return marks

"""Blister: gas under the skin lifts it to a smooth, round bump; one side is lit, the other lies in shade."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.noise_fields import smooth_noise
from surfedge.synthesis.outlines import Window, blob
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Mark, Site


def blister(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    height_mm: float | None = None,
    count: int | None = None,
) -> list[Mark]:
    """Blisters of diameter `size_mm`, default 5 to 15 % of the shorter side, at least 7 pixels.

    height_mm : of the largest, default from the severity.
    count : number, in a row along the travel, default mostly 1, up to 4.
    """
    require(1e-6, 1e3, height_mm=height_mm)
    require(1, 1000, count=count)
    px = site.pixel_size_mm
    size = max(7.0, rng.uniform(0.05, 0.15) * min(site.shape)) * px if size_mm is None else size_mm
    drawn_count = int(rng.choice([1, 1, 1, 2, 3, 4]))
    number = drawn_count if count is None else int(count)
    x, y = site.centre_px
    marks = []
    for which in range(number):
        share = 1.0 if which == 0 else rng.uniform(0.4, 0.9)
        marks.append(_bump(site, rng, (x, y), size * share, severity, height_mm, share))
        far = (0.5 * size * (1 + share) + rng.uniform(0.1, 1.2) * size) / px
        x, y = site.centre_px[0] + rng.normal(0, 0.35 * size / px), y + far * (1 if number > 1 else 0)
    return marks


def _bump(
    site: Site,
    rng: np.random.Generator,
    centre_px: tuple[float, float],
    size_mm: float,
    severity: float,
    height_mm: float | None,
    share: float,
) -> Mark:
    """One dome: level at its top, smooth at its foot, longer along the travel."""
    px = site.pixel_size_mm
    radius = max(1.5, 0.5 * size_mm / px)
    window = Window.around(centre_px, 2.0 * radius + 3, 2.0 * radius + 3)
    depth = blob(
        rng, window, radius, elongation=rng.uniform(1.0, 1.9), turn_deg=site.travel_deg + rng.normal(0, 12), ragged=0.07
    )
    far = np.clip(1 - depth, 0, 1)
    lumps = smooth_noise(rng, window.shape, max(1.5, 0.45 * radius))
    dome = (1 - far * far) ** 2 * np.clip(1 + np.float32(0.1) * lumps, 0.6, 1.4)
    # (1 - r^2)^2 is steepest at r = 1 / sqrt(3): 1.54 height / radius.
    height = 1.2 * site.relief * severity * radius * px / 1.54 if height_mm is None else share * height_mm
    stretched = 1 + np.float32(0.12 * min(1.0, severity)) * dome
    return Mark(
        window.top, window.left, depth > 0.1, height_mm=np.float32(height) * dome, gloss=stretched, size_mm=size_mm
    )

"""Edge crack: the strip's edge tears open and the tear runs into the material, across the travel."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.defects.crack import opened
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Mark, Site
from surfedge.synthesis.thin_lines import Path, branching


def edge_crack(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    width_mm: float | None = None,
    darkness: float | None = None,
    count: int | None = None,
) -> list[Mark]:
    """Tears of length `size_mm` from the nearer edge, default 5 to 22 % of the width.

    width_mm : of the mouth at the edge, default 8 to 24 % of the length, at least 2 pixels.
    darkness : share of the light that is lost inside, 0 to 1, default from the severity.
    count : number of tears along the edge, default mostly 1, up to 4.
    """
    require(1e-6, 1e3, width_mm=width_mm)
    require(0, 1, darkness=darkness)
    require(1, 1000, count=count)
    px = site.pixel_size_mm
    left, right = site.edges_px
    size = rng.uniform(0.05, 0.22) * site.shape[1] * px if size_mm is None else size_mm
    drawn_count = int(rng.choice([1, 1, 1, 2, 3, 4]))
    number = drawn_count if count is None else int(count)
    lost = min(0.95, 0.6 + 0.35 * severity) if darkness is None else darkness
    x, y = site.centre_px
    row = int(np.clip(round(y), 0, site.shape[0] - 1))
    from_left = x - left[row] < right[row] - x
    marks = []
    for tear in range(number):
        length = max(3.0, size / px * (1.0 if tear == 0 else rng.uniform(0.25, 0.8)))
        at = y if tear == 0 else y + rng.normal(0, 0.8 * size / px) + 4 * tear * (-1) ** tear
        row = int(np.clip(round(at), 0, site.shape[0] - 1))
        heading = (0.0 if from_left else 180.0) + rng.normal(0, 14)
        edge = float(left[row] if from_left else right[row] - 1)
        drawn_mouth = max(2.0, rng.uniform(0.08, 0.24) * length)
        mouth = drawn_mouth if width_mm is None else max(0.6, width_mm / px)
        paths = branching(rng, (edge, at), heading, length, 0.5 * min(3.0, mouth), branches=0.8, jagged=0.6)
        marks.append(opened(site, [_mouth(paths[0], mouth), *paths], severity, lost, size))
    return marks


def _mouth(path: Path, mouth_px: float) -> Path:
    """The outer half of the tear, as wide as the mouth at the edge and narrowing to a point."""
    part = max(3, len(path.points) // 2)
    points = path.points[:part].copy()
    points[0] -= points[1] - points[0]  # from beyond the edge
    return Path(points, np.linspace(0.5 * mouth_px, 0.3, part))

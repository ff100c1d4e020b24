"""Crack: the material has parted along a thin, jagged, branching line; dark, with edges that stand up a little."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.material_edges import within
from surfedge.synthesis.noise_fields import blurred
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Mark, Site
from surfedge.synthesis.thin_lines import Path, branching, cover, window_around


def crack(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    width_mm: float | None = None,
    darkness: float | None = None,
    turn_deg: float | None = None,
    branches: float | None = None,
) -> list[Mark]:
    """A crack of length `size_mm`, default 15 to 60 % of the shorter side.

    width_mm : where it is widest, default 1 to 3 pixels.
    darkness : share of the light that is lost inside, 0 to 1, default from the severity.
    turn_deg : direction from the x axis, anticlockwise; default mostly across the travel.
    branches : mean number that leave it, default 0 to 4.
    """
    require(1e-6, 1e3, width_mm=width_mm)
    require(0, 1, darkness=darkness)
    require(-720, 720, turn_deg=turn_deg)
    require(0, 50, branches=branches)
    px = site.pixel_size_mm
    length = rng.uniform(0.15, 0.6) * min(site.shape) * px if size_mm is None else size_mm
    drawn_width = rng.uniform(1.0, 3.0) * px
    drawn_turn = site.travel_deg + 90 + rng.normal(0, 35)
    drawn_branches = rng.uniform(0, 4)
    turn = drawn_turn if turn_deg is None else turn_deg
    many = drawn_branches if branches is None else branches
    half = max(0.3, 0.5 * (drawn_width if width_mm is None else width_mm) / px)
    share = rng.uniform(0.35, 0.65)
    paths: list[Path] = []
    for way, part in ((turn, share), (turn + 180, 1 - share)):  # it opened in the middle
        paths += branching(rng, site.centre_px, way, max(2.0, part * length / px), half, branches=many / 2)
    return [opened(site, paths, severity, darkness, length)]


def opened(site: Site, paths: list[Path], severity: float, darkness: float | None, size_mm: float) -> Mark:
    """The mark of cracks along the paths: little light comes out of them, their lips stand up."""
    window = window_around(paths, 5.0, site.shape)
    inside = cover(window, paths)
    if site.material_edges_px is not None:
        inside *= within(site.material_edges_px, site.shape[1])[window.rows, window.columns]
    lost = min(0.97, 0.35 + 0.6 * severity) if darkness is None else darkness
    widest = max(float(path.half_widths.max()) for path in paths)
    lips = blurred(inside, 1.2) * (1 - inside)
    depth = np.float32(1.5 * site.relief * severity * min(2.0, widest) * site.pixel_size_mm)
    return Mark(
        window.top,
        window.left,
        inside > 0.25,
        height_mm=depth * (np.float32(0.5) * lips - inside),
        tint=1 - np.float32(lost) * inside,
        gloss=1 - np.float32(lost) * inside,
        size_mm=size_mm,
    )

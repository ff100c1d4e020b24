"""Scratch: a groove with a burr, of changing width and depth, in one or more strands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.noise_fields import curve_noise, smooth_noise
from surfedge.synthesis.outlines import Stroke, stroke
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Field, Mark, Site


def scratch(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    width_mm: float | None = None,
    turn_deg: float | None = None,
    strands: int | None = None,
    bow: float | None = None,
) -> list[Mark]:
    """A scratch of length `size_mm`, default 13 to 78 % of the shorter side.

    width_mm : of one groove, default 1 to 3 pixels.   turn_deg : direction from the x axis, anticlockwise.
    strands : number of parallel grooves, default mostly 1.   bow : how far its middle stands off the line between its
    ends, in lengths, default -0.12 to 0.12; 0 for one that the line's own guides or rolls drew.
    """
    require(1e-6, 1e3, width_mm=width_mm)
    require(-720, 720, turn_deg=turn_deg)
    require(1, 50, strands=strands)
    require(-0.5, 0.5, bow=bow)
    px = site.pixel_size_mm
    length = 0.13 * 6.0 ** rng.uniform(0, 1) * min(site.shape) * px if size_mm is None else size_mm
    width = rng.uniform(1.2, 3.4) * px if width_mm is None else width_mm
    spread = 12.0 if rng.random() < 0.6 else 70.0
    drawn_turn = site.travel_deg + rng.normal(0, spread)
    turn = drawn_turn if turn_deg is None else turn_deg
    drawn_strands = int(rng.choice([1, 1, 1, 2, 3]))
    count = drawn_strands if strands is None else int(strands)
    groove_px = max(0.55, 0.5 * width / px)
    apart = 3.0 * groove_px + 2
    drawn_bow = rng.uniform(-0.12, 0.12)
    path = stroke(
        rng,
        site.centre_px,
        max(2.0, length / px),
        turn,
        drawn_bow if bow is None else bow,
        min(1.5, 0.008 * length / px),
        groove_px * 8 + apart * count,
        site.shape,
    )
    shape = path.window.shape
    height, bared, footprint = np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, bool)
    for strand in range(count):
        weight = severity * (1.0 if strand == 0 else rng.uniform(0.3, 0.8))
        offset = 0.0 if strand == 0 else rng.normal(0, apart)
        relief, groove, seen = _groove(path, rng, groove_px, offset)
        # Steep enough to be plain at severity 1: the slope of depth * exp(-d^2) reaches 0.86 depth / width.
        height += np.float32(3.0 * site.relief * weight * groove_px * px) * relief
        bared += np.float32(weight) * groove
        footprint |= seen
    paler, glossier = (1.0, 1.5) if site.material == "steel" else (1.1, 0.0)
    mark = Mark(
        path.window.top,
        path.window.left,
        footprint,
        height_mm=height,
        tint=1 + np.float32(paler) * bared,
        gloss=1 + np.float32(glossier) * bared,
        size_mm=length,
    )
    return [mark]


def _groove(
    path: Stroke, rng: np.random.Generator, groove_px: float, offset: float
) -> tuple[Field, Field, NDArray[np.bool_]]:
    """Relief of one groove and of the burr on its shores (one heavier), bared material, and where it lies."""
    samples = max(16, int(path.length_px))
    t = np.linspace(0, 1, samples, dtype=np.float32)
    start, stop = (0.0, 1.0) if offset == 0 else sorted(rng.uniform(0, 1, 2))
    ends = np.clip((t - start) / 0.12, 0, 1) * np.clip((stop - t) / rng.uniform(0.1, 0.5), 0, 1)
    chatter = 1 + np.float32(0.28) * curve_noise(rng, samples, max(2.0, 4 * groove_px))
    press = 1 + np.float32(0.35) * curve_noise(rng, samples, max(4.0, 0.12 * samples))
    depth = np.asarray(np.clip(np.sqrt(ends) * press * chatter, 0, 2), np.float32)
    widths = np.float32(groove_px) * np.clip(0.55 + 0.45 * depth, 0.5, 1.6)
    strength, width = path.profile(depth), path.profile(widths.astype(np.float32))
    inside = (path.along >= 0) & (path.along <= 1)
    strength = strength * inside
    d = (path.across - np.float32(offset)) / width
    groove = np.exp(-(d * d)) * strength
    lean = float(rng.uniform(0.2, 0.8))
    right, left = np.exp(-((d - 1.7) ** 2) * 1.6), np.exp(-((d + 1.7) ** 2) * 1.6)
    burr = np.float32(lean) * right + np.float32(1 - lean) * left
    ragged = np.clip(1 + np.float32(0.5) * smooth_noise(rng, path.window.shape, 1.5), 0, 2)
    relief = np.float32(0.55) * burr * strength * ragged - groove
    bared = np.clip(groove, 0, 1) * ragged
    return relief, bared, (np.abs(d) < 1.9) & (strength > 0.15)

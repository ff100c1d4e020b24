"""Lamination: a flat sliver of material lies along the travel, loose at one side, rolled in at the other."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.noise_fields import curve_noise, smooth_noise
from surfedge.synthesis.outlines import Stroke, ramp, stroke
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Field, Mark, Site


def lamination(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    width_mm: float | None = None,
    step_mm: float | None = None,
    darkness: float | None = None,
) -> list[Mark]:
    """A lens of length `size_mm`, default 15 to 55 % of the shorter side.

    width_mm : in its middle, default 7 to 18 % of its length, at least 4 pixels.
    step_mm : height of its loose side, default from the severity.
    darkness : share of the light that is lost in the seam under the loose side, 0 to 1, default from the severity.
    """
    require(1e-6, 1e4, width_mm=width_mm)
    require(0, 1e3, step_mm=step_mm)
    require(0, 1, darkness=darkness)
    px = site.pixel_size_mm
    length = rng.uniform(0.15, 0.55) * min(site.shape) * px if size_mm is None else size_mm
    drawn_width = max(4 * px, rng.uniform(0.07, 0.18) * length)
    half = max(1.2, 0.5 * (drawn_width if width_mm is None else width_mm) / px)
    path = stroke(
        rng,
        site.centre_px,
        max(4.0, length / px),
        site.travel_deg + rng.normal(0, 5),
        rng.uniform(-0.05, 0.05),
        0.12 * half,
        2.5 * half + 4,
        site.shape,
    )
    inside, loose, seam = _lens(path, rng, half)
    step = 1.1 * site.relief * severity * min(3.0, half) * px if step_mm is None else step_mm
    lost = min(0.9, 0.25 + 0.55 * severity) if darkness is None else darkness
    streaks = smooth_noise(rng, path.window.shape, (6.0, 0.8))
    duller = np.float32(rng.uniform(-0.22, 0.1) * min(1.2, severity))
    skin = duller * (np.float32(0.25) + np.float32(0.9) * np.clip(loose, 0, 1))
    skin += np.float32(0.06 * min(1.0, severity)) * streaks
    tint = np.clip((1 + inside * skin) * (1 - np.float32(lost) * seam), 0.03, 2).astype(np.float32)
    rise = np.float32(step) * ramp(loose, 0.05, 1.0) * inside
    mark = Mark(
        path.window.top,
        path.window.left,
        (inside > 0.5) | (seam > 0.4),
        height_mm=rise.astype(np.float32),
        tint=tint,
        gloss=tint,
        size_mm=length,
    )
    return [mark]


def _lens(path: Stroke, rng: np.random.Generator, half_px: float) -> tuple[Field, Field, Field]:
    """Inside its frayed outline, 0 to 1; from 1 at the loose side to 0 where it is rolled in; the seam, 0 to 1."""
    samples = max(16, int(path.length_px))
    t = np.linspace(-1, 1, samples)
    lens = np.sqrt(np.clip(1 - np.abs(t) ** rng.uniform(1.6, 3.0), 0, 1))
    frayed = 1 + 0.16 * curve_noise(rng, samples, max(2.0, 0.05 * samples))
    frayed += 0.08 * curve_noise(rng, samples, 1.5)
    widths = path.profile((half_px * lens * np.clip(frayed, 0.5, 1.6)).astype(np.float32))
    side = 1 if rng.random() < 0.5 else -1
    inside = np.clip(widths - np.abs(path.across) + np.float32(0.5), 0, 1)
    inside *= (path.along >= 0) & (path.along <= 1)
    loose = np.float32(0.5) + np.float32(0.5 * side) * path.across / np.maximum(widths, 0.5)
    beyond = (side * path.across - widths) / np.float32(0.9)
    ends = ramp(path.along, 0.0, 0.12) * ramp(1 - path.along, 0.0, 0.12)
    torn = np.clip(1 + 0.5 * curve_noise(rng, samples, max(3.0, 0.04 * samples)), 0, 1.3)
    seam = np.exp(-(beyond**2)) * ends * path.profile(torn.astype(np.float32))
    return inside, np.asarray(loose, np.float32), np.clip(seam, 0, 1)

"""Waviness: the sheet is not flat; low waves across the travel that swell and fade, without an outline."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.noise_fields import curve_noise, smooth_noise
from surfedge.synthesis.outlines import Window
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Mark, Site


def waviness(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    pitch_mm: float | None = None,
    height_mm: float | None = None,
    slope_limit: float | None = None,
) -> list[Mark]:
    """A wavy area of diameter `size_mm`, default 35 to 60 % of the shorter side, at least 16 pixels.

    pitch_mm : distance of the waves' crests, default 20 to 36 % of the size.
    height_mm : from the lowest trough to the highest crest, default from the severity.
    slope_limit : where the waves are steeper than this, mm per mm, is the truth; default 10 % of their steepest.
    """
    require(1e-6, 1e6, pitch_mm=pitch_mm)
    require(1e-9, 1e3, height_mm=height_mm)
    require(0, 10, slope_limit=slope_limit)
    px = site.pixel_size_mm
    size = max(16.0, rng.uniform(0.35, 0.6) * min(site.shape)) * px if size_mm is None else size_mm
    drawn_pitch = rng.uniform(0.2, 0.36) * size
    pitch = max(4 * px, drawn_pitch if pitch_mm is None else pitch_mm)
    radius = 0.5 * size / px
    window = Window.around(site.centre_px, 1.25 * radius + 3, 1.25 * radius + 3)
    # Crests are neither straight nor evenly apart.
    h, w = window.shape
    bent = np.float32(0.16 * pitch / px) * curve_noise(rng, w, max(4.0, 0.5 * radius))[None]
    uneven = np.float32(0.13 * pitch / px) * smooth_noise(rng, (h, w), max(4.0, 0.6 * radius))
    phase = (window.y + bent + uneven) * np.float32(2 * np.pi * px / pitch) + np.float32(rng.uniform(0, 2 * np.pi))
    far = np.sqrt(window.x**2 + window.y**2) / np.float32(radius)
    swell = np.clip(1 - far * far, 0, 1)
    # Some crests are high, others fade away on their way across.
    fading = smooth_noise(rng, (h, w), (max(2.0, 0.3 * pitch / px), max(4.0, 0.4 * radius)))
    waves = np.sin(phase) * swell * np.sqrt(swell) * np.clip(np.float32(0.75) + np.float32(0.3) * fading, 0.1, 1.4)
    # Slope of height / 2 * sin: at most pi * height / pitch.
    height = 0.8 * site.relief * severity * pitch / np.pi if height_mm is None else height_mm
    relief = (np.float32(height / max(float(np.ptp(waves)), 1e-3)) * waves).astype(np.float32)
    down, across = np.gradient(relief, px) if min(h, w) > 1 else (relief, relief)
    slope = np.hypot(down, across)
    limit = 0.1 * float(slope.max()) if slope_limit is None else slope_limit
    return [Mark(window.top, window.left, slope > limit, height_mm=relief, size_mm=size, by_footprint=True)]

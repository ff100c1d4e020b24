"""Roll mark: a flaw on a roll prints the same mark at each turn; the pitch is the roll's circumference."""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.noise_fields import fractal_noise
from surfedge.synthesis.outlines import Window, blob, ramp
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Field, Mark, Site


def roll_mark(
    site: Site,
    rng: np.random.Generator,
    size_mm: float | None,
    severity: float,
    *,
    pitch_mm: float | None = None,
    raised: float | None = None,
) -> list[Mark]:
    """Marks of diameter `size_mm`, one above the other; default 2.5 to 6 % of the shorter side.

    pitch_mm : their distance along the travel, default 20 to 32 % of the height.
    raised : 1, a bump (a dent in the roll), to -1, a hollow (a build-up on it); default drawn.
    """
    require(1e-6, 1e6, pitch_mm=pitch_mm)
    require(-1, 1, raised=raised)
    px = site.pixel_size_mm
    size = max(5.0, rng.uniform(0.025, 0.06) * min(site.shape)) * px if size_mm is None else size_mm
    drawn_pitch = rng.uniform(0.20, 0.32) * site.shape[0] * px
    drawn_raised = float(rng.choice([-1.0, 1.0]) * rng.uniform(0.7, 1.0))
    pitch = max(2.0, (drawn_pitch if pitch_mm is None else pitch_mm) / px)
    window, body, outline = _stamp(rng, size / px)
    bump = drawn_raised if raised is None else raised
    rise = np.float32(bump * 1.6 * site.relief * severity * max(0.45 * 0.5 * size, 1.4 * px))
    rubbed = np.float32((0.18 if bump > 0 else -0.3) * min(1.2, severity))
    x, y = site.centre_px
    first = int(np.floor(y / pitch))
    marks = []
    for turn in range(-first - 1, int((site.shape[0] - y) / pitch) + 2):
        # The same stamp each time, whole pixels apart: no resampling may change it.
        press = np.float32(np.clip(1 + 0.1 * rng.standard_normal(), 0.6, 1.3))
        left, top = round(x + rng.normal(0, 0.15)) + window.left, round(y + turn * pitch) + window.top
        tone = np.clip(1 + rubbed * press * body, 0.1, 2).astype(np.float32)
        mark = Mark(top, left, outline > -0.3, height_mm=rise * press * body, tint=tone, gloss=tone, size_mm=size)
        marks.append(mark)
    return marks


def _stamp(rng: np.random.Generator, size_px: float) -> tuple[Window, Field, Field]:
    """The mark about the origin: its window, its relief from 0 to about 1, its depth inside the outline."""
    radius = max(1.2, 0.5 * size_px)
    window = Window.around((0.0, 0.0), 2.6 * radius + 3, 2.6 * radius + 3)
    outline = blob(rng, window, radius, elongation=rng.uniform(1.0, 2.4), turn_deg=rng.uniform(0, 180), ragged=0.34)
    body = ramp(outline, -0.1, max(0.45, 1.4 / radius) - 0.1)
    lumps = fractal_noise(rng, window.shape, max(1.0, 0.4 * radius), 2)
    return window, body * np.clip(1 + np.float32(0.25) * lumps, 0.4, 1.6), outline

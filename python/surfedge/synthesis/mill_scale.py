"""The oxide skin of hot-rolled steel: mottled, streaked along the travel, specked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.noise_fields import fractal_noise, smooth_noise

Field = NDArray[np.float32]


def mill_scale(rng: np.random.Generator, shape: tuple[int, int], pixel_size_mm: float) -> tuple[Field, Field, Field]:
    """Albedo, gloss and fine relief (mm) of mill scale on a level plate, travel along y; float32, (H, W)."""
    px = pixel_size_mm
    clouds = fractal_noise(rng, shape, (22 / px, 12 / px), 4, 0.7)
    streaks = smooth_noise(rng, shape, (30 / px, 0.6 / px))
    grain = smooth_noise(rng, shape, (0.75, 0.55))
    albedo = np.float32(0.05) * clouds
    albedo += np.float32(0.035) * streaks
    albedo += np.float32(0.075) * grain
    blotch = fractal_noise(rng, shape, (4.0 / px, 2.2 / px), 3, 0.75)
    albedo += np.float32(0.05) * blotch
    # Where scale has flaked off, the brighter metal shows; where it is thick, it is dull and dark.
    albedo += np.float32(0.16) * np.clip(blotch - np.float32(1.7), 0, 0.6)
    albedo -= np.float32(0.22) * np.clip(-blotch - np.float32(1.8), 0, 0.6)
    np.clip(albedo, -0.6, 0.8, out=albedo)
    gloss = 1 + albedo * np.float32(1.5)
    gloss -= np.float32(0.18) * grain
    np.clip(gloss, 0.15, 3.0, out=gloss)
    albedo += 1
    albedo *= np.float32(0.42)
    relief = np.float32(0.022) * smooth_noise(rng, shape, 0.45 / px)
    relief += np.float32(0.012 * px) * smooth_noise(rng, shape, 0.8)
    relief += np.float32(0.05) * smooth_noise(rng, shape, 3.0 / px)
    return albedo, gloss, relief

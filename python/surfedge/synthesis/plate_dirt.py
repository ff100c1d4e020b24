"""Dirt on a plate: an oily film in patches, dust at the feet of the lugs, specks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.noise_fields import blurred, fractal_noise, smooth_noise

Field = NDArray[np.float32]


def soil(
    rng: np.random.Generator, inside: Field, albedo: Field, gloss: Field, pixel_size_mm: float, dirt: float
) -> None:
    """Darken and dull by `dirt`, 0 to 1, in place; `inside` is 0 between the lugs and 1 on their spines, (H, W)."""
    shape, px = inside.shape, pixel_size_mm
    film = np.clip(np.float32(0.3) + np.float32(0.5) * fractal_noise(rng, shape, 15.0 / px, 3), 0, 1)
    feet = np.clip(np.float32(2.5) * blurred(np.clip(inside, 0, 1), 2.0 / px), 0, 1)
    feet *= np.clip(1 - np.float32(8) * inside, 0, 1)  # swept off the lugs, left beside them
    feet *= np.clip(np.float32(0.6) + np.float32(0.4) * smooth_noise(rng, shape, 6.0 / px), 0, 1)
    specks = np.clip(smooth_noise(rng, shape, max(0.5 / px, 0.6)) - np.float32(3.1), 0, 0.5)
    cover = np.float32(dirt) * (np.float32(0.22) * film + np.float32(0.3) * feet + np.float32(0.9) * specks)
    albedo *= 1 - cover
    gloss *= 1 - np.minimum(np.float32(1.5) * cover, np.float32(0.95))

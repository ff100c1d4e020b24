"""Where the material ends within the image: its left and right edge, and the dark beyond them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.noise_fields import curve_noise, smooth_noise
from surfedge.synthesis.outlines import ramp

Field = NDArray[np.float32]
Edges = tuple[Field, Field]

DARK = 0.1  # brightness beyond the edges, as a share of the material's


def wandering_edges(
    rng: np.random.Generator, shape: tuple[int, int], margin_px: float, wander_px: float, rough_px: float = 0.12
) -> Edges:
    """x of the left and right edge in each row, (H,) each, `margin_px` from the image's on average."""
    h, w = shape
    middle = wander_px * curve_noise(rng, h, max(8.0, 0.6 * h))
    left, right = (np.float32(rough_px) * curve_noise(rng, h, 2.0) for _ in range(2))
    return (
        np.asarray(np.float32(margin_px) + middle + left, np.float32),
        np.asarray(np.float32(w - margin_px) + middle + right, np.float32),
    )


def within(edges: Edges, width: int) -> Field:
    """Share of each pixel that is material, 0 to 1; (H, W)."""
    x = (np.arange(width, dtype=np.float32) + np.float32(0.5))[None]
    left, right = (edge[:, None] for edge in edges)
    return np.clip(x - left + np.float32(0.5), 0, 1) * np.clip(right - x + np.float32(0.5), 0, 1)


def end_material(
    rng: np.random.Generator, inside: Field, height: Field, albedo: Field, gloss: Field, thickness_mm: float
) -> None:
    """Beyond the edges the ground lies `thickness_mm` lower and is dark; height, albedo and gloss change in place."""
    beyond = 1 - inside
    ground = 1 + np.float32(0.2) * smooth_noise(rng, inside.shape, 5.0)
    dark = np.float32(DARK) * np.clip(ground, 0.3, 2)
    height *= inside
    height -= np.float32(thickness_mm) * ramp(beyond, 0.0, 1.0)
    for share in (albedo, gloss):
        share *= inside + beyond * dark

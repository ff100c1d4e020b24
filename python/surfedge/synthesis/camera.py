"""From radiance to grey levels: lens blur, uneven light, sensor noise, rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.noise_fields import blurred, curve_noise, smooth_noise, white

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """A line-scan or area camera.

    Attributes
    ----------
    line_scan : rows are taken in turn; light falls off across only, each column has its own gain.
    blur_px : standard deviation of the lens blur.
    noise_levels : standard deviation of the noise at mid-grey, in grey levels; it grows as the signal's root.
    vignetting : share of the light lost at the far edge.
    uneven : relative deviation of slow brightness changes.
    """

    line_scan: bool = True
    blur_px: float = 0.6
    noise_levels: float = 2.0
    vignetting: float = 0.08
    uneven: float = 0.02

    def focus(self, radiance: Field) -> Field:
        """The image behind the lens; a new array."""
        if self.blur_px <= 0:
            return np.array(radiance)
        return blurred(radiance, self.blur_px)

    def illumination(self, rng: np.random.Generator, shape: tuple[int, int]) -> Field:
        """Relative brightness over the frame; (H, W) or (1, W)-broadcastable, about 1."""
        h, w = shape
        x = np.linspace(-1, 1, w, dtype=np.float32)[None] if w > 1 else np.zeros((1, 1), np.float32)
        shift, tilt = rng.uniform(-0.15, 0.15), rng.normal(0, 0.5)
        loss, uneven = np.float32(self.vignetting), np.float32(self.uneven)
        field = 1 - loss * (x - np.float32(shift)) ** 2 + uneven * np.float32(tilt) * x
        if self.line_scan:
            columns = 1 + np.float32(0.004) * white(rng, (1, w))
            rows = 1 + np.float32(0.4) * uneven * curve_noise(rng, h, 40.0)[:, None]
            return np.asarray(field * columns * rows, np.float32)
        y = np.linspace(-1, 1, h, dtype=np.float32)[:, None] if h > 1 else np.zeros((1, 1), np.float32)
        slow = smooth_noise(rng, shape, max(20.0, 0.35 * max(shape)))
        return np.asarray(field - loss * y**2 + uneven * slow, np.float32)

    def expose(self, levels: Field, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Grey levels with noise, rounded; uint8, the shape of `levels`, which is overwritten."""
        if self.noise_levels > 0:
            noise = white(rng, levels.shape)
            noise *= np.sqrt(np.maximum(levels, 6.0) * np.float32(1 / 128)) * np.float32(self.noise_levels)
            levels += noise
        np.clip(levels, 0, 255, out=levels)
        return np.rint(levels, out=levels).astype(np.uint8)

"""Light on a height map: diffuse light, an anisotropic mirror lobe in slope space, cast shadows, occlusion.

The lobe is a Beckmann distribution over slopes with two widths, as in G. Ward, "Measuring and Modeling
Anisotropic Reflection" (1992): rolled metal mirrors narrowly across the rolling lines and widely along them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.noise_fields import blurred

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Light:
    """A lamp far away.

    azimuth_deg : where it stands, 0 = right of the image, 90 = above it; elevation_deg : over the surface.
    diffuse, specular, ambient : strengths.   spread_mm : penumbra at shadow edges.
    """

    azimuth_deg: float = 100.0
    elevation_deg: float = 40.0
    diffuse: float = 1.0
    specular: float = 0.5
    ambient: float = 0.3
    shadow: float = 0.8

    @property
    def direction(self) -> tuple[float, float, float]:
        """Unit vector to the lamp; y points down, as rows do."""
        azimuth, elevation = np.deg2rad(self.azimuth_deg), np.deg2rad(self.elevation_deg)
        flat = float(np.cos(elevation))
        return flat * float(np.cos(azimuth)), -flat * float(np.sin(azimuth)), float(np.sin(elevation))


@dataclass(frozen=True)
class Finish:
    """How the surface mirrors.

    width_x, width_y : widths of the lobe in slope units, across and along the rolling direction.
    occlusion : darkening in hollows, per unit of depth / occlusion_mm.
    """

    width_x: float = 0.3
    width_y: float = 0.3
    occlusion: float = 0.0
    occlusion_mm: float = 2.0


def reach_px(height_mm: Field, pixel_size_mm: float, light: Light, finish: Finish) -> int:
    """How far, in pixels, a change of height can change the radiance."""
    shadow = _shadow_steps(float(np.ptp(height_mm)), pixel_size_mm, light)
    blur = 3 * finish.occlusion_mm / pixel_size_mm if finish.occlusion > 0 else 0.0
    return int(np.ceil(max(shadow + 3, blur))) + 2


def shade(height_mm: Field, albedo: Field, gloss: Field, pixel_size_mm: float, light: Light, finish: Finish) -> Field:
    """Radiance of the surface seen from above; float32, the shape of `albedo`.

    >>> flat = np.zeros((4, 4), np.float32)
    >>> shade(flat, flat + 0.5, flat, 1.0, Light(elevation_deg=90, ambient=0), Finish())[0, 0].item()
    0.5
    """
    scale = 0.5 / pixel_size_mm
    slope_x = np.asarray(cv2.Sobel(height_mm, cv2.CV_32F, 1, 0, ksize=1, scale=scale), np.float32)
    slope_y = np.asarray(cv2.Sobel(height_mm, cv2.CV_32F, 0, 1, ksize=1, scale=scale), np.float32)
    lit = _visibility(height_mm, pixel_size_mm, light)
    lx, ly, lz = light.direction
    norm = slope_x * slope_x
    norm += slope_y * slope_y
    norm += 1.0
    diffuse = np.float32(lz) - np.float32(lx) * slope_x
    diffuse -= np.float32(ly) * slope_y
    np.maximum(diffuse, 0.0, out=diffuse)
    diffuse *= np.float32(light.diffuse)
    diffuse /= np.sqrt(norm, out=norm)
    if lit is not None:
        diffuse *= lit
    diffuse += np.float32(light.ambient)
    hollow = _occlusion(height_mm, pixel_size_mm, finish)
    if hollow is not None:
        diffuse *= hollow
    mirror = _mirror(slope_x, slope_y, light, finish)
    mirror *= gloss
    mirror *= np.float32(light.specular)
    if lit is not None:
        mirror *= lit
    if albedo.ndim == 3:
        return np.asarray(albedo * diffuse[..., None] + mirror[..., None], np.float32)
    diffuse *= albedo
    diffuse += mirror
    return np.asarray(diffuse, np.float32)


def _mirror(slope_x: Field, slope_y: Field, light: Light, finish: Finish) -> Field:
    """Share of facets that mirror the lamp into a camera above; 1 where the slope is the ideal one."""
    lx, ly, lz = light.direction
    ideal_x, ideal_y = -lx / (1.0 + lz), -ly / (1.0 + lz)
    exponent = (slope_x - np.float32(ideal_x)) * np.float32(1.0 / finish.width_x)
    exponent *= exponent
    other = (slope_y - np.float32(ideal_y)) * np.float32(1.0 / finish.width_y)
    other *= other
    exponent += other
    np.negative(exponent, out=exponent)
    return np.asarray(np.exp(exponent, out=exponent), np.float32)


def _shadow_steps(relief_mm: float, pixel_size_mm: float, light: Light) -> int:
    if light.shadow <= 0 or light.elevation_deg >= 89:
        return 0
    return min(40, int(relief_mm / np.tan(np.deg2rad(light.elevation_deg)) / pixel_size_mm))


def _visibility(height_mm: Field, pixel_size_mm: float, light: Light) -> Field | None:
    """1 where the lamp is seen, down to 1 - shadow where relief stands in the way; None without shadows."""
    steps = _shadow_steps(float(np.ptp(height_mm)), pixel_size_mm, light)
    if steps == 0:
        return None
    azimuth = np.deg2rad(light.azimuth_deg)
    rise = np.float32(np.tan(np.deg2rad(light.elevation_deg)) * pixel_size_mm)
    h, w = height_mm.shape
    padded = cv2.copyMakeBorder(height_mm, steps, steps, steps, steps, cv2.BORDER_REPLICATE)
    above = np.full((h, w), -1e3, np.float32)
    work = np.empty_like(above)
    for step in range(1, steps + 1):
        y = steps - round(step * float(np.sin(azimuth)))
        x = steps + round(step * float(np.cos(azimuth)))
        np.subtract(padded[y : y + h, x : x + w], rise * np.float32(step), out=work)
        np.maximum(above, work, out=above)
    above -= height_mm
    above *= np.float32(1.0) / rise  # in steps: about one pixel of penumbra per unit
    np.clip(above, 0.0, 1.0, out=above)
    above = blurred(above, 0.7)
    above *= np.float32(-light.shadow)
    above += 1.0
    return above


def _occlusion(height_mm: Field, pixel_size_mm: float, finish: Finish) -> Field | None:
    """Hollows see less of the sky: 1 on level ground, less where the surroundings stand higher."""
    if finish.occlusion <= 0:
        return None
    around = blurred(height_mm, finish.occlusion_mm / pixel_size_mm)
    around -= height_mm
    around *= np.float32(-finish.occlusion / finish.occlusion_mm)
    around += 1.0
    return np.clip(around, 0.3, 1.4, out=around)

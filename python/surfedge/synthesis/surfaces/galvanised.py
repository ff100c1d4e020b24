"""Hot-dip galvanised strip: zinc crystals (spangle), each with its own brightness and feathered branches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.camera import Camera
from surfedge.synthesis.noise_fields import Cells, cells, fractal_noise, smooth_noise
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Scene
from surfedge.synthesis.shading import Finish, Light

Field = NDArray[np.float32]


def strip_galvanised(
    rng: np.random.Generator,
    shape: tuple[int, int],
    pixel_size_mm: float,
    *,
    spangle_mm: float = 11.0,
    spangle: float = 1.0,
    light_azimuth_deg: float = 120.0,
    light_elevation_deg: float = 55.0,
    level: float = 138.0,
) -> Scene:
    """The scene of a galvanised strip.

    spangle_mm : mean width of a zinc crystal.
    spangle : contrast between crystals, 1 is usual, 0.3 minimised.
    light_azimuth_deg, light_elevation_deg : see Light.   level : mean grey level.
    """
    require(1, 89, light_elevation_deg=light_elevation_deg)
    require(-360, 360, light_azimuth_deg=light_azimuth_deg)
    require(1, 254, level=level)
    require(0.01, 1000, spangle_mm=spangle_mm)
    require(0, 5, spangle=spangle)
    px = pixel_size_mm
    crystals = _crystals(rng, shape, px, spangle_mm)
    texture = np.float32(0.24 * spangle) * _brightness(rng, crystals)
    texture += np.float32(0.05) * smooth_noise(rng, shape, 0.7)
    texture += np.float32(0.04) * fractal_noise(rng, shape, (40 / px, 20 / px), 3)
    edge = np.clip((crystals.second - crystals.first) * np.float32(spangle_mm / (0.7 * max(px, 0.3))), 0, 1)
    texture -= np.float32(0.10 * spangle) * (1 - edge)
    np.clip(texture, -0.6, 1.2, out=texture)
    relief = np.float32(0.012 * px) * smooth_noise(rng, shape, 0.9)
    relief += np.float32(0.015) * smooth_noise(rng, shape, 5.0 / px)
    return Scene(
        height_mm=relief,
        albedo=np.float32(0.35) * (1 + np.float32(0.5) * texture),
        gloss=np.clip(1 + 1.7 * texture, 0.1, 3.5).astype(np.float32),
        pixel_size_mm=pixel_size_mm,
        finish=Finish(width_x=0.24, width_y=0.28),
        light=Light(light_azimuth_deg, light_elevation_deg, diffuse=0.7, specular=0.7, ambient=0.25, shadow=0.6),
        camera=Camera(blur_px=0.55, noise_levels=2.0),
        material="steel",
        relief=0.2,
        level=level,
    )


def _crystals(rng: np.random.Generator, shape: tuple[int, int], px: float, spangle_mm: float) -> Cells:
    """Crystals with ragged borders."""
    h, w = shape
    rough = np.float32(0.045)
    x = (np.arange(w, dtype=np.float32) * np.float32(px / spangle_mm))[None]
    y = (np.arange(h, dtype=np.float32) * np.float32(px / spangle_mm))[:, None]
    x = x + rough * fractal_noise(rng, shape, 0.22 * spangle_mm / px, 3)
    y = y + rough * fractal_noise(rng, shape, 0.22 * spangle_mm / px, 3)
    return cells(rng, x, y, jitter=1.0)


def _brightness(rng: np.random.Generator, crystals: Cells) -> Field:
    """Brightness of each crystal, tilted over it, with branches running out in six directions."""
    count = int(crystals.number.max()) + 1
    tone, tilt_x, tilt_y = (rng.standard_normal((3, count), dtype=np.float32)).take(crystals.number, axis=1)
    turn = (np.float32(np.pi / 3) * rng.random(count, dtype=np.float32)).take(crystals.number)
    angle = np.arctan2(crystals.offset_y, crystals.offset_x) - turn
    sector = angle - np.float32(np.pi / 3) * np.rint(angle / np.float32(np.pi / 3))
    side = crystals.first * np.abs(sector)
    # Side branches leave the six stems as a herring-bone.
    bone = np.sin((crystals.first * np.float32(0.6) - side) * np.float32(6.3 * 4.5))
    stem = np.exp(-((side * np.float32(14.0)) ** 2))
    out = np.float32(0.8) * np.clip(tone, -1.6, 2.0) + np.float32(0.5) * (
        tilt_x * crystals.offset_x + tilt_y * crystals.offset_y
    )
    return np.asarray(out + np.float32(0.3) * bone * (1 - stem) + np.float32(0.25) * stem, np.float32)

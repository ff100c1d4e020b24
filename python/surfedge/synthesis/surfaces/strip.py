"""Hot-rolled steel strip: an even, sandy oxide skin with fine rolling lines along it and faint bands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.camera import Camera
from surfedge.synthesis.material_edges import DARK, end_material, wandering_edges, within
from surfedge.synthesis.noise_fields import curve_noise, fractal_noise, smooth_noise
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Scene
from surfedge.synthesis.shading import Finish, Light

Field = NDArray[np.float32]


def strip(
    rng: np.random.Generator,
    shape: tuple[int, int],
    pixel_size_mm: float,
    *,
    lines: float = 1.0,
    bands: float = 1.0,
    grain: float = 1.0,
    margin_mm: float = 0.0,
    light_azimuth_deg: float = 120.0,
    light_elevation_deg: float = 50.0,
    level: float = 128.0,
) -> Scene:
    """The scene of a rolled strip, travel along y.

    lines, bands, grain : strength of the rolling lines, the bands across, the oxide's grain; 1 is usual.
    margin_mm : of the dark beyond the strip's edge that shows left and right; 0: the strip fills the image.
    light_azimuth_deg, light_elevation_deg : see Light.   level : mean grey level.
    """
    require(1, 89, light_elevation_deg=light_elevation_deg)
    require(-360, 360, light_azimuth_deg=light_azimuth_deg)
    require(1, 254, level=level)
    require(0, 10, lines=lines, bands=bands, grain=grain)
    require(0, 0.4 * shape[1] * pixel_size_mm, margin_mm=margin_mm)
    px = pixel_size_mm
    texture = np.float32(0.055 * grain) * _sand(rng, shape, px)
    texture += np.float32(0.026 * lines) * rolling_lines(rng, shape, px)
    texture += np.float32(0.028 * bands) * _bands(rng, shape, px)
    texture += np.float32(0.03 * bands) * fractal_noise(rng, shape, (60 / px, 25 / px), 3)
    specks = smooth_noise(rng, shape, (max(0.8, 0.45 / px), max(0.6, 0.25 / px)))
    texture -= np.float32(0.11 * grain) * np.clip(specks - np.float32(2.7), 0, 1)
    np.clip(texture, -0.7, 1.0, out=texture)
    relief = np.float32(0.018 * px) * smooth_noise(rng, shape, (1.0, 0.7))
    albedo = np.float32(0.4) * (1 + texture)
    gloss = np.clip(1 + 1.6 * texture, 0.1, 3.0).astype(np.float32)
    edges = None
    if margin_mm > 0:
        edges = wandering_edges(rng, shape, margin_mm / px, 0.3 / px)
        inside = within(edges, shape[1])
        end_material(rng, inside, relief, albedo, gloss, 0.3 * px)
        level *= float(inside.mean() + DARK * (1 - inside.mean()))
    return Scene(
        height_mm=relief,
        albedo=albedo,
        gloss=gloss,
        pixel_size_mm=pixel_size_mm,
        finish=Finish(width_x=0.22, width_y=0.3),
        light=Light(light_azimuth_deg, light_elevation_deg, diffuse=0.8, specular=0.45, ambient=0.25, shadow=0.6),
        camera=Camera(blur_px=0.55, noise_levels=2.0),
        material="steel",
        relief=0.22,
        level=level,
        edges_px=edges,
    )


def _sand(rng: np.random.Generator, shape: tuple[int, int], px: float) -> Field:
    """Grain of the oxide: short dashes along the travel at the pixel scale over weaker, wider ones."""
    fine = smooth_noise(rng, shape, (0.95, 0.55))
    fine += np.float32(0.7) * smooth_noise(rng, shape, (max(1.5, 1.2 / px), max(1.0, 0.6 / px)))
    # Some places are sandier than others.
    fine *= 1 + np.float32(0.12) * smooth_noise(rng, shape, (50 / px, 18 / px))
    return fine


def rolling_lines(rng: np.random.Generator, shape: tuple[int, int], px: float) -> Field:
    """Fine lines along the strip, of finite length, drifting in strength; (H, W), about unit variance."""
    long = smooth_noise(rng, shape, (180 / px, 0.7))
    short = smooth_noise(rng, shape, (12 / px, 0.6))
    wide = smooth_noise(rng, shape, (90 / px, 3.0))
    return np.asarray(0.65 * long + 0.45 * short + 0.6 * wide, np.float32)


def _bands(rng: np.random.Generator, shape: tuple[int, int], px: float) -> Field:
    """Slow brightness across the strip (cooling, roll wear) with a slight drift along it."""
    across = curve_noise(rng, shape[1], 30 / px) + np.float32(0.5) * curve_noise(rng, shape[1], 8 / px)
    along = 1 + np.float32(0.3) * curve_noise(rng, shape[0], 150 / px)
    return np.asarray(across[None] * along[:, None], np.float32)

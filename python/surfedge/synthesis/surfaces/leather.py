"""Grained leather: cells between folds that cross, creases that run through many cells, pores, colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.camera import Camera
from surfedge.synthesis.noise_fields import Cells, blurred, cells, fractal_noise, smooth_noise
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Scene
from surfedge.synthesis.shading import Finish, Light

Field = NDArray[np.float32]


def leather(
    rng: np.random.Generator,
    shape: tuple[int, int],
    pixel_size_mm: float,
    *,
    cell_mm: float = 16.0,
    folds: float = 1.0,
    light_azimuth_deg: float = 52.0,
    light_elevation_deg: float = 36.0,
    colour: tuple[float, float, float] = (0.60, 0.375, 0.30),
    level: float = 80.0,
) -> Scene:
    """The scene of a grained leather.

    cell_mm : width of the larger cells.   folds : depth of the folds, 1 is usual.
    colour : albedo in red, green, blue, 0 to 1.
    light_azimuth_deg, light_elevation_deg : see Light.   level : mean grey level over the three colours.
    """
    require(1, 89, light_elevation_deg=light_elevation_deg)
    require(-360, 360, light_azimuth_deg=light_azimuth_deg)
    require(1, 254, level=level)
    require(0.05, 1000, cell_mm=cell_mm)
    require(0, 5, folds=folds)
    require(0, 1, **dict(zip(("red", "green", "blue"), colour, strict=True)))
    px = pixel_size_mm
    relief = _grain(rng, shape, px, cell_mm)
    height = relief * np.float32(0.052 * folds * cell_mm)
    height += np.float32(0.010 * cell_mm) * fractal_noise(rng, shape, 0.35 * cell_mm / px, 2, 0.5)
    fine = fractal_noise(rng, shape, max(1.4, 0.05 * cell_mm / px), 2, 0.9)
    height += np.float32(0.085 * px) * fine
    pores = smooth_noise(rng, shape, max(0.7, 0.02 * cell_mm / px))
    pores = np.clip(pores - np.float32(2.4), 0, 1)
    height -= np.float32(0.3 * px) * pores
    tone = np.float32(0.03) * fractal_noise(rng, shape, 1.5 * cell_mm / px, 3)
    tone += np.float32(0.032) * fine
    tone += np.float32(0.05) * np.clip(relief, -1, 0)
    tone -= np.float32(0.15) * pores
    albedo = np.asarray(colour, np.float32) * (1 + tone)[..., None]
    return Scene(
        height_mm=height,
        albedo=np.clip(albedo, 0.01, 1.0, out=albedo),
        gloss=np.clip(1 + 2 * tone, 0.2, 2).astype(np.float32),
        pixel_size_mm=pixel_size_mm,
        finish=Finish(width_x=0.33, width_y=0.33, occlusion=0.15, occlusion_mm=0.08 * cell_mm),
        light=Light(light_azimuth_deg, light_elevation_deg, diffuse=1.0, specular=0.22, ambient=0.20, shadow=0.0),
        camera=Camera(line_scan=False, blur_px=0.8, noise_levels=1.2, vignetting=0.07, uneven=0.03),
        material="leather",
        relief=0.45,
        level=level,
    )


def _grain(rng: np.random.Generator, shape: tuple[int, int], px: float, cell_mm: float) -> Field:
    """Relief in units of the main fold depth: 0 on the cells, down to about -1 in the folds."""
    h, w = shape
    x = (np.arange(w, dtype=np.float32) * np.float32(px / cell_mm))[None]
    y = (np.arange(h, dtype=np.float32) * np.float32(px / cell_mm))[:, None]
    unit = cell_mm / px
    x = x + np.float32(0.07) * fractal_noise(rng, shape, 0.40 * unit, 2, 0.5)
    y = y + np.float32(0.07) * fractal_noise(rng, shape, 0.40 * unit, 2, 0.5)
    strength = np.float32(0.2) * smooth_noise(rng, shape, 0.8 * unit) + np.float32(0.6)
    relief = _fold(cells(rng, x, y), 0.060)
    relief *= np.clip(strength, 0.05, 0.9)
    for turn_deg, spacing, depth in ((14.0, 0.95, 1.0), (97.0, 0.9, 0.9), (50.0, 1.4, 0.8), (148.0, 1.3, 0.8)):
        crease = _creases(rng, shape, x, y, turn_deg, spacing, unit)
        crease *= np.float32(depth)
        # Where two folds cross, the deeper one wins: they do not add up to a pit.
        np.maximum(relief, crease, out=relief)
    # The skin bulges beside its folds.
    bulge = blurred(relief, max(0.8, min(8.0, 0.13 * unit)))
    bulge *= np.float32(0.95)
    bulge -= relief
    return bulge


def _fold(net: Cells, width: float) -> Field:
    """Depth of the folds along the cell borders, 0 to 1; `width` in cells."""
    gap = net.second - net.first
    gap *= np.float32(0.5 / width)
    gap *= gap
    return np.asarray(np.exp(-gap, out=gap), np.float32)


def _creases(
    rng: np.random.Generator,
    shape: tuple[int, int],
    x: Field,
    y: Field,
    turn_deg: float,
    spacing: float,
    fade_px: float,
) -> Field:
    """Long creases in one direction, each with its own place and depth, fading in and out along its way."""
    c, s = np.float32(np.cos(np.deg2rad(turn_deg))), np.float32(np.sin(np.deg2rad(turn_deg)))
    across = (x * c + y * s) / np.float32(spacing)
    across += np.float32(0.40) * smooth_noise(rng, shape, 1.8 * fade_px)
    across += np.float32(0.06) * smooth_noise(rng, shape, 0.4 * fade_px)
    line = np.rint(across)
    distance = across - line
    number = line.astype(np.int32) & 1023
    distance += np.float32(0.6) * (rng.random(1024, dtype=np.float32) - np.float32(0.5)).take(number)
    distance *= np.float32(spacing / 0.056)
    distance *= distance
    depth = np.exp(np.negative(distance, out=distance), out=distance)
    depth *= (np.float32(0.3) + np.float32(0.7) * rng.random(1024, dtype=np.float32)).take(number)
    fade = np.float32(0.3) * smooth_noise(rng, shape, fade_px) + np.float32(0.75)
    return np.asarray(depth * np.clip(fade, 0, 1, out=fade), np.float32)

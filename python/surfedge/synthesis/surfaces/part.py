"""A ground part in its holder: a textured segment between two dark gaps, bright holder beyond; never quite in place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.camera import Camera
from surfedge.synthesis.material_edges import DARK, within
from surfedge.synthesis.noise_fields import curve_noise, fractal_noise, smooth_noise
from surfedge.synthesis.outlines import ramp
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Scene
from surfedge.synthesis.shading import Finish, Light

Field = NDArray[np.float32]


def part(
    rng: np.random.Generator,
    shape: tuple[int, int],
    pixel_size_mm: float,
    *,
    gap_mm: float = 3.0,
    holder_share: float = 0.1,
    shift_px: float = 3.0,
    turn_deg: float = 0.6,
    grain: float = 1.0,
    holder: float = 1.7,
    light_azimuth_deg: float = 100.0,
    light_elevation_deg: float = 55.0,
    level: float = 118.0,
) -> Scene:
    """The scene of a part that runs from top to bottom.

    gap_mm : width of the dark gap at either side.   holder_share : share of the width that the holder has at each side.
    shift_px : the part lies up to so far to the left or right of its place.   turn_deg : it is turned up to so far.
    grain : strength of its texture, 1 is usual.   holder : brightness of the holder relative to the part.
    light_azimuth_deg, light_elevation_deg : see Light.   level : mean grey level of the part.
    """
    require(1, 89, light_elevation_deg=light_elevation_deg)
    require(-360, 360, light_azimuth_deg=light_azimuth_deg)
    require(1, 254, level=level)
    require(0, 1e3, gap_mm=gap_mm, shift_px=shift_px)
    require(0, 0.4, holder_share=holder_share)
    require(-45, 45, turn_deg=turn_deg)
    require(0, 10, grain=grain, holder=holder)
    px = pixel_size_mm
    gap_px = min(gap_mm / px, 0.05 * shape[1])
    inner, outer = _outlines(rng, shape, holder_share * shape[1], gap_px, shift_px, turn_deg)
    is_part, is_not_holder = within(inner, shape[1]), within(outer, shape[1])
    texture, relief = _ground(rng, shape, px, grain)
    steel = np.float32(holder) * (1 + np.float32(0.05) * smooth_noise(rng, shape, (0.6, 20 / px)))
    beyond = 1 - is_not_holder
    in_gap = np.clip(is_not_holder - is_part, 0, 1)
    tone = is_part * (1 + texture) + beyond * steel + np.float32(DARK) * in_gap
    # Its edges are broken: the last pixels slope down into the gap.
    height = relief * is_part - np.float32(0.6 * px) * ramp(in_gap, 0.0, 1.0)
    lost = float(is_part.mean() + beyond.mean() * holder + DARK * in_gap.mean())
    return Scene(
        height_mm=np.asarray(height, np.float32),
        albedo=np.asarray(np.float32(0.36) * tone, np.float32),
        gloss=np.clip(tone, 0.02, 3.0).astype(np.float32),
        pixel_size_mm=px,
        finish=Finish(width_x=0.26, width_y=0.3),
        light=Light(light_azimuth_deg, light_elevation_deg, diffuse=0.9, specular=0.35, ambient=0.3, shadow=0.6),
        camera=Camera(line_scan=False, blur_px=0.6, noise_levels=2.0),
        material="steel",
        relief=0.22,
        level=level * lost,
        edges_px=inner,
    )


def _outlines(
    rng: np.random.Generator, shape: tuple[int, int], holder_px: float, gap_px: float, shift_px: float, turn_deg: float
) -> tuple[tuple[Field, Field], tuple[Field, Field]]:
    """Edges of the part, and those of the holder's opening, left and right in each row."""
    h, w = shape
    y = np.arange(h, dtype=np.float32) - np.float32(h / 2)
    place = np.float32(rng.uniform(-shift_px, shift_px))
    place = place + y * np.float32(np.tan(np.deg2rad(rng.uniform(-turn_deg, turn_deg))))
    bent = np.float32(0.012 * w) * (2 * y / max(h, 1)) ** 2  # the segment of a ring
    left, right = (np.float32(0.15) * curve_noise(rng, h, 3.0) for _ in range(2))
    still = np.zeros(h, np.float32)
    inner = holder_px + gap_px + place + bent + left, w - holder_px - gap_px + place + bent + right
    outer = still + np.float32(holder_px) + bent, still + np.float32(w - holder_px) + bent
    return _as_fields(inner), _as_fields(outer)


def _as_fields(pair: tuple[Field, Field]) -> tuple[Field, Field]:
    return np.asarray(pair[0], np.float32), np.asarray(pair[1], np.float32)


def _ground(rng: np.random.Generator, shape: tuple[int, int], px: float, grain: float) -> tuple[Field, Field]:
    """Relative brightness and relief of a ground face: crystals of sinter under the marks of the grinding wheel."""
    texture = np.float32(0.06) * smooth_noise(rng, shape, 1.1)
    texture += np.float32(0.06) * fractal_noise(rng, shape, 4.0 / px, 3, 0.7)
    texture += np.float32(0.05) * smooth_noise(rng, shape, (0.6, 14 / px))  # across the part
    texture += np.float32(0.05) * fractal_noise(rng, shape, 40 / px, 3)
    pores = smooth_noise(rng, shape, max(0.7, 0.5 / px))
    texture -= np.float32(0.16) * np.clip(pores - np.float32(2.5), 0, 1)
    texture *= np.float32(grain)
    relief = np.float32(0.02 * px) * smooth_noise(rng, shape, 0.9)
    return np.clip(texture, -0.7, 1.0), relief

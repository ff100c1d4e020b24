"""Patterned steel plate with raised lugs at alternating +-45 degrees.

EN 10363, "Continuously hot-rolled patterned steel strip and plate/sheet cut from wide strip", 2016. Lugs
stand end to flank: those of one direction on a square lattice of `pitch_mm`, those of the other at the
centres of its squares. A lug's outline is the lens between two circles, its ends pointed (type R), rounded (type T) or
cut off (type A).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.camera import Camera
from surfedge.synthesis.mill_scale import mill_scale
from surfedge.synthesis.noise_fields import curve_noise, fractal_noise, smooth_noise
from surfedge.synthesis.plate_dirt import soil
from surfedge.synthesis.plate_use import worn
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Scene
from surfedge.synthesis.shading import Finish, Light

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Lug:
    """One raised lug, in mm.

    tip_mm : radius of its ends.   cut_mm : how much of either end is cut off flat.   crown : 0, bevelled, to 1, domed.
    """

    length_mm: float
    width_mm: float
    height_mm: float
    flank_mm: float
    crown: float
    tip_mm: float = 0.0
    cut_mm: float = 0.0


def plate_diamond(rng: np.random.Generator, shape: tuple[int, int], pixel_size_mm: float, **options: float) -> Scene:
    """Plate with pointed, bevelled lugs. Options: see `_plate`."""
    return _plate(rng, shape, pixel_size_mm, Lug(27.0, 8.6, 1.5, 2.3, 0.12), **options)


def plate_teardrop(rng: np.random.Generator, shape: tuple[int, int], pixel_size_mm: float, **options: float) -> Scene:
    """Plate with rounded, domed lugs (type T). Options: see `_plate`."""
    return _plate(rng, shape, pixel_size_mm, Lug(25.0, 8.8, 1.3, 3.0, 0.7, tip_mm=1.5), **options)


def plate_flattened(rng: np.random.Generator, shape: tuple[int, int], pixel_size_mm: float, **options: float) -> Scene:
    """Plate with teardrops whose corners are flattened (type A). Options: see `_plate`."""
    lug = Lug(27.0, 9.2, 1.4, 2.4, 0.35, tip_mm=1.2, cut_mm=3.4)
    return _plate(rng, shape, pixel_size_mm, lug, **options)


def _plate(
    rng: np.random.Generator,
    shape: tuple[int, int],
    pixel_size_mm: float,
    lug: Lug,
    *,
    pitch_mm: float = 28.0,
    lug_height_mm: float | None = None,
    wear: float = 0.5,
    dirt: float = 0.0,
    in_use: float = 0.0,
    light_azimuth_deg: float = 78.0,
    light_elevation_deg: float = 38.0,
    level: float = 112.0,
) -> Scene:
    """The scene of a plate.

    pitch_mm : distance of neighbouring lugs of one direction, across and along.
    lug_height_mm : 1 to 2 in trade.   wear : 0 to 1, how far the crowns are rubbed bright.
    in_use : 0 to 1, scratches of use, lugs that shine unevenly, light that drifts, see plate_use.
    light_azimuth_deg, light_elevation_deg : see Light.   level : mean grey level.
    """
    require(1, 89, light_elevation_deg=light_elevation_deg)
    require(-360, 360, light_azimuth_deg=light_azimuth_deg)
    require(1, 254, level=level)
    require(1, 1000, pitch_mm=pitch_mm)
    require(0, 20, lug_height_mm=lug_height_mm)
    require(0, 1, wear=wear, dirt=dirt, in_use=in_use)
    size = pitch_mm / 28.0
    tall = lug.height_mm if lug_height_mm is None else lug_height_mm
    lug = Lug(
        lug.length_mm * size,
        lug.width_mm * size,
        tall,
        lug.flank_mm * size,
        lug.crown,
        lug.tip_mm * size,
        lug.cut_mm * size,
    )
    height, inside = _lugs(rng, shape, pixel_size_mm, pitch_mm, lug)
    albedo, gloss, bumps = mill_scale(rng, shape, pixel_size_mm)
    height += bumps
    _rub(rng, inside, albedo, gloss, pixel_size_mm, wear)
    if dirt > 0:
        soil(rng, inside, albedo, gloss, pixel_size_mm, dirt)
    if in_use > 0:
        worn(rng, inside, albedo, gloss, pixel_size_mm, in_use)
    return Scene(
        height_mm=height,
        albedo=albedo,
        gloss=gloss,
        pixel_size_mm=pixel_size_mm,
        finish=Finish(width_x=0.26, width_y=0.26, occlusion=0.55, occlusion_mm=1.6),
        light=Light(light_azimuth_deg, light_elevation_deg, diffuse=1.0, specular=0.55, ambient=0.28, shadow=0.75),
        camera=Camera(blur_px=0.6, noise_levels=2.2),
        material="steel",
        relief=0.45,
        level=level,
    )


def _lugs(
    rng: np.random.Generator, shape: tuple[int, int], pixel_size_mm: float, pitch_mm: float, lug: Lug
) -> tuple[Field, Field]:
    """Relief in mm, and depth inside the outline: 0 at the outline and outside, 1 on the spine."""
    h, w = shape
    phase = rng.random(2) * pitch_mm
    x = (np.arange(w, dtype=np.float32) * pixel_size_mm + np.float32(phase[0]))[None]
    y = (np.arange(h, dtype=np.float32) * pixel_size_mm + np.float32(phase[1]))[:, None]
    # The strip wanders and stretches a little under the camera.
    x = x + np.float32(0.12) * curve_noise(rng, h, 120 / pixel_size_mm)[:, None]
    y = y + np.float32(0.12) * curve_noise(rng, h, 160 / pixel_size_mm)[:, None]
    edge = smooth_noise(rng, shape, 0.7 / pixel_size_mm)
    edge *= np.float32(0.07)
    height = np.zeros(shape, np.float32)
    inside = np.zeros(shape, np.float32)
    for shift, turn in ((0.0, 1.0), (pitch_mm / 2, -1.0)):
        across_strip, column = _to_nearest(x - np.float32(shift), pitch_mm)
        along_strip, row = _to_nearest(y - np.float32(shift), pitch_mm)
        along = (across_strip + np.float32(turn) * along_strip) * np.float32(np.sqrt(0.5))
        across = (across_strip - np.float32(turn) * along_strip) * np.float32(np.sqrt(0.5))
        which = (column * 7919 ^ row * 104729) & 1023
        wider = np.float32(0.12) * rng.standard_normal(1024, dtype=np.float32)
        taller = np.float32(lug.height_mm) * (1 + np.float32(0.05) * rng.standard_normal(1024, dtype=np.float32))
        depth = _outline_depth(along, across, lug)
        depth += edge
        depth += wider.take(which)
        height += _profile(depth, lug) * taller.take(which)
        depth *= np.float32(2 / lug.width_mm)
        np.maximum(inside, np.minimum(depth, 1, out=depth), out=inside)
    return height, inside


def _to_nearest(position_mm: Field, pitch_mm: float) -> tuple[Field, NDArray[np.int32]]:
    """Distance to the nearest multiple of the pitch, in mm, and which multiple it is."""
    turns = np.rint(position_mm / np.float32(pitch_mm))
    return position_mm - turns * np.float32(pitch_mm), turns.astype(np.int32)


def _outline_depth(along: Field, across: Field, lug: Lug) -> Field:
    """Depth inside the outline in mm, negative outside: a lens of arcs of radius R, grown by the tip."""
    a, b = lug.length_mm / 2 - lug.tip_mm, lug.width_mm / 2 - lug.tip_mm
    radius = (a * a + b * b) / (2 * b)
    side = np.abs(across)
    if lug.tip_mm > 0:
        ahead = np.abs(along) - np.float32(a)
        beyond = ahead * np.float32(radius - b) > side * np.float32(a)
        tip = np.sqrt(ahead * ahead + side * side)
    side += np.float32(radius - b)
    side *= side
    side += along * along
    outside = np.sqrt(side, out=side)
    outside -= np.float32(radius)
    if lug.tip_mm > 0:
        np.copyto(outside, tip, where=beyond)
    depth = np.asarray(np.float32(lug.tip_mm) - outside, np.float32)
    if lug.cut_mm > 0:
        # Flat ends; the corners between end and flank are as round as the foot of the lug.
        end = np.float32(lug.length_mm / 2 - lug.cut_mm) - np.abs(along)
        depth = _soft_minimum(depth, np.asarray(end, np.float32), np.float32(0.5 * lug.tip_mm))
    return depth


def _profile(depth_mm: Field, lug: Lug) -> Field:
    """Relief over depth, 0 to 1: a bevel with rounded foot and shoulder, blended with a dome."""
    t = depth_mm / np.float32(lug.flank_mm)
    bevel = _soft_clip(t)
    if lug.crown <= 0:
        return bevel
    d = np.clip(depth_mm / np.float32(lug.width_mm / 2), 0, 1)
    dome = np.sqrt(1 - (1 - d) ** 2 + np.float32(0.01)) - np.float32(0.1)
    dome *= _soft_clip(t * np.float32(3.0))
    return np.asarray(bevel * (1 - lug.crown) + dome * lug.crown, np.float32)


def _soft_minimum(one: Field, other: Field, round_mm: np.float32) -> Field:
    """The smaller of two depths, the corner between them rounded over `round_mm`."""
    gap = np.clip(1 - np.abs(one - other) / max(round_mm, np.float32(1e-6)), 0, 1)
    return np.asarray(np.minimum(one, other) - gap * gap * round_mm * np.float32(0.25), np.float32)


def _soft_clip(t: Field) -> Field:
    """Clip to [0, 1] with parabolic corners."""
    r = np.float32(0.22)
    foot = np.clip(t + r, 0, 2 * r)
    shoulder = np.clip(t - (1 - r), 0, 2 * r)
    level = np.clip(t - r, 0, 1 - 2 * r)
    return np.asarray(foot * foot / (4 * r) + level + shoulder - shoulder * shoulder / (4 * r), np.float32)


def _rub(
    rng: np.random.Generator, inside: Field, albedo: Field, gloss: Field, pixel_size_mm: float, wear: float
) -> None:
    """Crowns rubbed bright along the travel, dust in the corners; changes albedo and gloss in place."""
    rubbed = smooth_noise(rng, inside.shape, (5.0 / pixel_size_mm, 0.5 / pixel_size_mm))
    rubbed *= np.float32(0.35)
    rubbed += fractal_noise(rng, inside.shape, 3.0 / pixel_size_mm, 2) * np.float32(0.3)
    rubbed += np.float32(2 * wear - 0.9)
    rubbed += inside * np.float32(1.2)
    np.clip(rubbed, 0, 1, out=rubbed)
    rubbed *= inside * inside
    albedo *= 1 + np.float32(0.35) * rubbed
    gloss *= 1 + np.float32(0.9) * rubbed

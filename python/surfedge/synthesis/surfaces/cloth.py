"""Woven cloth: warp threads along the travel, weft threads across it, over and under each other; its selvedge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.camera import Camera
from surfedge.synthesis.material_edges import DARK, Edges, end_material, within
from surfedge.synthesis.noise_fields import curve_noise, smooth_noise
from surfedge.synthesis.ranges import require
from surfedge.synthesis.scene import Scene
from surfedge.synthesis.shading import Finish, Light

Field = NDArray[np.float32]
Numbers = NDArray[np.int32]


@dataclass(frozen=True)
class Weave:
    """Warp thread i lies above weft thread j where (i - j) modulo `repeat` is below `over`; perhaps with a selvedge."""

    repeat: int
    over: int
    selvedge: bool = False

    def above(self, warp: Numbers, weft: Numbers) -> Field:
        """1 where the warp lies above, -1 where the weft does.

        >>> Weave(2, 1).above(np.int32([0, 1, 2, 3]), np.int32([0, 0, 0, 0])).tolist()
        [1.0, -1.0, 1.0, -1.0]
        """
        is_above = (warp - weft) % self.repeat < self.over
        return np.where(is_above, np.float32(1), np.float32(-1))


PLAIN, TWILL, BORDERED = Weave(2, 1), Weave(4, 2), Weave(4, 2, selvedge=True)
SELVEDGE_PITCH = 0.62  # of the cloth's own: the warp lies closer there
SELVEDGE_THREADS = 14


def cloth_plain(rng: np.random.Generator, shape: tuple[int, int], pixel_size_mm: float, **options: float) -> Scene:
    """Plain weave, over one and under one. Options: see `_cloth`."""
    return _cloth(rng, shape, pixel_size_mm, PLAIN, **options)


def cloth_twill(rng: np.random.Generator, shape: tuple[int, int], pixel_size_mm: float, **options: float) -> Scene:
    """Twill, over two and under two, a thread further on each row: diagonal ribs. Options: see `_cloth`."""
    return _cloth(rng, shape, pixel_size_mm, TWILL, **options)


def cloth_selvedge(rng: np.random.Generator, shape: tuple[int, int], pixel_size_mm: float, **options: float) -> Scene:
    """Twill with its selvedge at the left: a dense plain border, then nothing. Options: see `_cloth`."""
    return _cloth(rng, shape, pixel_size_mm, BORDERED, **options)


def _cloth(
    rng: np.random.Generator,
    shape: tuple[int, int],
    pixel_size_mm: float,
    weave: Weave,
    /,
    *,
    thread_mm: float = 3.0,
    uneven: float = 1.0,
    contrast: float = 1.0,
    light_azimuth_deg: float = 115.0,
    light_elevation_deg: float = 48.0,
    level: float = 122.0,
) -> Scene:
    """The scene of a cloth, warp along y.

    thread_mm : from one thread to the next, both ways.
    uneven : of thickness, place and tone of the threads; 1 is usual.
    contrast : between warp and weft, 1 is usual.
    light_azimuth_deg, light_elevation_deg : see Light.   level : mean grey level.
    """
    require(1, 89, light_elevation_deg=light_elevation_deg)
    require(-360, 360, light_azimuth_deg=light_azimuth_deg)
    require(1, 254, level=level)
    require(0.01, 1000, thread_mm=thread_mm)
    require(0, 5, uneven=uneven, contrast=contrast)
    px = pixel_size_mm
    pitch = thread_mm / px
    x, y = _threads(rng, shape, pitch, uneven)
    edge = rng.uniform(0.06, 0.16) * shape[1] if weave.selvedge else None
    border = None
    if edge is not None:
        x, border = _closer(x, edge, pitch)
    height, tone = _woven(rng, x, y, pitch, weave, border, uneven, contrast)
    height *= np.float32(px)
    albedo, gloss = np.float32(0.42) * tone, np.clip(tone, 0.05, 3).astype(np.float32)
    edges = None
    if edge is not None:
        edges = _selvedge_edges(rng, shape, edge, pitch)
        inside = within(edges, shape[1])
        end_material(rng, inside, height, albedo, gloss, 0.5 * px)
        level *= float(inside.mean() + DARK * (1 - inside.mean()))
    return Scene(
        height_mm=height,
        albedo=albedo,
        gloss=gloss,
        pixel_size_mm=px,
        finish=Finish(width_x=0.6, width_y=0.6, occlusion=0.45, occlusion_mm=max(0.35 * thread_mm, px)),
        light=Light(light_azimuth_deg, light_elevation_deg, diffuse=1.0, specular=0.08, ambient=0.4, shadow=0.5),
        camera=Camera(blur_px=0.6, noise_levels=2.0),
        material="cloth",
        relief=0.4,
        level=level,
        edges_px=edges,
    )


def _threads(rng: np.random.Generator, shape: tuple[int, int], pitch: float, uneven: float) -> tuple[Field, Field]:
    """Coordinates in threads, (H, W): threads waver a little, together and each by itself."""
    h, w = shape
    phase = rng.random(2)
    x = (np.arange(w, dtype=np.float32) / np.float32(pitch) + np.float32(phase[0]))[None]
    y = (np.arange(h, dtype=np.float32) / np.float32(pitch) + np.float32(phase[1]))[:, None]
    little = np.float32(0.07 * uneven)
    x = x + little * smooth_noise(rng, shape, (9 * pitch, 1.1 * pitch))
    x = x + np.float32(0.25 * uneven) * curve_noise(rng, h, 40 * pitch)[:, None]
    y = y + little * smooth_noise(rng, shape, (1.1 * pitch, 9 * pitch))
    y = y + np.float32(0.25 * uneven) * curve_noise(rng, w, 40 * pitch)[None]
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def _closer(x: Field, edge_px: float, pitch: float) -> tuple[Field, Field]:
    """x with closer threads within the selvedge, and where that is, bool (H, W)."""
    start = np.float32(x[0, 0] + edge_px / pitch)
    reach = np.float32(SELVEDGE_THREADS * SELVEDGE_PITCH)
    border = x < start + reach
    end = np.floor(start + reach)
    closer = end + (x - start - reach) / np.float32(SELVEDGE_PITCH)
    return np.where(border, closer, x - start - reach + end).astype(np.float32), border


def _woven(
    rng: np.random.Generator,
    x: Field,
    y: Field,
    pitch: float,
    weave: Weave,
    border: Field | None,
    uneven: float,
    contrast: float,
) -> tuple[Field, Field]:
    """Height in pixels of whichever thread is on top, and its tone."""
    i, j = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    warp_up = _lifted(weave, border, i, y - np.float32(0.5), along_warp=True)
    weft_up = -_lifted(weave, border, j, x - np.float32(0.5), along_warp=False)
    count = 1024
    thick = np.clip(1 + np.float32(0.06 * uneven) * rng.standard_normal((2, count), dtype=np.float32), 0.7, 1.3)
    tones = np.float32(0.045 * uneven) * rng.standard_normal((2, count), dtype=np.float32)
    tops, shades = [], []
    for k, (number, across, up) in enumerate(((i, x - i, warp_up), (j, y - j, weft_up))):
        width = np.float32(0.94) * thick[k].take(number & (count - 1))
        u = (2 * across - 1) / width
        round_top = np.sqrt(np.clip(1 - u * u, 0, 1))
        lies = np.abs(u) < 1
        top = np.float32(0.34 * pitch) * (np.float32(0.6) * round_top + np.float32(0.55) * up)
        tops.append(np.where(lies, top, np.float32(-0.5 * pitch)))
        shades.append(1 + tones[k].take(number & (count - 1)))
    warp_on_top = tops[0] > tops[1]
    height = np.maximum(tops[0], tops[1]).astype(np.float32)
    tone = np.where(
        warp_on_top, shades[0] * np.float32(1 + 0.08 * contrast), shades[1] * np.float32(1 - 0.08 * contrast)
    )
    # Fibres along their thread, and hairs over all.
    shape = tone.shape
    along = smooth_noise(rng, shape, (max(0.6, 0.9 * pitch), max(0.5, 0.12 * pitch)))
    across_y = smooth_noise(rng, shape, (max(0.5, 0.12 * pitch), max(0.6, 0.9 * pitch)))
    fibres = np.where(warp_on_top, along, across_y)
    tone = tone + np.float32(0.06) * fibres + np.float32(0.03) * smooth_noise(rng, shape, 0.8)
    tone += np.float32(0.03 * uneven) * smooth_noise(rng, shape, (30 * pitch, 12 * pitch))
    height += np.float32(0.03 * pitch) * fibres
    return height, np.clip(tone, 0.2, 2).astype(np.float32)


def _lifted(weave: Weave, border: Field | None, own: Numbers, along: Field, *, along_warp: bool) -> Field:
    """How far the warp lies above the weft along a thread, 1 to -1: smooth between one crossing and the next."""
    first = np.floor(along).astype(np.int32)
    t = along - first
    t = t * t * (3 - 2 * t)
    ends = []
    for crossing in (first, first + 1):
        warp, weft = (own, crossing) if along_warp else (crossing, own)
        above = weave.above(warp, weft)
        ends.append(above if border is None else np.where(border, PLAIN.above(warp, weft), above))
    return np.asarray(ends[0] * (1 - t) + ends[1] * t, np.float32)


def _selvedge_edges(rng: np.random.Generator, shape: tuple[int, int], edge_px: float, pitch: float) -> Edges:
    """The left edge runs round the ends of the weft; the cloth goes on beyond the right of the image."""
    h, w = shape
    loops = np.float32(0.12 * pitch) * np.sin(np.arange(h, dtype=np.float32) * np.float32(2 * np.pi / (2 * pitch)))
    left = edge_px + loops + 0.1 * pitch * curve_noise(rng, h, 2 * pitch)
    return np.asarray(left, np.float32), np.full(h, w + 1e6, np.float32)

"""A surface before the light falls on it, and what a defect changes there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.camera import Camera
from surfedge.synthesis.shading import Finish, Light

Field = NDArray[np.float32]


@dataclass
class Scene:
    """A piece of material under its light and camera.

    Attributes
    ----------
    height_mm : float32, (H, W): the relief.
    albedo : float32, (H, W) or (H, W, 3): share of the light scattered, 0 to 1.
    gloss : float32, (H, W): weight of the mirror lobe.
    material : "steel", "leather" or "cloth": how defects look inside.
    relief : the slope that is plain to see on this surface; defects scale their depth by it.
    level : mean grey level that the camera is set to.
    edges_px : x of the material's left and right edge in each row, (H,) each; None: it goes on beyond the image.
    """

    height_mm: Field
    albedo: Field
    gloss: Field
    pixel_size_mm: float
    finish: Finish
    light: Light
    camera: Camera
    material: str
    relief: float
    level: float
    edges_px: tuple[Field, Field] | None = None

    def window(self, y: slice, x: slice) -> tuple[Field, Field, Field]:
        """Views of height, albedo and gloss."""
        return self.height_mm[y, x], self.albedo[y, x], self.gloss[y, x]


@dataclass
class Mark:
    """The change that one defect makes within a window of the scene, all float32, (h, w) unless said.

    Attributes
    ----------
    y, x : the window's upper left corner in the scene; it may reach over the edge.
    height_mm : added to the relief.           keep : share of the old relief that stays, 0 to 1.
    tint : multiplies the albedo, (h, w) or (h, w, 3).
    paint, paint_albedo : share in which the albedo becomes `paint_albedo`, a number or an RGB triple.
    gloss : multiplies the gloss.
    footprint : bool, (h, w): where the defect lies.
    size_mm : of the defect, as asked for or drawn.
    by_footprint : the footprint is the truth, where anything can be seen at all; else what visibly changes is.
    """

    y: int
    x: int
    footprint: NDArray[np.bool_]
    height_mm: Field | None = None
    keep: Field | None = None
    tint: Field | None = None
    paint: Field | None = None
    paint_albedo: float | tuple[float, float, float] = 0.0
    gloss: Field | None = None
    size_mm: float = 0.0
    by_footprint: bool = False

    def apply(self, scene: Scene) -> tuple[slice, slice] | None:
        """Change the scene in place; the window that was changed, or None where it lies outside."""
        rows, columns = scene.height_mm.shape
        y, x, inner = self.clip(rows, columns)
        if y.stop <= y.start or x.stop <= x.start:
            return None
        height, albedo, gloss = scene.window(y, x)
        if self.keep is not None:
            height *= self.keep[inner]
        if self.height_mm is not None:
            height += self.height_mm[inner]
        if self.tint is not None:
            albedo *= _like(self.tint[inner], albedo)
        if self.paint is not None:
            share = _like(self.paint[inner], albedo)
            colour = np.asarray(self.paint_albedo, np.float32)
            if colour.ndim and albedo.ndim == 2:
                colour = colour.mean()
            albedo += share * (colour - albedo)
        if self.gloss is not None:
            gloss *= self.gloss[inner]
        return y, x

    def clip(self, rows: int, columns: int) -> tuple[slice, slice, tuple[slice, slice]]:
        """The window inside the scene, and the part of the mark that falls in it."""
        h, w = self.footprint.shape
        y = slice(max(0, self.y), max(0, min(rows, self.y + h)))
        x = slice(max(0, self.x), max(0, min(columns, self.x + w)))
        return y, x, (slice(y.start - self.y, y.stop - self.y), slice(x.start - self.x, x.stop - self.x))


def _like(values: Field, albedo: Field) -> Field:
    if albedo.ndim == 3 and values.ndim == 2:
        return values[..., None]
    if albedo.ndim == 2 and values.ndim == 3:
        return np.asarray(values.mean(axis=2), np.float32)
    return values


@dataclass(frozen=True)
class Site:
    """Where a defect is to be put, for the functions in `defects`.

    Attributes
    ----------
    shape : (H, W) of the scene.
    centre_px : (x, y) of the defect's centre.
    material, relief : see Scene.
    travel_deg : direction of rolling, degrees from the x axis; scratches mostly run along it.
    material_edges_px : of the Scene.
    """

    shape: tuple[int, int]
    centre_px: tuple[float, float]
    pixel_size_mm: float
    material: str
    relief: float
    travel_deg: float = 90.0
    material_edges_px: tuple[Field, Field] | None = None

    @property
    def edges_px(self) -> tuple[Field, Field]:
        """x of the left and right edge in each row, (H,) each: the image's own where the material goes on."""
        if self.material_edges_px is not None:
            return self.material_edges_px
        rows = np.ones(self.shape[0], np.float32)
        return 0 * rows, self.shape[1] * rows

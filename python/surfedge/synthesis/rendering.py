"""From a name to an image with truth: build the scene, put defects in, light it, take the photograph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surfedge.errors import ArgumentError
from surfedge.registry import resolve
from surfedge.synthesis import ALIASES, DEFECTS, SURFACES
from surfedge.synthesis.random_streams import stream
from surfedge.synthesis.ranges import call, require
from surfedge.synthesis.record import Defect, Instance, Rendering
from surfedge.synthesis.scene import Scene, Site
from surfedge.synthesis.truth import numbered, put, shade_window
from surfedge.synthesis.view import View

Field = NDArray[np.float32]

_NOWHERE = (0, 0, 0, 0)  # the box is known when the image is: see `numbered`


def render(
    surface: str,
    shape: tuple[int, int] = (512, 512),
    pixel_size_mm: float = 0.5,
    defects: Sequence[str | Defect] = (),
    seed: int = 0,
    *,
    severity: float | None = None,
    size_mm: float | None = None,
    rotation_deg: float = 0.0,
    stretch: tuple[float, float] = (1.0, 1.0),
    noise_levels: float | None = None,
    blur_px: float | None = None,
    vignetting: float | None = None,
    **options: float,
) -> Rendering:
    """Render a surface with known truth. Equal arguments give equal bytes; defects do not disturb the rest.

    Parameters
    ----------
    surface : a key of `SURFACES` or of `ALIASES`.
    shape : (H, W) in pixels, each at least 1.
    pixel_size_mm : edge of a pixel on the surface, in mm, > 0.
    defects : names from `DEFECTS`, or Defect records where one needs its own size, severity or place.
    seed : 0 or more.
    severity, size_mm : for every defect that does not state its own; None draws them from the seed.
    rotation_deg, stretch : of the material under the camera; stretch is (along x, along y), 0.5 to 2.
    noise_levels, blur_px, vignetting : of the camera, see Camera; None keeps the surface's own.
    options : of the surface, such as ``pitch_mm=30`` of a plate.

    Returns
    -------
    Rendering

    Raises
    ------
    ArgumentError : an unknown name or option, or a value out of range.

    >>> shot = render("leather", shape=(64, 96), defects=("stain",), seed=1)
    >>> shot.image.shape, shot.instances[0].class_name
    ((64, 96, 3), 'stain')
    """
    wanted = [defect if isinstance(defect, Defect) else Defect(defect) for defect in defects]
    wanted = [_filled(defect, size_mm, severity) for defect in wanted]
    _check(shape, pixel_size_mm, seed, wanted)
    surface = ALIASES.get(surface, surface)
    view = View.of(shape, rotation_deg, stretch)
    scene = _scene(surface, view.scene_shape, pixel_size_mm, seed, options)
    require(0, 1000, noise_levels=noise_levels, blur_px=blur_px)
    require(0, 1, vignetting=vignetting)
    camera_settings = {"noise_levels": noise_levels, "blur_px": blur_px, "vignetting": vignetting}
    given: dict[str, Any] = {k: v for k, v in camera_settings.items() if v is not None}
    scene.camera = replace(scene.camera, **given)
    radiance = shade_window(scene, slice(None), slice(None))
    gain = np.float32(scene.level / max(float(radiance.mean(dtype=np.float64)), 1e-6))
    labels, marked = _mark(scene, radiance, gain, wanted, seed, view)
    levels = scene.camera.focus(view.warp(radiance))
    light = scene.camera.illumination(stream(seed, "illumination"), shape) * gain
    levels *= light[..., None] if levels.ndim == 3 else light
    image = scene.camera.expose(levels, stream(seed, "camera"))
    labels, instances = numbered(view.warp_labels(labels), marked)
    parameters = {
        "shape": tuple(shape),
        "defects": tuple(wanted),
        "rotation_deg": rotation_deg,
        "stretch": tuple(stretch),
        **camera_settings,
        **options,
    }
    return Rendering(image, labels > 0, labels, instances, surface, pixel_size_mm, seed, parameters)


def _filled(defect: Defect, size_mm: float | None, severity: float | None) -> Defect:
    size = size_mm if defect.size_mm is None else defect.size_mm
    return replace(defect, size_mm=size, severity=severity if defect.severity is None else defect.severity)


def _check(shape: tuple[int, int], pixel_size_mm: float, seed: int, defects: Sequence[Defect]) -> None:
    if len(shape) != 2 or any(not isinstance(n, (int, np.integer)) or n < 1 for n in shape):
        raise ArgumentError("shape", found=shape, expected="(height, width), each 1 or more")
    require(1e-4, 100, pixel_size_mm=pixel_size_mm)
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ArgumentError("seed", found=seed, expected="a whole number, 0 or more")
    for defect in defects:
        resolve(DEFECTS, defect.name, "defect")
        require(1e-6, 1e6, size_mm=defect.size_mm)
        require(1e-3, 10, severity=defect.severity)


def _scene(
    surface: str, shape: tuple[int, int], pixel_size_mm: float, seed: int, options: Mapping[str, float]
) -> Scene:
    build = resolve(SURFACES, surface, "surface")
    rng = stream(seed, f"surface:{surface}")
    scene: Scene = call(surface, build, rng, shape, pixel_size_mm, options=options)
    return scene


def _mark(
    scene: Scene, radiance: Field, gain: np.float32, wanted: Sequence[Defect], seed: int, view: View
) -> tuple[NDArray[np.uint16], list[Instance]]:
    """Put the defects into scene and radiance; labels and instances of what can be seen."""
    labels = np.zeros(scene.height_mm.shape, np.uint16)
    instances: list[Instance] = []
    for group, defect in enumerate(wanted):
        rng = stream(seed, f"defect:{group}:{defect.name}")
        make = resolve(DEFECTS, defect.name, "defect")
        strength = defect.severity if defect.severity is not None else float(rng.uniform(0.45, 1.3))
        centre = view.scene_point(defect.centre_mm, scene.pixel_size_mm, rng)
        site = Site(
            scene.height_mm.shape,
            centre,
            scene.pixel_size_mm,
            scene.material,
            scene.relief,
            material_edges_px=scene.edges_px,
        )
        marks = call(defect.name, make, site, rng, defect.size_mm, strength, options=defect.options)
        for mark in marks:
            seen = put(scene, radiance, gain, mark)
            if seen is not None:
                (y, x), pixels, contrast = seen
                size = mark.size_mm
                instances.append(Instance(defect.name, _NOWHERE, 0, contrast, strength, size, group))
                labels[y, x][pixels] = len(instances)
    return labels, instances

"""A plate in use as a hand-held photograph shows it: scratches of its own, lugs that shine unevenly, drifting light.

None of it is a defect. It is what makes real plates harder than clean ones: the strongest marks of a good image are its
glints and its wear.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.noise_fields import blurred, smooth_noise

Field = NDArray[np.float32]

SCRATCHES_PER_DM2 = 220.0  # of the worst plate
LENGTHS_MM = (1.5, 14.0)
FALL_OFF = 1.1  # of the logarithm of the light, from one end of the image to the other
SHIFT = 3  # fractional bits of the ends of a line


def worn(
    rng: np.random.Generator, inside: Field, albedo: Field, gloss: Field, pixel_size_mm: float, in_use: float
) -> None:
    """Scratch, dull, and light unevenly by `in_use`, 0 to 1, in place; `inside` is 0 between lugs, 1 on spines."""
    light = np.exp(np.float32(in_use) * _light(rng, inside.shape))
    scratched = _scratches(rng, inside.shape, pixel_size_mm, in_use)
    albedo *= light * np.maximum(1 + np.float32(0.8) * scratched, np.float32(0.2))
    # Each lug mirrors another part of the surroundings: some shine, some hardly.
    shine = smooth_noise(rng, inside.shape, 9.0 / pixel_size_mm)
    lugs = np.clip(4 * blurred(inside, max(1.0 / pixel_size_mm, 0.6)), 0, 1)
    gloss *= light * np.exp(np.float32(0.9 * in_use) * shine * lugs) * np.maximum(1 + np.float32(0.9) * scratched, 0)


def _light(rng: np.random.Generator, shape: tuple[int, int]) -> Field:
    """Logarithm of the light: a slope in some direction, and a broad reflection, float32 (H, W)."""
    h, w = shape
    turn = rng.uniform(0, 2 * np.pi)
    x, y = np.linspace(-0.5, 0.5, w, dtype=np.float32)[None], np.linspace(-0.5, 0.5, h, dtype=np.float32)[:, None]
    slope = np.float32(np.cos(turn)) * x + np.float32(np.sin(turn)) * y
    broad = smooth_noise(rng, shape, 0.3 * max(shape))
    return np.asarray(np.float32(FALL_OFF) * slope + np.float32(0.25) * broad, np.float32)


def _scratches(rng: np.random.Generator, shape: tuple[int, int], pixel_size_mm: float, in_use: float) -> Field:
    """Thin bright and dark lines in all directions, most of them faint, about -1 to 1, float32 (H, W)."""
    h, w = shape
    area_dm2 = h * w * (pixel_size_mm / 100) ** 2
    count = int(rng.poisson(SCRATCHES_PER_DM2 * in_use * area_dm2))
    bright, dark = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for _ in range(count):
        length = np.exp(rng.uniform(*np.log(LENGTHS_MM))) / pixel_size_mm
        turn, (x, y) = rng.uniform(0, np.pi), rng.uniform(0, 1, 2) * (w, h)
        step = np.array([np.cos(turn), np.sin(turn)]) * length / 2
        first, last = ([round(float(v) * 2**SHIFT) for v in (x, y) + side * step] for side in (-1, 1))
        strength = int(np.clip(255 * in_use * rng.exponential(0.28), 4, 255))
        cv2.line(bright if rng.random() < 0.75 else dark, first, last, strength, 1, cv2.LINE_AA, SHIFT)
    lines = (bright.astype(np.float32) - 0.7 * dark.astype(np.float32)) / np.float32(255)
    thin = blurred(lines, max(0.25 / pixel_size_mm, 0.5))
    return np.asarray(thin * np.float32(max(1.0, 0.5 / pixel_size_mm)), np.float32)

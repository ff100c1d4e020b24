"""Scratches drawn so many times as strong as those that a worn plate has of its own.

The strength of a line is its change of brightness, relative to the light around, summed across it: pixels times
contrast. The photograph's own lines were measured on the ground between the lugs of each half: highest mean over 48 px
in 24 directions, four pixels wide, less the higher of both sides. Of the highest places within 60 px (53 and 65 of
them) 99 % are below OWN_PX, at full size. What real_plate.py draws besides has a strength of 0.3 to 2 px.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from surfedge.synthesis.noise_fields import smooth_noise
from surfedge.synthesis.outlines import ramp, stroke

OWN_PX = {"left": 2.2, "right": 1.9}
BRIGHT, DARK = (0.6, 1.5), (0.5, 0.95)  # contrast; the width follows from it and the strength
WAVERS = 0.8  # mean of the strength along a scratch
LIGHT_PX, DARKEST = 8.0, 15.0  # std of the Gaussian that is taken for the light, grey levels
SEEN = 0.3  # of the largest change; less is not called defective


def deep_scratch(
    crop: np.ndarray, rng: np.random.Generator, strength_px: float, centre_px: tuple[float, float], length_px: float
) -> tuple[np.ndarray, np.ndarray]:
    """`crop`, uint8 (H, W), with one scratch, and its mask, bool (H, W)."""
    is_bright = bool(rng.random() < 0.5)
    contrast = float(np.exp(rng.uniform(*np.log(BRIGHT if is_bright else DARK))))
    half_px = strength_px / (math.sqrt(math.pi) * WAVERS * contrast)
    margin_px = max(6.0, 3 * half_px)
    turn, bend = rng.uniform(0, 180), rng.uniform(-0.06, 0.06)
    made = stroke(rng, centre_px, length_px, turn, bend, 0.3, margin_px, crop.shape)
    profile = np.exp(-np.minimum((made.across / half_px) ** 2, 60))
    ends = ramp(np.minimum(made.along, 1 - made.along), 0.0, 0.08)
    waver = WAVERS + (1 - WAVERS) * np.clip(smooth_noise(rng, made.window.shape, 4.0), -1, 1)
    change = (contrast if is_bright else -contrast) * profile * ends * waver
    light = np.maximum(cv2.GaussianBlur(crop.astype(np.float32), (0, 0), LIGHT_PX), DARKEST)
    image, mask = crop.astype(np.float32), np.zeros(crop.shape, bool)
    at = made.window.rows, made.window.columns
    image[at] += light[at] * change
    mask[at] = np.abs(change) > SEEN * np.abs(change).max()
    return np.clip(image, 0, 255).round().astype(np.uint8), mask

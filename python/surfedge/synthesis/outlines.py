"""Irregular outlines and curved paths on a small window of pixels; what defects are drawn with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surfedge.synthesis.noise_fields import curve_noise, fractal_noise

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Window:
    """Pixels about a centre: `x` (1, w) and `y` (h, 1) from the centre, `left` and `top` in the scene."""

    left: int
    top: int
    x: Field
    y: Field

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w)."""
        return self.y.shape[0], self.x.shape[1]

    @property
    def rows(self) -> slice:
        """Its rows of the scene; only for a window inside it."""
        return slice(self.top, self.top + self.shape[0])

    @property
    def columns(self) -> slice:
        """Its columns of the scene; only for a window inside it."""
        return slice(self.left, self.left + self.shape[1])

    @classmethod
    def around(cls, centre_px: tuple[float, float], half_width_px: float, half_height_px: float) -> Window:
        """All pixels within the half sizes of the centre.

        >>> Window.around((10.0, 20.0), 3.0, 2.0).shape
        (5, 7)
        """
        cx, cy = centre_px
        left, right = int(np.floor(cx - half_width_px)), int(np.ceil(cx + half_width_px))
        top, bottom = int(np.floor(cy - half_height_px)), int(np.ceil(cy + half_height_px))
        x = (np.arange(left, right + 1, dtype=np.float32) - np.float32(cx))[None]
        y = (np.arange(top, bottom + 1, dtype=np.float32) - np.float32(cy))[:, None]
        return cls(left, top, x, y)


def blob(
    rng: np.random.Generator,
    window: Window,
    radius_px: float,
    *,
    elongation: float = 1.0,
    turn_deg: float = 0.0,
    ragged: float = 0.2,
) -> Field:
    """Depth inside an irregular ellipse: 0 on its outline, 1 at its centre, negative outside; (h, w).

    elongation : length over width, at equal area.
    ragged : relative deviation of the outline, 0 is an ellipse.
    """
    c, s = np.float32(np.cos(np.deg2rad(turn_deg))), np.float32(np.sin(np.deg2rad(turn_deg)))
    stretch = np.float32(np.sqrt(elongation))
    along = (window.x * c - window.y * s) / stretch
    across = (window.x * s + window.y * c) * stretch
    distance = np.sqrt(along * along + across * across) / np.float32(max(radius_px, 0.5))
    if ragged > 0:
        noise = fractal_noise(rng, window.shape, max(1.0, 0.42 * radius_px), 3, 0.55)
        # The outline wavers, the middle does not.
        distance += np.float32(ragged) * noise * np.minimum(distance, 1)
    return np.asarray(1 - distance, np.float32)


def ramp(values: Field, low: float, high: float) -> Field:
    """Smooth step: 0 up to `low`, 1 from `high` on.

    >>> ramp(np.float32([0, 0.5, 1]), 0.0, 1.0).tolist()
    [0.0, 0.5, 1.0]
    """
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


@dataclass(frozen=True)
class Stroke:
    """A curved path on a window: for each pixel the place along it and the distance across.

    `along` is 0 at one end and 1 at the other.
    `along` and `across` are float32, (h, w); `across` is signed, in pixels.
    """

    window: Window
    along: Field
    across: Field
    length_px: float

    def profile(self, values: Field) -> Field:
        """Spread values given along the path over the pixels."""
        index = np.clip(self.along * np.float32(len(values) - 1), 0, len(values) - 1)
        return np.asarray(values.take(np.rint(index).astype(np.int32)), np.float32)


def stroke(
    rng: np.random.Generator,
    centre_px: tuple[float, float],
    length_px: float,
    turn_deg: float,
    bend: float,
    wobble_px: float,
    margin_px: float,
    limits: tuple[int, int],
) -> Stroke:
    """A path of `length_px` through the centre at `turn_deg` from the x axis, bent by `bend` of its length.

    limits : (H, W) of the scene; the window is cut to it, so that a path beyond the edge costs nothing.
    """
    c, s = float(np.cos(np.deg2rad(turn_deg))), float(np.sin(np.deg2rad(turn_deg)))
    aside = abs(bend) * length_px + 3 * wobble_px + margin_px
    half_w = abs(c) * length_px / 2 + abs(s) * aside + margin_px
    half_h = abs(s) * length_px / 2 + abs(c) * aside + margin_px
    window = _cut(Window.around(centre_px, half_w, half_h), limits)
    u = window.x * np.float32(c) - window.y * np.float32(s)
    v = window.x * np.float32(s) + window.y * np.float32(c)
    along = u / np.float32(length_px) + np.float32(0.5)
    samples = max(16, int(length_px) + 1)
    t = np.linspace(-1, 1, samples, dtype=np.float32)
    way = np.float32(bend * length_px) * (t * t - np.float32(0.4))
    way += np.float32(wobble_px) * curve_noise(rng, samples, max(3.0, 0.15 * samples))
    index = np.clip(along * np.float32(samples - 1), 0, samples - 1)
    whole = np.minimum(index.astype(np.int32), samples - 2)
    part = index - whole
    centre_line = way.take(whole) * (1 - part) + way.take(whole + 1) * part
    tilt = np.gradient(way).take(whole)
    across = (v - centre_line) / np.sqrt(1 + tilt * tilt)
    return Stroke(window, np.asarray(along, np.float32), np.asarray(across, np.float32), length_px)


def _cut(window: Window, limits: tuple[int, int]) -> Window:
    y0, y1 = max(0, -window.top), max(0, min(window.shape[0], limits[0] - window.top))
    x0, x1 = max(0, -window.left), max(0, min(window.shape[1], limits[1] - window.left))
    if y1 <= y0 or x1 <= x0:  # wholly outside: one pixel, which the scene will refuse too
        y0, y1, x0, x1 = 0, 1, 0, 1
    return Window(window.left + x0, window.top + y0, window.x[:, x0:x1], window.y[y0:y1])

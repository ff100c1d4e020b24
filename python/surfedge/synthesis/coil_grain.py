"""Rolled steel without end: two fields of grain and one of noise, each laid anew for every stretch of lines.

A stretch takes its own place from each field and is faded into the next one at constant variance, so no part of a coil
is like another and no seam shows; the cost is that of adding three images.
"""

from __future__ import annotations

import numpy as np

from surfedge.synthesis.noise_fields import curve_noise, smooth_noise, white
from surfedge.synthesis.random_streams import stream
from surfedge.synthesis.surfaces.strip import rolling_lines

STRETCH, FADE = 512, 64  # lines
SPARE = 384  # lines and columns that a field is larger than a stretch
SLOW = 16384  # lines after which slow changes of brightness begin anew, without a step


class Grain:
    """seed : equal seeds give equal grain. columns : of the view. pixel_mm, line_mm : size of a pixel."""

    def __init__(self, seed: int, columns: int, pixel_mm: float, line_mm: float, level: float = 128.0) -> None:
        self._seed, self._columns, self._level = seed, columns, np.float32(level)
        shape = (STRETCH + FADE + SPARE, columns + SPARE)
        rng = stream(seed, "grain")
        sand = smooth_noise(rng, shape, (0.95, 0.6))
        sand += np.float32(0.5) * smooth_noise(rng, shape, (max(1.5, 1.2 / line_mm), max(1.0, 0.6 / pixel_mm)))
        lines = rolling_lines(rng, shape, pixel_mm)
        self._fields = (np.float32(0.030) * sand, np.float32(0.018) * lines, np.float32(0.016) * white(rng, shape))
        across = curve_noise(rng, columns, 30 / pixel_mm) + np.float32(0.5) * curve_noise(rng, columns, 8 / pixel_mm)
        x = np.linspace(-1, 1, columns, dtype=np.float32)
        self._across = (1 - np.float32(0.06) * x * x) * (1 + np.float32(0.018) * across)
        self._slow = 1 + np.float32(0.02) * curve_noise(rng, SLOW // 2, 150 / line_mm)
        self._last: tuple[int, np.ndarray] = (-2, np.empty(0))

    def stretch(self, number: int) -> np.ndarray:
        """Lines number * 512 to the next 511, float32 (512, columns), grey levels of steel without a mark."""
        before = self._tail(number - 1)
        laid = self._laid(number)
        grain = laid[:STRETCH]
        ramp = np.linspace(0, 1, FADE, dtype=np.float32)[:, None]
        grain[:FADE] = np.sqrt(ramp) * grain[:FADE] + np.sqrt(1 - ramp) * before
        self._last = number, laid[STRETCH:].copy()
        grain += np.float32(1)
        grain *= self._across * self._level
        grain *= self._along(number)[:, None]
        return grain

    def _tail(self, number: int) -> np.ndarray:
        """The lines with which a stretch fades out."""
        if self._last[0] == number:
            return self._last[1]
        return self._laid(number)[STRETCH:]

    def _laid(self, number: int) -> np.ndarray:
        rng = np.random.default_rng([self._seed, 71, number + 1])
        total = np.zeros((STRETCH + FADE, self._columns), np.float32)
        for field in self._fields:
            y, x = (int(each) for each in rng.integers(0, SPARE, 2))
            piece = field[y : y + STRETCH + FADE, x : x + self._columns]
            total += piece[::-1] if rng.random() < 0.5 else piece
        return total

    def _along(self, number: int) -> np.ndarray:
        """Slow brightness along the strip: there and back, so that it never jumps."""
        lines = np.arange(number * STRETCH, (number + 1) * STRETCH) % SLOW
        return self._slow[np.minimum(lines, SLOW - 1 - lines)]

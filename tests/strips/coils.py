"""Small coils for tests, and the process that other tests kill."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surfedge.detector import Detector
from surfedge.result import Region, Result

LINES, COLUMNS, TILE = 6000, 240, 256
PITCH_LINES = 400


def coil(lines: int = LINES, seed: int = 0) -> np.ndarray:
    """Noise with roll marks every 400 lines, a scratch over several tiles and pits; uint8 (lines, 240)."""
    rng = np.random.default_rng(seed)
    view = rng.normal(128, 5, (lines, COLUMNS)).clip(1, 255).astype(np.uint8)
    for line in range(100, lines - 20, PITCH_LINES):
        view[line : line + 12, 60:72] //= 4
    view[1000:1900, 180:186] //= 3
    for _ in range(lines // 400):
        y, x = int(rng.integers(0, lines - 20)), int(rng.integers(100, 160))
        view[y : y + int(rng.integers(6, 16)), x : x + 10] //= 5
    return view


def write_images(folder: Path, view: np.ndarray, lines: int = 500) -> Path:
    """The coil as numbered images."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, top in enumerate(range(0, len(view), lines)):
        assert cv2.imwrite(str(folder / f"{number:05}.png"), view[top : top + lines])
    return folder


class Simple:
    """A Detector in all that a strip asks for, quick: dark pixels are defects, the score is 255 less the grey level."""

    def __init__(self, delay_s: float = 0.0) -> None:
        real = Detector()
        self.bundle, self.method, self.preparation = real.bundle, real.method, real.preparation
        self.decision, self.workers, self.delay_s = real.decision, 2, delay_s

    def with_decision(self, decision: Any) -> Simple:
        """The same: nothing of the decision is used."""
        return self

    def __call__(self, pixels: np.ndarray, ignore: np.ndarray | None = None) -> Result:
        time.sleep(self.delay_s)
        scores = 255.0 - pixels.astype(np.float32)
        mask = (scores > 200) if ignore is None else (scores > 200) & ~ignore
        regions: tuple[Region, ...] = ()
        return Result(float(scores.max()), 200.0, bool(mask.any()), scores, mask, regions, pixels.shape[:2])


if __name__ == "__main__":
    from surfedge.strips import strip

    source, out, delay_s = sys.argv[1:]
    print("begun", flush=True)
    strip(Simple(float(delay_s)), source, out, pixel_size_mm=0.5, tile_lines=TILE)  # type: ignore[arg-type]

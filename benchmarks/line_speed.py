"""Strip frames through a screen and a reconstruction network, without a pause: pixels a second, and the line that is.

The network is the autoencoder of the recipe bergmann-fast (64 px, width 16, latent 100, step 32 px, L2 residual, blur
6 px) with random weights. The frames are rendered; every fourth has a defect. Nothing is decoded: a line camera
hands over arrays.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np
import tiled_autoencoder
from side_by_side import alternating, bundle_of

from surfedge import Detector
from surfedge.calibration import with_screen
from surfedge.cores import usable_cores
from surfedge.decision import Decision
from surfedge.detector import Line
from surfedge.methods import Reconstruction
from surfedge.result import Result
from surfedge.synthesis import render

WIDTHS_PX = (2000, 8000)
ROWS, GOOD, FRAMES = 1024, 10, 8
LINE = Line(1400, 0.5, 1000)
STRIDE_PX = 32


def line_speed(folder: Path, seconds: float) -> None:
    """Both screens at both widths."""
    network = Reconstruction(*_small_autoencoder(folder), stride_px=STRIDE_PX, residual="l2")
    cores = usable_cores()
    line = f"{LINE.speed_m_per_min:.0f} m/min at {LINE.pixel_mm} mm and 1 m"
    print(
        f"\nstrip through screen and network, {cores} workers with a stream each "
        f"(goal {LINE.pixels_per_s / 1e6:.0f} Mpx/s: {line}); screen alone, one thread (goal 2,000)"
    )
    for width_px in WIDTHS_PX:
        good = folder / str(width_px)
        good.mkdir()
        paths = [good / f"{number}.png" for number in range(GOOD)]
        for number, path in enumerate(paths):
            cv2.imwrite(str(path), render("strip", (ROWS, width_px), seed=100 + number).image)
        frames = [_frame(number, width_px) for number in range(FRAMES)]
        for method in ("statistics", "dzl"):
            bundle = with_screen(
                bundle_of(network, Decision(threshold=0.3, blur_sigma_px=6.0), cores), paths, 0.98, method
            )
            _line(method, width_px, Detector(bundle), frames, cores, seconds)


def _line(
    method: str, width_px: int, detector: Detector, frames: list[np.ndarray], workers: int, seconds: float
) -> None:
    kept, look_s = [], []
    for frame in map(detector.preparation.read, frames):
        kept.append(detector.method.kept_tiles(frame, STRIDE_PX).mean())
        look_s += alternating(lambda frame=frame: detector.method.kept_tiles(frame, STRIDE_PX), rounds=20)
    for image in frames:
        detector(image)
    start, used, count = time.perf_counter(), time.process_time(), 0
    for _, result in detector.stream(_until(start + seconds, frames), workers=workers):
        assert isinstance(result, Result)
        count += 1
    rate = count * frames[0].size / (time.perf_counter() - start) / 1e6
    spent = count * frames[0].size / (time.process_time() - used) / 1e6
    print(
        f"{method:10} {width_px:5} columns: {rate:6.0f} Mpx/s, {spent:.0f} per second of processor time, "
        f"network on {np.mean(kept):.1%} of tiles; screen alone {frames[0].size / min(look_s) / 1e6:,.0f} Mpx/s; "
        f"{LINE.speed_of(1e6 * rate):,.0f} m/min"
    )


def _frame(number: int, width_px: int) -> np.ndarray:
    defects = ["scratch"] if number % 4 == 3 else []
    return render("strip", (ROWS, width_px), defects=defects, seed=number).image


def _until(end: float, frames: list[np.ndarray]) -> Iterator[np.ndarray]:
    for frame in cycle(frames):
        if time.perf_counter() >= end:
            return
        yield frame


def _small_autoencoder(folder: Path) -> tuple[bytes, bytes]:
    return tiled_autoencoder.autoencoder(folder, 64, width=16)

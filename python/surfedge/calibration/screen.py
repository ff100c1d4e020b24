"""From good images to a bundle with a screen in front of its tiled network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from surfedge.bundle import Bundle, with_section
from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.spread import spread
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.methods import Networked, fit_screen, to_section
from surfedge.progress import Progress, silent

FILL_SAMPLE = 4


def with_screen(
    bundle: Bundle, paths: Sequence[Path], share: float = 0.98, method: str = "statistics", progress: Progress = silent
) -> Bundle:
    """A copy of `bundle` whose network skips the fraction `share` of the tiles of good images.

    paths : good images, the ones of the calibration. method : "statistics", or "dzl", faster but less sensitive.
    The threshold stays: a tile that is skipped can only lower the score. What a screen costs in detection is
    measured by ``surfedge evaluate``. Raises ArgumentError for a bundle without a tiled network.
    """
    detector = Detector(bundle, screen=False)
    network = detector.method
    stride_px = getattr(network, "stride_px", 0)
    if not isinstance(network, Networked) or not stride_px or getattr(network, "view", "tiles") != "tiles":
        raise ArgumentError(
            "screen",
            found=f"the method {bundle.method!r} without tiles",
            expected="a tiled network",
            remedy="leave the screen out: there is nothing to skip",
        )
    if network.cell_px != 1:
        raise ArgumentError(
            "screen",
            found="a residual of patches",
            expected="l2 or ssim",
            remedy="leave the screen out: patches would reach into skipped tiles",
        )
    if not 0.0 < share < 1.0:
        raise ArgumentError("screen", found=share, expected="a fraction above 0 and below 1", remedy="use 0.98")
    good = GoodFrames(paths, detector.preparation, progress)
    sample = spread(len(good), FILL_SAMPLE)
    fill = float(np.median([np.median(network.inspect(frame).map) for frame in good.take(sample, "judging")]))
    screen = fit_screen(
        good.take, len(good), network.tile_px(stride_px), stride_px, share=share, method=method, fill=fill
    )
    section, learned = to_section(screen)
    kept = {name: array for name, array in bundle.arrays.items() if not name.startswith("screen/")}
    arrays = {**kept, **with_section("screen", learned, {})[0]}
    return replace(bundle, screen=section, arrays=arrays, identity="")

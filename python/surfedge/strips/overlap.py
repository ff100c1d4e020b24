"""How many lines a tile needs around it, so that its verdict is that of the whole strip."""

from __future__ import annotations

from math import ceil, lcm
from typing import Any

from surfedge.detector import Detector

BLUR_REACH = 4.0  # deviations of the Gaussian beyond which OpenCV's kernel ends
TILE_PIXELS = 1 << 21  # of a tile, about: small enough for caches and threads, large enough to hide the overlap
MIN_TILE_LINES, MAX_TILE_LINES = 256, 4096


def alignment(detector: Detector) -> int:
    """Lines whose multiple every window begins at, so that the method's cells and tiles lie as in the whole strip."""
    method: Any = detector.method
    return lcm(method.cell_px or 1, max(1, int(getattr(method, "stride_px", 1) or 1)))


def overlap_lines(detector: Detector) -> int:
    """Lines before and after a tile that can change a verdict within it, rounded up to the alignment.

    The sum of what the method, the Gaussian over its map and the opening look at: exact for methods with local support
    (patch statistics compared with what was learned alone, pixel differences, tiled networks). A method or decision
    that compares with figures of the image as a whole (own_share above 0, "median", "robust") takes a tile with its
    overlap for the image; there the overlap only keeps borders apart.
    """
    method, decision = detector.method, detector.decision
    cell = method.cell_px or 1
    reach = BLUR_REACH * decision.blur_sigma_px + 2 * cell + 2 * decision.opening_radius_px
    reach += cell * (max(getattr(method, "patch_cells", (1,))) // 2 + 1) + getattr(method, "window_px", 1)
    size: Any = getattr(method, "input_size", None)
    if size is not None:
        reach += max(size()[1:])
    step = alignment(detector)
    return step * ceil(max(32.0, reach) / step)


def tile_lines(detector: Detector, columns: int) -> int:
    """Lines of a tile that hold about two megapixels, a multiple of the alignment."""
    step = alignment(detector)
    lines = min(MAX_TILE_LINES, max(MIN_TILE_LINES, TILE_PIXELS // max(1, columns)))
    return step * max(1, round(lines / step))

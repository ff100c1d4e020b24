"""What `surfedge tune --strip` measures with: frames one below the other as one strip, the way that a coil goes.

Tiles of a strip see lines before and after them a second time, are cut from blocks and joined again: images of the same
size, one by one, would promise a rate that no coil reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import perf_counter

import numpy as np

from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.images import Frame
from surfedge.strips.blocks import Block
from surfedge.strips.joining import Joiner
from surfedge.strips.line_scan import LineScan


def as_strip(detector: Detector, frames: Iterable[np.ndarray | Frame], workers: int) -> Iterator[tuple[int, float]]:
    """Pixels of each tile, its overlap not counted, and the milliseconds since the tile before.

    frames : of one width and type. workers : tiles inspected at once. Raises ArgumentError where a frame is of another
    width, and for what cannot be inspected.
    """
    scan, joiner = LineScan(detector, 1.0, workers=workers), Joiner()
    blocks = (Block(frame.pixels if isinstance(frame, Frame) else frame) for frame in frames)
    last = perf_counter()
    for tile in scan.tiles(blocks):
        for piece in joiner.add(tile.defects):
            scan.defect(piece, 1)
        if tile.not_inspected:
            reason = tile.not_inspected[0].reason
            raise ArgumentError("frames", found=reason, expected="lines of one strip", remedy="check the images")
        now = perf_counter()
        window = tile.window
        yield (window.below - window.top) * window.pixels.shape[1], 1e3 * (now - last)
        last = now

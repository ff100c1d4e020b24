"""What a network is fed while it judges images, drawn evenly: the material that int8 scales are found from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from surfedge.images import Frame
from surfedge.methods import Networked

TILES = 512


def sampled_tiles(method: Networked, frames: Iterable[Frame], count: int) -> np.ndarray:
    """(N, C, h, w) in the graph's type: some 512 tiles of `count` frames, as many of each, one or more.

    The frames go through the method itself, so views, steps and conversions are those of inspection.
    """
    sample = _TileSample(max(1, TILES // count))
    observed = replace(method, screen=None, observer=sample.add)
    for frame in frames:
        observed.inspect(frame)
        sample.next_frame()
    return np.stack(sample.kept)


class _TileSample:
    """Keeps `each` of the tiles of a frame, every tile as likely as any other.

    (Reservoir sampling: J. Vitter, "Random sampling with a reservoir", 1985.)
    """

    def __init__(self, each: int) -> None:
        self._each = each
        self._rng = np.random.default_rng(0)
        self._of_frame: list[np.ndarray] = []
        self._count = 0
        self.kept: list[np.ndarray] = []

    def next_frame(self) -> None:
        """What was added belongs to one frame; another begins."""
        self.kept += self._of_frame
        self._of_frame, self._count = [], 0

    def add(self, batch: np.ndarray) -> None:
        """The tiles (N, C, h, w) of a batch; copies are kept."""
        for tile in batch:
            self._count += 1
            if len(self._of_frame) < self._each:
                self._of_frame.append(tile.copy())
                continue
            place = int(self._rng.integers(self._count))
            if place < self._each:
                self._of_frame[place] = tile.copy()

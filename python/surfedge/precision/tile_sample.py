"""What a network is fed while it judges images, drawn evenly: the material that int8 scales are found from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from surfedge.engine import Engine
from surfedge.images import Frame
from surfedge.methods import Networked

TILES = 512


def sampled_tiles(method: Networked, frames: Iterable[Frame], count: int) -> np.ndarray:
    """(N, C, h, w) in the graph's type: some 512 tiles of `count` frames, as many of each, one or more.

    The frames go through the method itself, so views, steps and conversions are those of inspection.
    """
    listening = replace(method, screen=None)
    ear = _TileRecorder(listening.engine, max(1, TILES // count))
    listening.__dict__["engine"] = ear  # where the engine is kept once it is made
    for frame in frames:
        listening.anomaly_map(frame)
        ear.next_frame()
    return np.stack(ear.kept)


class _TileRecorder:
    """Stands in front of an engine and keeps `each` of the tiles of a frame, every tile as likely as any other.

    (Reservoir sampling: J. Vitter, "Random sampling with a reservoir", 1985.)
    """

    def __init__(self, engine: Engine, each: int) -> None:
        self._engine, self._each = engine, each
        self._chance = np.random.default_rng(0)
        self._heard: list[np.ndarray] = []
        self._count = 0
        self.kept: list[np.ndarray] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def next_frame(self) -> None:
        """What was heard belongs to one frame; another begins."""
        self.kept += self._heard
        self._heard, self._count = [], 0

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        """As the engine's."""
        self._hear(batch)
        return self._engine.run(batch)

    def run_each(self, batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
        """As the engine's."""
        for batch in batches:
            yield self.run(batch)

    def _hear(self, batch: np.ndarray) -> None:
        for tile in batch:
            self._count += 1
            if len(self._heard) < self._each:
                self._heard.append(tile.copy())
                continue
            place = int(self._chance.integers(self._count))
            if place < self._each:
                self._heard[place] = tile.copy()

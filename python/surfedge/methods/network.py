"""Network: the exported graph returns the anomaly map itself (STFPM, CFLOW, reverse distillation, U-Net, ...)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import cv2
import numpy as np

from surfedge.decision import RawMap
from surfedge.engine import fraction_seen, run_kept, run_tiled
from surfedge.errors import ArgumentError, require
from surfedge.images import Frame, cropped
from surfedge.methods import VIEWS
from surfedge.methods.networked import Networked


@dataclass(frozen=True)
class Network(Networked):
    """view : "whole" resizes the image, at its own depth, to the network's input, and the decision stretches the
    map over it; "tiles" cuts overlapping tiles of the input's size and averages their maps. stride_px : step between
    tiles. has_score : the graph's second output is the image score, (N,) or (N, 1); of tiles the largest of theirs
    counts, and where a screen lets none through, its fill.

    The graph's first output is the map, (N, 1, h', w') or (N, h', w'), of any resolution.
    """

    name: ClassVar[str] = "network"
    view: str = "whole"
    stride_px: int = 128
    has_score: bool = False

    def __post_init__(self) -> None:
        require("network.view", self.view, self.view in VIEWS, " or ".join(VIEWS))
        require("network.stride_px", self.stride_px, self.stride_px >= 1, "1 or more")

    def warm_up(self) -> None:
        """Compile and run once; tiles that leave gaps are refused before the first image."""
        super().warm_up()
        if self.view == "tiles":
            self.tile_px(self.stride_px)

    def check_answers(self, answers: list[np.ndarray]) -> None:
        """Raises ArgumentError unless the first output is one map and, where it has one, the second a score."""
        require("network output", answers[0].shape, _as_maps(answers[0]).size > 0, "(1, 1, h, w), not empty")
        if self.has_score:
            _as_scores(answers)

    @property
    def cell_px(self) -> int | None:
        """1 for tiles, whose map has the image's size; None for a whole view, whose map covers the image."""
        return 1 if self.view == "tiles" else None

    def inspect(self, frame: Frame) -> RawMap:
        """The network's map, float32: (H, W) of tiles, (h, w) as the network gives it of a whole view."""
        if self.view == "tiles":
            return self._tiled(frame)
        outputs = self.feed(self.whole(frame))
        score = float(_as_scores(outputs)[0]) if self.has_score else None
        return RawMap(_as_maps(outputs[0])[0], self.cell_px, score=score)

    def _tiled(self, frame: Frame) -> RawMap:
        tile_px, stride_px, batch = self.tile_px(self.stride_px), self.stride_px, self.options.batch
        keep = self.kept_tiles(frame, stride_px)
        scores: list[float] = []
        maps = partial(self._maps, scores=scores)
        if keep is None or self.screen is None:
            found = run_tiled(maps, self.fed(frame), tile_px, stride_px, batch)[0]
            return RawMap(found, score=max(scores) if self.has_score else None)
        out = np.full((1, *frame.shape), self.screen.fill, np.float32)

        def cut(y: int, x: int) -> np.ndarray:
            return self.fed(cropped(frame, y, x, tile_px))

        seen = run_kept(maps, cut, keep, out, tile_px, stride_px, batch)
        score = max(scores, default=self.screen.fill) if self.has_score else None
        return RawMap(out[0], seen_fraction=fraction_seen(seen), score=score)

    def _maps(self, batches: Iterable[np.ndarray], scores: list[float]) -> Iterator[np.ndarray]:
        """Maps of the tiles at the tiles' size, float32 (N, 1, h, w); their scores go to `scores`."""
        _, height, width = self.input_size()
        for outputs in self.feed_each(batches):
            maps = _as_maps(outputs[0])
            if self.has_score:
                scores += _as_scores(outputs).tolist()
            if maps.shape[1:] != (height, width):
                size = (width, height)
                maps = np.stack([cv2.resize(m, size, interpolation=cv2.INTER_LINEAR) for m in maps])
            yield maps[:, None]


def _as_maps(output: np.ndarray) -> np.ndarray:
    """The network's first output as float32 (N, h', w')."""
    maps = output.astype(np.float32, copy=False)
    maps = maps[:, 0] if maps.ndim == 4 and maps.shape[1] == 1 else maps
    if maps.ndim != 3:
        raise ArgumentError(
            "network output",
            found=maps.shape,
            expected="(N, 1, h, w)",
            remedy="a map network returns one map per image",
        )
    return maps


def _as_scores(outputs: list[np.ndarray]) -> np.ndarray:
    """The network's second output, (N,), one for each of its first."""
    if len(outputs) < 2 or outputs[1].size != len(outputs[0]):
        raise ArgumentError(
            "network output",
            found=f"shapes {', '.join(str(output.shape) for output in outputs)}",
            expected="a map and one score per image",
            remedy="export the network with its score, or set has_score to false",
        )
    return outputs[1].reshape(-1)

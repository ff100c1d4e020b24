"""Network: the exported graph returns the anomaly map itself (STFPM, CFLOW, reverse distillation, U-Net, ...)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from surfedge.engine import run_kept, run_tiled, share_not_in
from surfedge.errors import ArgumentError
from surfedge.images import Frame, cropped
from surfedge.methods.networked import Networked


@dataclass(frozen=True)
class Network(Networked):
    """view : "whole" resizes the image, at its own depth, to the network's input, and the decision stretches the
    map over it; "tiles" cuts overlapping tiles of the input's size and averages their maps. stride_px : step between
    tiles.

    The graph's first output is the map, (N, 1, h', w') or (N, h', w'), of any resolution.
    """

    view: str = "whole"
    stride_px: int = 128

    def __post_init__(self) -> None:
        if self.view not in ("whole", "tiles"):
            raise ArgumentError("network.view", found=repr(self.view), expected="whole or tiles")
        if self.stride_px < 1:
            raise ArgumentError("network.stride_px", found=self.stride_px, expected="1 or more")

    def warm_up(self) -> None:
        """Compile and run once; tiles that leave gaps are refused before the first image."""
        super().warm_up()
        if self.view == "tiles":
            self.tile_px(self.stride_px)

    @property
    def cell_px(self) -> int:  # type: ignore[override]
        """1 for tiles: the map has the image's size. 0 for a whole view: the map covers the image."""
        return 0 if self.view == "whole" else 1

    def screened_map(self, frame: Frame) -> tuple[np.ndarray, float]:
        """The network's map, float32: (H, W) of tiles, (h, w) as the network gives it of a whole view; and the share
        of pixels that the network did not see."""
        if self.view == "tiles":
            return self._tiled(frame)
        _, height, width = self.input_size()
        small = frame.pixels
        if frame.shape != (height, width):
            small = cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA)
        return _as_maps(self.feed(self.fed(replace(frame, pixels=small))[None])[0])[0], 0.0

    def _tiled(self, frame: Frame) -> tuple[np.ndarray, float]:
        tile_px, stride_px, batch = self.tile_px(self.stride_px), self.stride_px, self.options.batch
        keep = self.kept_tiles(frame, stride_px)
        if keep is None or self.screen is None:
            return run_tiled(self._maps, self.fed(frame), tile_px, stride_px, batch)[0], 0.0
        out = np.full((1, *frame.shape), self.screen.fill, np.float32)

        def cut(y: int, x: int) -> np.ndarray:
            return self.fed(cropped(frame, y, x, tile_px))

        seen = run_kept(self._maps, cut, keep, out, tile_px, stride_px, batch)
        return out[0], share_not_in(seen)

    def _maps(self, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Maps of the tiles at the tiles' size, float32 (N, 1, h, w)."""
        _, height, width = self.input_size()
        for outputs in self.feed_each(batches):
            maps = _as_maps(outputs[0])
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

"""What methods with a network share: the engine behind them, the image it is fed, the warm-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from surfedge.engine import Engine, EngineOptions
from surfedge.errors import ArgumentError
from surfedge.images import Frame, resized, to_grey_f32, to_grey_u8, to_rgb_f32, to_rgb_u8
from surfedge.methods.method import Method
from surfedge.methods.screen import Screen

M = TypeVar("M", bound="Networked")
Observer = Callable[[np.ndarray], None]


@dataclass(frozen=True)
class Networked(Method):
    """graph, weights : the network as OpenVINO IR. Its input is (N, 1 or 3, h, w): float32 in [0, 1] or uint8 0..255,
    grey or RGB by its channels; mean and scale lie inside the graph. options : where and how it runs, not stored.
    screen : decides which tiles the network gets; None for all; stored in a section of its own. observer : is shown
    each batch as the network is fed it, (N, C, h, w) in the graph's type, and keeps copies only; None for nobody.
    shared : the compiled network of another copy with the same graph and options; None to compile.
    """

    graph: bytes = field(repr=False)
    weights: bytes = field(repr=False)
    options: EngineOptions = field(default=EngineOptions(), kw_only=True, metadata={"stored": False})
    screen: Screen | None = field(default=None, kw_only=True, repr=False, metadata={"stored": False})
    observer: Observer | None = field(default=None, kw_only=True, repr=False, metadata={"stored": False})
    shared: Engine | None = field(default=None, kw_only=True, repr=False, metadata={"stored": False})

    @cached_property
    def engine(self) -> Engine:
        """The compiled network; made once and shared by all threads, and by copies that were given it."""
        return self.shared or Engine(self.graph, self.weights, self.options)

    def on(self: M, options: EngineOptions) -> M:
        """A copy that runs with these options."""
        return replace(self, options=options, shared=None)

    def kept_tiles(self, frame: Frame, stride_px: int) -> np.ndarray | None:
        """bool (rows, columns) of the tiles that the network has to judge; None for all of them."""
        tile_px = self.tile_px(stride_px)
        if self.screen is None or min(frame.shape) < tile_px:
            return None
        return self.screen.keeps(frame, tile_px, stride_px)

    def warm_up(self) -> None:
        """Compile and run once on zeros, so that weights are packed before the first frame, and look at the answers."""
        channels, height, width = self.input_size()
        self.check_answers(self.engine.run(np.zeros((1, channels, height, width), self.engine.input_type)))

    def check_answers(self, answers: list[np.ndarray]) -> None:
        """Raises ArgumentError unless the network's outputs for one image are what the method takes."""

    def input_size(self) -> tuple[int, int, int]:
        """(C, h, w) of the network's input; raises ArgumentError when the graph leaves them open."""
        shape = self.engine.input_shape
        if len(shape) != 4 or shape[1] not in (1, 3) or min(shape[2:]) < 1:
            raise ArgumentError(
                "network input",
                found=shape,
                expected="(N, 1 or 3, h, w) with fixed h and w",
                remedy="export the network with a fixed size",
            )
        return shape[1], shape[2], shape[3]

    def tile_px(self, stride_px: int) -> int:
        """Side of the tiles that the network takes; raises ArgumentError unless steps of stride_px cover the image."""
        _, height, width = self.input_size()
        if height != width:
            raise ArgumentError("network input", found=f"{height} x {width}", expected="a square tile")
        if not 1 <= stride_px <= height:
            raise ArgumentError(
                "stride_px",
                found=stride_px,
                expected=f"1 to {height}, the tile's side",
                remedy="lower it: pixels between the tiles would not be judged",
            )
        return height

    def picture(self, frame: Frame) -> np.ndarray:
        """The image as the network wants it before tiling, float32 (C, H, W) in [0, 1]."""
        if self.input_size()[0] == 1:
            return to_grey_f32(frame)[None]
        return np.ascontiguousarray(np.moveaxis(to_rgb_f32(frame), -1, 0))

    def fed(self, frame: Frame) -> np.ndarray:
        """What the network is fed, (C, H, W): the picture, or bytes where both graph and frame have them."""
        if self.engine.input_type != np.uint8 or frame.pixels.dtype != np.uint8:
            return self.picture(frame)
        if self.input_size()[0] == 1:
            return to_grey_u8(frame)[None]
        return np.ascontiguousarray(np.moveaxis(to_rgb_u8(frame), -1, 0))

    def whole(self, frame: Frame) -> np.ndarray:
        """The image resized, at its own depth, to the network's input, as it is fed: (1, C, h, w)."""
        _, height, width = self.input_size()
        return self.fed(resized(frame, (height, width)))[None]

    def feed(self, batch: np.ndarray) -> list[np.ndarray]:
        """The network's outputs for (N, C, h, w), bytes or float32 in [0, 1]; copies that are the caller's own."""
        if self.engine.input_shape[0] != 1 or len(batch) == 1:
            return self.engine.run(self._as_taken(batch))
        return next(iter(self.feed_each([batch])))

    def feed_each(self, batches: Iterable[np.ndarray]) -> Iterator[list[np.ndarray]]:
        """The outputs for each of `batches` as `feed` takes them, in order; valid until the next are asked for."""
        taken = (self._as_taken(batch) for batch in batches)
        if self.engine.input_shape[0] != 1:
            yield from self.engine.run_each(taken)
            return
        for batch in taken:  # a network for one image at a time
            answers = [self.engine.run(batch[i : i + 1]) for i in range(len(batch))]
            yield [np.concatenate(each) for each in zip(*answers, strict=True)]

    def _as_taken(self, batch: np.ndarray) -> np.ndarray:
        """`batch` in the graph's type."""
        if self.engine.input_type == np.uint8 and batch.dtype != np.uint8:
            batch = np.rint(batch * np.float32(255.0)).astype(np.uint8)
        if self.observer is not None:
            self.observer(batch)
        return batch

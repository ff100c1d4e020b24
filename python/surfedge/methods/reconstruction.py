"""Reconstruction: a network trained on good images reconstructs what it expects; the difference is the anomaly.

After Bergmann, Löwe, Fauser, Sattlegger, Steger, "Improving Unsupervised Defect Segmentation by Applying
Structural Similarity to Autoencoders", 2019: overlapping tiles, reconstructions averaged, L2 or 1 - SSIM residual;
or our own, the patch statistics of the picture given those of its reconstruction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import cv2
import numpy as np

from surfedge.decision import RawMap
from surfedge.engine import fraction_seen, run_kept, run_tiled
from surfedge.errors import ArgumentError, require
from surfedge.images import Frame
from surfedge.methods import VIEWS
from surfedge.methods.lesson import Lesson
from surfedge.methods.networked import Networked
from surfedge.methods.residuals import RESIDUALS
from surfedge.methods.residuals.residual import Residual
from surfedge.registry import resolve


@dataclass(frozen=True)
class Reconstruction(Networked):
    """view : "tiles" of the network's input size, overlapping, or "whole": the image resized to it and reconstructed.
    stride_px : step between tiles.
    residual : "l2", abs(X - Y), or "ssim", 1 - SSIM(X, Y), averaged over the channels; or "statistics", the distance
        of the picture's patch statistics from those that the reconstruction lets expect (surfedge.methods.residuals).
    window_px, gaussian : window of the SSIM; the Gaussian has sigma 1.5 px and ignores window_px.
    compared_at : for "whole", where the two are compared: "network", at the network's size, the finished map stretched
        over the image; "image", as release 0.1 did, after enlarging the reconstruction.
    mean, prediction, whitener : float32, what the residual "statistics" learned from good images.
    """

    name: ClassVar[str] = "reconstruction"
    stride_px: int = 32
    residual: str = "l2"
    window_px: int = 11
    gaussian: bool = False
    view: str = "tiles"
    compared_at: str = "image"
    mean: np.ndarray | None = None
    prediction: np.ndarray | None = None
    whitener: np.ndarray | None = None

    def __post_init__(self) -> None:
        require("reconstruction.view", self.view, self.view in VIEWS, " or ".join(VIEWS))
        sizes = ("image", "network")
        require("reconstruction.compared_at", self.compared_at, self.compared_at in sizes, " or ".join(sizes))
        require("reconstruction.residual", self.residual, self.residual in RESIDUALS, ", ".join(RESIDUALS))
        require("reconstruction.stride_px", self.stride_px, self.stride_px >= 1, "1 or more")
        require("reconstruction.window_px", self.window_px, self.window_px in range(3, 256, 2), "odd, 3 to 255")
        if self.screen is not None and self.cell_px != 1:
            raise ArgumentError(
                "screen",
                found=f"the residual {self.residual!r}",
                expected="l2 or ssim",
                remedy="leave the screen out: patches would reach into skipped tiles",
            )

    @cached_property
    def difference(self) -> Residual:
        """The residual, with what it learned."""
        kind: type[Residual] = resolve(RESIDUALS, self.residual, "reconstruction.residual")
        return kind.of(self)

    @property
    def cell_px(self) -> int | None:
        """That of the residual; None where the map is made at the network's size."""
        return None if self.view == "whole" and self.compared_at == "network" else self.difference.cell_px

    def fit(self, frames: Iterable[Frame]) -> Reconstruction:
        """A copy whose residual has learned from good images; itself where it learns nothing."""
        return self.learn(frames).all()

    def with_learned(self, **learned: Any) -> Reconstruction:
        """A copy with what the residual learned; the compiled network is shared."""
        return replace(self, shared=self.engine, **learned)

    def learn(self, frames: Iterable[Frame]) -> ReconstructionLesson:
        """What good images teach the residual."""
        pictures = (self.picture(frame) for frame in frames)
        lesson = self.difference.learn(self._compared(picture) for picture in pictures)
        return ReconstructionLesson(self, lesson)

    def warm_up(self) -> None:
        """Compile and run once; a stride that leaves gaps is refused before the first image."""
        super().warm_up()
        self.tile_px(self.stride_px)

    def check_answers(self, answers: list[np.ndarray]) -> None:
        """Raises ArgumentError unless the first output has the input's shape."""
        expected = (1, *self.input_size())
        require("network output", answers[0].shape, answers[0].shape == expected, f"the input's, {expected}")

    def inspect(self, frame: Frame) -> RawMap:
        """The residual, float32 (H, W), or of each cell."""
        picture = self.picture(frame)
        keep = self.kept_tiles(frame, self.stride_px) if self.view == "tiles" else None
        if keep is None or self.screen is None:
            return RawMap(self.difference(*self._compared(picture)), self.cell_px)
        expected, tile_px = picture.copy(), self.tile_px(self.stride_px)

        def cut(y: int, x: int) -> np.ndarray:
            return picture[:, y : y + tile_px, x : x + tile_px]

        seen = run_kept(self._network, cut, keep, expected, tile_px, self.stride_px, self.options.batch)
        residual = self.difference(picture, expected)
        residual[~seen] = self.screen.fill
        return RawMap(residual, seen_fraction=fraction_seen(seen))

    def reconstruct(self, frame: Frame) -> np.ndarray:
        """What the network expects, float32 (C, H, W) in [0, 1]."""
        return self._reconstruct(self.picture(frame))

    def _compared(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The image and its reconstruction by the network, at the size where the two are compared."""
        if self.view == "whole" and self.compared_at == "network":
            small = self._small(picture)
            return small, np.ascontiguousarray(self._painted(small))
        return picture, np.ascontiguousarray(self._reconstruct(picture))

    def _reconstruct(self, picture: np.ndarray) -> np.ndarray:
        if self.view == "whole":
            return self._paint_whole(picture)
        tile_px, batch = self.tile_px(self.stride_px), self.options.batch
        return run_tiled(self._network, picture, tile_px, self.stride_px, batch)

    def _paint_whole(self, picture: np.ndarray) -> np.ndarray:
        size = picture.shape[:0:-1]
        painted = self._painted(self._small(picture))
        return np.stack([cv2.resize(c, size, interpolation=cv2.INTER_LINEAR) for c in painted])

    def _small(self, picture: np.ndarray) -> np.ndarray:
        """The picture at the network's size, float32 (C, h, w)."""
        _, height, width = self.input_size()
        return np.stack([cv2.resize(c, (width, height), interpolation=cv2.INTER_AREA) for c in picture])

    def _painted(self, small: np.ndarray) -> np.ndarray:
        """The reconstruction of an image of the network's size, float32 (C, h, w)."""
        return np.concatenate([answer[0] for answer in self._network([small[None]])])

    def _network(self, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The reconstructions of each batch of tiles, float32 (N, C, h, w); valid until the next is asked for."""
        expected = self.input_size()
        for outputs in self.feed_each(batches):
            if outputs[0].shape[1:] != expected:
                raise ArgumentError(
                    "network output",
                    found=outputs[0].shape,
                    expected=("N", *expected),
                    remedy="a reconstruction has its input's shape",
                )
            yield outputs[0].astype(np.float32, copy=False)


@dataclass(frozen=True)
class ReconstructionLesson(Lesson[Reconstruction]):
    """method : with its network. lesson : what the residual was taught; None where it learns nothing."""

    method: Reconstruction
    lesson: Lesson[dict[str, np.ndarray]] | None

    def all(self) -> Reconstruction:
        """What all images taught."""
        return self._with({} if self.lesson is None else self.lesson.all())

    def without(self, number: int) -> Reconstruction:
        """What all images but `number` taught."""
        return self._with({} if self.lesson is None else self.lesson.without(number))

    def _with(self, learned: dict[str, Any]) -> Reconstruction:
        return self.method.with_learned(**learned) if learned else self.method

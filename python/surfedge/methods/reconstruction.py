"""Reconstruction: a network trained on good images paints what it expects; the difference is the anomaly.

After Bergmann, Löwe, Fauser, Sattlegger, Steger, "Improving Unsupervised Defect Segmentation by Applying
Structural Similarity to Autoencoders", 2019: overlapping tiles, reconstructions averaged, L2 or 1 - SSIM residual.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from surfedge import kernels
from surfedge.errors import ArgumentError
from surfedge.images import Frame
from surfedge.networked import Networked
from surfedge.tiling import run_kept, run_tiled, share_not_in


@dataclass(frozen=True)
class Reconstruction(Networked):
    """view : "tiles" of the network's input size, overlapping, or "whole": the image resized to it and painted back.
    stride_px : step between tiles.
    residual : "l2", abs(X - Y), or "ssim", 1 - SSIM(X, Y), averaged over the channels.
    window_px, gaussian : window of the SSIM; the Gaussian has deviation 1.5 px and ignores window_px.
    """

    stride_px: int = 32
    residual: str = "l2"
    window_px: int = 11
    gaussian: bool = False
    view: str = "tiles"

    def __post_init__(self) -> None:
        if self.view not in ("tiles", "whole"):
            raise ArgumentError("reconstruction.view", found=repr(self.view), expected="tiles or whole")
        if self.residual not in ("l2", "ssim"):
            raise ArgumentError("reconstruction.residual", found=repr(self.residual), expected="l2 or ssim")
        if self.stride_px < 1:
            raise ArgumentError("reconstruction.stride_px", found=self.stride_px, expected="1 or more")
        if self.window_px not in range(3, 256, 2):
            raise ArgumentError("reconstruction.window_px", found=self.window_px, expected="odd, 3 to 255")

    def warm_up(self) -> None:
        """Compile and run once; a stride that leaves gaps is refused before the first image."""
        super().warm_up()
        self.tile_px(self.stride_px)

    def screened_map(self, frame: Frame) -> tuple[np.ndarray, float]:
        """The residual, float32 (H, W): 0 where the reconstruction is exact; at most 1 (L2) or 2 (SSIM). And the
        share of pixels that the network did not see."""
        picture = self.picture(frame)
        keep = self.kept_tiles(frame, self.stride_px) if self.view == "tiles" else None
        if keep is None or self.screen is None:
            return self._residual(picture, self._reconstruct(picture)), 0.0
        expected, tile_px = picture.copy(), self.tile_px(self.stride_px)

        def cut(y: int, x: int) -> np.ndarray:
            return picture[:, y : y + tile_px, x : x + tile_px]

        seen = run_kept(self._network, cut, keep, expected, tile_px, self.stride_px, self.options.batch)
        residual = self._residual(picture, expected)
        residual[~seen] = self.screen.fill
        return residual, share_not_in(seen)

    def reconstruct(self, frame: Frame) -> np.ndarray:
        """What the network expects to see, float32 (C, H, W) in [0, 1]."""
        return self._reconstruct(self.picture(frame))

    def _reconstruct(self, picture: np.ndarray) -> np.ndarray:
        if self.view == "whole":
            return self._paint_whole(picture)
        tile_px, batch = self.tile_px(self.stride_px), self.options.batch
        return run_tiled(self._network, picture, tile_px, self.stride_px, batch)

    def _paint_whole(self, picture: np.ndarray) -> np.ndarray:
        _, height, width = self.input_size()
        small = np.stack([cv2.resize(c, (width, height), interpolation=cv2.INTER_AREA) for c in picture])
        painted = np.concatenate([answer[0] for answer in self._network([small[None]])])
        size = picture.shape[:0:-1]
        return np.stack([cv2.resize(c, size, interpolation=cv2.INTER_LINEAR) for c in painted])

    def _network(self, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """What the network paints for each batch of tiles, float32 (N, C, h, w); valid until the next is asked for."""
        expected = self.input_size()
        for outputs in self.feed_each(batches):
            if outputs[0].shape[1:] != expected:
                raise ArgumentError("network output", found=outputs[0].shape, expected=("N", *expected),
                                    remedy="a reconstruction has its input's shape")  # fmt: skip
            yield outputs[0].astype(np.float32, copy=False)

    def _residual(self, picture: np.ndarray, expected: np.ndarray) -> np.ndarray:
        expected = np.ascontiguousarray(expected)
        if self.residual == "l2":
            maps = [cv2.absdiff(x, y) for x, y in zip(picture, expected, strict=True)]
        else:
            maps = [1.0 - self._ssim(x, y) for x, y in zip(picture, expected, strict=True)]
        return maps[0] if len(maps) == 1 else np.asarray(np.mean(maps, axis=0, dtype=np.float32))

    def _ssim(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return kernels.ssim_map(
            x, y, window_px=11 if self.gaussian else self.window_px, gaussian=self.gaussian
        )

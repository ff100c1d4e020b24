"""Overlapping tiles through a network, averaged where they overlap; memory independent of the image's height.

The average over tile rows of the average within a row is the average over all tiles, because a pixel's number
of tiles is (tiles over its column) x (tiles over its row). So one row of tiles is enough at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from surfedge import kernels

BATCH = 16

Network = Callable[[np.ndarray], np.ndarray]  # (N, C, t, t) -> (N, K, t, t), float32


def starts(length_px: int, tile_px: int, stride_px: int) -> list[int]:
    """First pixels of the tiles along one side; the last tile is flush with the edge."""
    last = length_px - tile_px
    return [*range(0, last, stride_px), last]


def run_tiled(network: Network, image: np.ndarray, tile_px: int, stride_px: int) -> np.ndarray:
    """`network` over all tiles of `image` (C, H, W) float32, overlaps averaged; float32 (K, H, W).

    An image smaller than a tile is mirrored at its right and lower edge and the result cut back.
    """
    _, height, width = image.shape
    padded = _at_least(image, tile_px)
    rows = starts(padded.shape[1], tile_px, stride_px)
    total: np.ndarray | None = None
    times = np.zeros(padded.shape[1], np.float32)
    for y in rows:
        row = _tile_row(network, np.ascontiguousarray(padded[:, y : y + tile_px]), tile_px, stride_px)
        if total is None:
            total = np.zeros((row.shape[0], *padded.shape[1:]), np.float32)
        total[:, y : y + tile_px] += row
        times[y : y + tile_px] += 1.0
    assert total is not None
    total *= (1.0 / times)[None, :, None]
    return total[:, :height, :width]


def _tile_row(network: Network, band: np.ndarray, tile_px: int, stride_px: int) -> np.ndarray:
    tiles = np.stack([kernels.cut_tiles(channel, tile_px, stride_px) for channel in band], axis=1)
    answers = np.concatenate([network(tiles[i : i + BATCH]) for i in range(0, len(tiles), BATCH)])
    shape = (tile_px, band.shape[2])
    channels = [np.ascontiguousarray(answers[:, k]) for k in range(answers.shape[1])]
    return np.stack([kernels.average_tiles(channel, shape, stride_px) for channel in channels])


def _at_least(image: np.ndarray, tile_px: int) -> np.ndarray:
    """`image` (C, H, W) mirrored until both sides hold a tile."""
    bottom, right = (max(0, tile_px - size) for size in image.shape[1:])
    if not bottom and not right:
        return image
    return np.stack([cv2.copyMakeBorder(c, 0, bottom, 0, right, cv2.BORDER_REFLECT) for c in image])

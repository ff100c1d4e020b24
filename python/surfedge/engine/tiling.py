"""Overlapping tiles through a network, averaged where they overlap; memory independent of the image's height.

Batches are cut as the network asks for them, so that it can work on the next while the answers are averaged.
The average over tile rows of the average within a row is the average over all tiles, because a pixel's number
of tiles is (tiles over its column) x (tiles over its row). So one row of tiles is enough at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import cv2
import numpy as np

from surfedge import kernels

BATCH = 16

# Batches (N, C, t, t) -> their answers (N, K, t, t) float32, in order; each is read before the next is asked for.
Network = Callable[[Iterable[np.ndarray]], Iterator[np.ndarray]]
Cut = Callable[[int, int], np.ndarray]  # (y, x) of a tile's first pixel -> (C, t, t), float32


def starts(length_px: int, tile_px: int, stride_px: int) -> list[int]:
    """First pixels of the tiles along one side; the last tile is flush with the edge."""
    last = length_px - tile_px
    return [*range(0, last, stride_px), last]


def run_tiled(network: Network, image: np.ndarray, tile_px: int, stride_px: int, batch: int = BATCH) -> np.ndarray:
    """`network` over all tiles of `image` (C, H, W) float32, overlaps averaged; float32 (K, H, W).

    An image smaller than a tile is mirrored at its right and lower edge and the result cut back.
    """
    _, height, width = image.shape
    padded = _at_least(image, tile_px)
    rows = starts(padded.shape[1], tile_px, stride_px)
    across = len(starts(padded.shape[2], tile_px, stride_px))
    answers = network(_batches(padded, rows, tile_px, stride_px, batch))
    total: np.ndarray | None = None
    times = np.zeros(padded.shape[1], np.float32)
    for y in rows:
        row = _averaged(answers, across, batch, (tile_px, padded.shape[2]), stride_px)
        if total is None:
            total = np.zeros((row.shape[0], *padded.shape[1:]), np.float32)
        total[:, y : y + tile_px] += row
        times[y : y + tile_px] += 1.0
    assert total is not None
    total *= (1.0 / times)[None, :, None]
    return total[:, :height, :width]


def run_kept(
    network: Network, cut: Cut, keep: np.ndarray, out: np.ndarray, tile_px: int, stride_px: int, batch: int = BATCH
) -> np.ndarray:
    """`network` over the tiles that `keep` names, overlaps averaged, into `out`; bool (H, W) of the pixels they cover.

    cut : gives the tile at a place. keep : bool (rows, columns) of the tiles as `starts` counts them.
    out : float32 (K, H, W), H and W at least a tile; changed only where a kept tile lies.
    """
    rows, columns = (starts(size, tile_px, stride_px) for size in out.shape[1:])
    places = [(rows[row], columns[column]) for row, column in np.argwhere(keep)]
    total, times = np.zeros(out.shape, np.float32), np.zeros(out.shape[1:], np.uint16)
    chosen = [places[first : first + batch] for first in range(0, len(places), batch)]
    answers = network(np.stack([cut(y, x) for y, x in some]) for some in chosen)
    for some, answer_of_some in zip(chosen, answers, strict=True):
        for (y, x), answer in zip(some, answer_of_some, strict=True):
            total[:, y : y + tile_px, x : x + tile_px] += answer
            times[y : y + tile_px, x : x + tile_px] += 1
    for y, x in places:  # places that overlap are written twice, with the same values
        here = (slice(y, y + tile_px), slice(x, x + tile_px))
        np.divide(total[:, here[0], here[1]], times[here], out=out[:, here[0], here[1]])
    return times > 0


def fraction_seen(seen: np.ndarray) -> float:
    """Fraction of the pixels where `seen`, bool, is True."""
    return float(np.count_nonzero(seen) / seen.size)


def _batches(image: np.ndarray, rows: list[int], tile_px: int, stride_px: int, batch: int) -> Iterator[np.ndarray]:
    """The tiles of one row after the other, (n, C, t, t); a batch never holds tiles of two rows."""
    for y in rows:
        band = np.ascontiguousarray(image[:, y : y + tile_px])
        tiles = np.stack([kernels.cut_tiles(channel, tile_px, stride_px) for channel in band], axis=1)
        for first in range(0, len(tiles), batch):
            yield tiles[first : first + batch]


def _averaged(
    answers: Iterator[np.ndarray], across: int, batch: int, shape: tuple[int, int], stride_px: int
) -> np.ndarray:
    """The next `across` answers, averaged into one row of tiles, float32 (K, t, W)."""
    row: np.ndarray | None = None
    for first, some in zip(range(0, across, batch), answers, strict=False):
        if row is None:
            row = np.empty((some.shape[1], across, *some.shape[2:]), np.float32)
        row[:, first : first + batch] = np.moveaxis(some, 1, 0)
    assert row is not None
    return np.stack([kernels.average_tiles(channel, shape, stride_px) for channel in row])


def _at_least(image: np.ndarray, tile_px: int) -> np.ndarray:
    """`image` (C, H, W) mirrored until both sides hold a tile."""
    bottom, right = (max(0, tile_px - size) for size in image.shape[1:])
    if not bottom and not right:
        return image
    return np.stack([cv2.copyMakeBorder(c, 0, bottom, 0, right, cv2.BORDER_REFLECT) for c in image])

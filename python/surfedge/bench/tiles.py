"""Overlapping tiles (side / stride in pixels): cut out, and averaged back into an image."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from surfedge import kernels
from surfedge.bench.case import Case, Peer, Shape, Trial, Work
from surfedge.bench.pictures import texture


def _starts(length: int, tile_px: int, stride_px: int) -> list[int]:
    return [*range(0, length - tile_px, stride_px), length - tile_px]


def _places(shape: Shape, tile_px: int, stride_px: int) -> list[tuple[slice, slice]]:
    rows, columns = (_starts(length, tile_px, stride_px) for length in shape)
    return [(slice(y, y + tile_px), slice(x, x + tile_px)) for y in rows for x in columns]


def _average(tile_px: int, stride_px: int, shape: Shape, threads: int) -> Trial:
    places = _places(shape, tile_px, stride_px)
    image = texture(shape, np.float32)
    tiles = kernels.cut_tiles(image, tile_px, stride_px)
    tiles += np.linspace(0, 1, len(tiles), dtype=np.float32)[:, None, None]  # they disagree where they overlap
    out = np.empty(shape, np.float32)
    count = np.zeros(shape, np.float32)
    for place in places:
        count[place] += 1
    peers = (
        Peer("OpenCV accumulate", "cv2", partial(_opencv, tiles, places, 1 / count), 1e-5),
        Peer("NumPy", "numpy", partial(_numpy, tiles, places, 1 / count), 1e-5),
        Peer("torch fold", "torch", partial(_fold, tiles, shape, stride_px, 1 / count), 1e-5),
    )
    work = Work(tiles.nbytes, out.nbytes, float(tiles.size))
    return Trial(lambda: kernels.average_tiles(tiles, shape, stride_px, out=out), peers, work)


def _cut(tile_px: int, stride_px: int, shape: Shape, threads: int) -> Trial:
    image, places = texture(shape, np.float32), _places(shape, tile_px, stride_px)
    out = np.empty((len(places), tile_px, tile_px), np.float32)
    peers = (
        Peer("NumPy", "numpy", partial(_numpy_cut, image, places, tile_px)),
        Peer("torch unfold", "torch", partial(_unfold, image, tile_px, stride_px)),
    )
    return Trial(lambda: kernels.cut_tiles(image, tile_px, stride_px, out=out), peers, Work(image.nbytes, out.nbytes))


def _opencv(
    tiles: np.ndarray, places: list[tuple[slice, slice]], weight: np.ndarray, cv2: Any
) -> Callable[[], np.ndarray]:
    total = np.empty_like(weight)

    def call() -> np.ndarray:
        total.fill(0)
        for tile, place in zip(tiles, places, strict=True):
            cv2.accumulate(tile, total[place])
        return cv2.multiply(total, weight, dst=total)

    return call


def _numpy(
    tiles: np.ndarray, places: list[tuple[slice, slice]], weight: np.ndarray, numpy: Any
) -> Callable[[], np.ndarray]:
    total = np.empty_like(weight)

    def call() -> np.ndarray:
        total.fill(0)
        for tile, place in zip(tiles, places, strict=True):
            total[place] += tile
        return numpy.multiply(total, weight, out=total)

    return call


def _fold(tiles: np.ndarray, shape: Shape, stride_px: int, weight: np.ndarray, torch: Any) -> Callable[[], np.ndarray]:
    flat, scale = torch.from_numpy(tiles).flatten(1), torch.from_numpy(weight)
    fold = torch.nn.functional.fold

    def call() -> np.ndarray:
        total = fold(flat.T[None], shape, tiles.shape[1], stride=stride_px)
        return (total[0, 0] * scale).numpy()

    return call


def _numpy_cut(
    image: np.ndarray, places: list[tuple[slice, slice]], tile_px: int, numpy: Any
) -> Callable[[], np.ndarray]:
    out = numpy.empty((len(places), tile_px, tile_px), np.float32)

    def call() -> np.ndarray:
        for tile, place in zip(out, places, strict=True):
            tile[...] = image[place]
        return out

    return call


def _unfold(image: np.ndarray, tile_px: int, stride_px: int, torch: Any) -> Callable[[], np.ndarray]:
    pixels = torch.from_numpy(image)

    def call() -> np.ndarray:
        views = pixels.unfold(0, tile_px, stride_px).unfold(1, tile_px, stride_px)
        return views.reshape(-1, tile_px, tile_px).numpy()

    return call


CASES = (
    Case("averaged 128/32", (256, 256), partial(_average, 128, 32), goal=1.7, small=(192, 256)),
    Case("averaged 512/256", (4096, 4096), partial(_average, 512, 256), goal=1.5, small=(512, 1024)),
    Case("cut out 128/32", (256, 256), partial(_cut, 128, 32), goal=1, small=(192, 256)),
)

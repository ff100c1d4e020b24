"""Images cut into tiles, averaged from them, shrunk by blocks."""

from __future__ import annotations

import numpy as np

from surfedge.kernels.levels import native

MAX_BLOCK_PX = 128
"""The longest side of the blocks of `block_means`."""


def cut_tiles(image: np.ndarray, tile_px: int, stride_px: int, *, out: np.ndarray | None = None) -> np.ndarray:
    """Overlapping square tiles of an image, row by row, in the image's dtype: (N, t, t) or (N, t, t, C).

    image : uint8 or float32, (H, W) or (H, W, C), both sides at least `tile_px`.
    stride_px : distance of neighbouring tiles, 1 to `tile_px`; the last row and column of tiles are flush with
        the edge, so that every pixel is in a tile.

    >>> cut_tiles(np.arange(10, dtype=np.uint8).reshape(2, 5), 2, 2)[:, 0]
    array([[0, 1],
           [2, 3],
           [3, 4]], dtype=uint8)
    """
    return native.cut_tiles(image, tile_px, stride_px, out)


def average_tiles(
    tiles: np.ndarray, shape: tuple[int, ...], stride_px: int, *, out: np.ndarray | None = None
) -> np.ndarray:
    """The image of which `cut_tiles` made these tiles, averaged where they overlap, float32 (H, W) or (H, W, C).

    tiles : float32 (N, t, t) or (N, t, t, C), in the order of `cut_tiles`.
    shape : (H, W), or (H, W, C) for tiles with channels.

    >>> tiles = np.stack([np.full((2, 2), v, np.float32) for v in (1, 2, 4)])
    >>> average_tiles(tiles, (2, 5), 2)[0]
    array([1., 1., 2., 3., 4.], dtype=float32)
    """
    return native.average_tiles(tiles, shape, stride_px, out)


def block_means(image: np.ndarray, block_px: tuple[int, int], *, out: np.ndarray | None = None) -> np.ndarray:
    """The image shrunk by whole factors: mean of each block of pixels, uint8 (H / block_px[0], W / block_px[1]).

    image : uint8 (H, W) or (H, W, 3), whole blocks along both sides. block_px : height and width of a block, 1 to 128.

    Bit for bit what OpenCV's resize gives with INTER_AREA: the sum times float32(1 / pixels of a block), rounded to
    the nearest, halves to even. (Of 2 x 2 pixels OpenCV rounds halves up.)

    >>> block_means(np.array([[0, 3, 6, 7, 8, 9]], np.uint8), (1, 3)).tolist()
    [[3, 8]]
    """
    return native.block_means(image, block_px, out)

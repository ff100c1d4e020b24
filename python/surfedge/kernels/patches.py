"""Numbers of patches and cells: how pixels scatter, slope and shine in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surfedge.kernels.levels import native


def patch_std(image: np.ndarray, patch_px: int = 16, *, out: np.ndarray | None = None) -> np.ndarray:
    """Standard deviation of each square patch, float32 (ceil(H / patch_px), ceil(W / patch_px)).

    image : uint8 or float32 (H, W); uint8 counts are scaled by 1 / 255.
    patch_px : side of a patch; those at the right and bottom edge are smaller, so that every pixel is judged.

    Population standard deviation, in the unit of the image scaled to [0, 1]. uint8 is summed exactly. A patch
    holding NaN or Inf gives NaN; float32 values beyond +-1e18 may overflow to NaN or Inf.

    >>> patch_std(np.array([[0, 255, 7], [0, 255, 7]], np.uint8), 2)
    array([[0.5, 0. ]], dtype=float32)
    """
    return native.patch_std(image, patch_px, out)


def dzl_map(image: np.ndarray, patch_px: int = 16, *, out: np.ndarray | None = None) -> np.ndarray:
    """Defect zone localisation: z-score of each pixel's patch std over the image, float32 (H, W).

    image : uint8 or float32 (H, W). patch_px : side of a patch, see `patch_std`.

    z = (sigma - mean(sigma)) / std(sigma), sigma the standard deviations of the patches. An image whose patches all
    deviate alike gives 0. Patches holding NaN or Inf are left out of mean and std and have z = NaN.
    Source: "Surface defect detection with few labels by autoencoder features" (Clecim, 2024), Algorithm 2.

    >>> image = np.zeros((2, 6), np.uint8); image[0, 0] = 255
    >>> dzl_map(image, 2)[0].round(3)
    array([ 1.414,  1.414, -0.707, -0.707, -0.707, -0.707], dtype=float32)
    """
    return native.dzl_map(image, patch_px, out)


def dzl(
    image: np.ndarray, patch_px: int = 16, threshold: float | None = None, *, out: np.ndarray | None = None
) -> np.ndarray:
    """Defect zone localisation: the mask z > threshold of `dzl_map`, bool (H, W).

    threshold : limit on z; by default std(sigma), the standard deviation of the patch stds in the unit
        of the image scaled to [0, 1] (uint8 counts are scaled by 1 / 255), as the source has it.

    Patches that cannot be judged (NaN or Inf inside) are marked.

    >>> image = np.zeros((2, 6), np.uint8); image[0, 0] = 255
    >>> dzl(image, 2)[0]
    array([ True,  True, False, False, False, False])
    """
    return native.dzl(image, patch_px, threshold, out)


def cell_statistics(image: np.ndarray, cell_px: int = 4, *, out: np.ndarray | None = None) -> np.ndarray:
    """Seven features of each square cell, float32 (7, ceil(H / cell_px), ceil(W / cell_px)).

    image : uint8 or float32 (H, W), at least one pixel; uint8 counts are scaled by 1 / 255.
    cell_px : side of a cell, 2 to 1024. The image is mirrored (edge not repeated) up to whole cells and at its borders.

    In this order: means of x, x^2, gx^2, gy^2 (central differences) and lap^2 (four neighbours), least and largest x.
    All but the extremes add up over cells, so patches of any scale follow from them.

    >>> cell_statistics(np.array([[0, 255], [0, 255]], np.uint8), 2)[:, 0, 0].tolist()
    [0.5, 0.5, 0.0, 0.0, 4.0, 0.0, 1.0]
    """
    return native.cell_statistics(image, cell_px, out)


def cell_means(image: np.ndarray, cell_px: int = 4, *, out: np.ndarray | None = None) -> np.ndarray:
    """Mean colour of each square cell, float32 (3, ceil(H / cell_px), ceil(W / cell_px)); borders as `cell_statistics`.

    image : uint8 or float32 (H, W, 3), at least one pixel; uint8 counts are scaled by 1 / 255.

    >>> cell_means(np.full((3, 5, 3), 255, np.uint8), 4).tolist()
    [[[1.0, 1.0]], [[1.0, 1.0]], [[1.0, 1.0]]]
    """
    return native.cell_means(image, cell_px, out)


def patch_figures(
    cells: np.ndarray,
    colours: np.ndarray | None = None,
    sides: Sequence[int] = (1, 3, 9),
    *,
    variance_floor: float = 1e-4,
    energy_floor: float = 1e-5,
    level_floor: float = 0.02,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Logarithms of features of the patches around each cell, float32 (D, rows, columns).

    cells : float32 (7, rows, columns) of `cell_statistics`. colours : float32 (3, rows, columns) of `cell_means`.
    sides : 1 to 16 odd sides of patches in cells, 1 to 99; beyond the border cells are mirrored, edge not repeated.
    variance_floor, energy_floor, level_floor : added before the logarithm, 1e-30 to 1e30: what lies below is noise.

    For each side six planes: variance, mean gx^2, mean gy^2, means of grey, least and largest grey. Then one of the
    cell's own lap^2. With colours two more for each side, no logarithms: red and blue over the sum of all three.
    D = 6 len(sides) + 1, or 8 len(sides) + 1. NaN spoils the patches that hold it, and no others.

    >>> patch_figures(np.ones((7, 2, 2), np.float32), sides=[1])[1:, 0, 0].astype(float).round(3).tolist()
    [0.0, 0.0, 0.02, 0.02, 0.02, 0.0]
    """
    return native.patch_figures(cells, colours, sides, variance_floor, energy_floor, level_floor, out)

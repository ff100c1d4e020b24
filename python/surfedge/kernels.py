"""The arithmetic that inspection spends its time in: native code, one module per instruction-set level.

Arrays are C-contiguous and of the dtype named; uint8 images stand for value / 255. A wrong kind of object or
dtype raises TypeError, a wrong shape, layout or range ValueError; nothing is converted or copied silently.
`out=` takes an array of the result's dtype and shape, is filled and returned. The GIL is released, results do
not depend on the number of threads. The environment variable SURFEDGE_ISA (v2, v3, v4, neon) forces a level.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from surfedge.errors import ArgumentError

LEVELS = ("v2", "v3", "v4", "neon")  # lowest first: x86-64-v2 to v4, aarch64
MAX_BLOCK_PX = 128  # a side of the blocks of block_means


def _built() -> tuple[str, ...]:
    return tuple(level for level in LEVELS if find_spec(f"surfedge._native_{level}") is not None)


def _load(level: str) -> ModuleType:
    return import_module(f"surfedge._native_{level}")


def available_isas() -> tuple[str, ...]:
    """Instruction-set levels that this build has and this CPU runs, lowest first.

    >>> set(available_isas()) <= {"v2", "v3", "v4", "neon"}
    True
    """
    built = _built()
    if not built:
        raise ImportError("surfedge: no native module in this installation; reinstall surfedge")
    cpu = _load(built[0]).cpu_levels()
    return tuple(level for level in built if level in cpu)


def _choose(wanted: str) -> ModuleType:
    """The native module of the level named, or of the best one when `wanted` is empty."""
    usable = available_isas()
    if not wanted:
        return _load(usable[-1])
    if wanted not in LEVELS:
        raise ArgumentError(
            "SURFEDGE_ISA",
            found=repr(wanted),
            expected=f"one of {', '.join(LEVELS)}",
            remedy=f"unset it, or set it to {usable[-1]}",
        )
    if wanted not in _built():
        raise ArgumentError(
            "SURFEDGE_ISA",
            found=f"{wanted}, which this installation was built without",
            expected=f"one of {', '.join(usable)}",
            remedy="unset it, or install a build that has this level",
        )
    if wanted not in usable:
        raise ArgumentError(
            "SURFEDGE_ISA",
            found=f"{wanted}, which this CPU cannot run",
            expected=f"one of {', '.join(usable)}",
            remedy=f"unset it, or set it to {usable[-1]}",
        )
    return _load(wanted)


if TYPE_CHECKING:
    from surfedge import _native
else:
    _native = _choose(os.environ.get("SURFEDGE_ISA", ""))


def active_isa() -> str:
    """The level that the kernels run at.

    >>> active_isa() in available_isas()
    True
    """
    return str(_native.level)


def set_threads(count: int) -> None:
    """Threads that each later kernel call uses, 1 to 256; 1 until set. Results do not depend on it.

    >>> set_threads(2); set_threads(1)
    """
    _native.set_threads(count)


def patch_std(image: np.ndarray, patch_px: int = 16, *, out: np.ndarray | None = None) -> np.ndarray:
    """Standard deviation of each square patch, float32 (ceil(H / patch_px), ceil(W / patch_px)).

    image : uint8 or float32 (H, W); uint8 counts are scaled by 1 / 255.
    patch_px : side of a patch; those at the right and bottom edge are smaller, so that every pixel is judged.

    Population standard deviation, in the unit of the image scaled to [0, 1]. uint8 is summed exactly. A patch
    holding NaN or Inf gives NaN; float32 values beyond +-1e18 may overflow to NaN or Inf.

    >>> patch_std(np.array([[0, 255, 7], [0, 255, 7]], np.uint8), 2)
    array([[0.5, 0. ]], dtype=float32)
    """
    return _native.patch_std(image, patch_px, out)


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
    return _native.dzl_map(image, patch_px, out)


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
    return _native.dzl(image, patch_px, threshold, out)


def block_means(image: np.ndarray, block_px: tuple[int, int], *, out: np.ndarray | None = None) -> np.ndarray:
    """The image shrunk by whole factors: mean of each block of pixels, uint8 (H / block_px[0], W / block_px[1]).

    image : uint8 (H, W) or (H, W, 3), whole blocks along both sides. block_px : height and width of a block, 1 to 128.

    Bit for bit what OpenCV's resize gives with INTER_AREA: the sum times float32(1 / pixels of a block), rounded to
    the nearest, halves to even. (Of 2 x 2 pixels OpenCV rounds halves up.)

    >>> block_means(np.array([[0, 3, 6, 7, 8, 9]], np.uint8), (1, 3)).tolist()
    [[3, 8]]
    """
    return _native.block_means(image, block_px, out)


def cell_deviations(
    image: np.ndarray,
    median: np.ndarray,
    inverse_spread: np.ndarray,
    across: Sequence[float],
    along: Sequence[float],
    shifts: np.ndarray,
    step_px: int,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Pixels of a periodic pattern against the reference cell, float32 (H, W): (image - median) / spread.

    image : float32 (H, W). median, inverse_spread : float32 (rows, columns), the cell's samples and one over the
    std there; the median is taken linearly between samples, the spread from the nearest.
    across, along : pixel (x, y) lies at sample across[0] x + across[1] y + across[2] along a row of the cell, and
    likewise down its columns, less the shift; the cell repeats.
    shifts : float32 (rows, columns, 2), in samples, linear between points of a grid: point (row, column) at
    x = (column - 1/2) step_px - 1/2, y alike; the grid covers the image.

    NaN in the image goes through. Raises ValueError or TypeError for what does not fit.

    >>> f32 = np.float32
    >>> flat = np.zeros((4, 4, 2), f32)
    >>> cell_deviations(f32([[5, 7, 5, 8]]), f32([[5, 7]]), f32([[1, 3]]), [1, 0, 0], [0, 1, 0], flat, 4).tolist()
    [[0.0, 0.0, 0.0, 3.0]]
    """
    return _native.cell_deviations(image, median, inverse_spread, across, along, shifts, step_px, out)


def cell_statistics(image: np.ndarray, cell_px: int = 4, *, out: np.ndarray | None = None) -> np.ndarray:
    """Seven features of each square cell, float32 (7, ceil(H / cell_px), ceil(W / cell_px)).

    image : uint8 or float32 (H, W), at least one pixel; uint8 counts are scaled by 1 / 255.
    cell_px : side of a cell, 2 to 1024. The image is mirrored (edge not repeated) up to whole cells and at its borders.

    In this order: means of x, x^2, gx^2, gy^2 (central differences) and lap^2 (four neighbours), least and largest x.
    All but the extremes add up over cells, so patches of any scale follow from them.

    >>> cell_statistics(np.array([[0, 255], [0, 255]], np.uint8), 2)[:, 0, 0].tolist()
    [0.5, 0.5, 0.0, 0.0, 4.0, 0.0, 1.0]
    """
    return _native.cell_statistics(image, cell_px, out)


def cell_means(image: np.ndarray, cell_px: int = 4, *, out: np.ndarray | None = None) -> np.ndarray:
    """Mean colour of each square cell, float32 (3, ceil(H / cell_px), ceil(W / cell_px)); borders as `cell_statistics`.

    image : uint8 or float32 (H, W, 3), at least one pixel; uint8 counts are scaled by 1 / 255.

    >>> cell_means(np.full((3, 5, 3), 255, np.uint8), 4).tolist()
    [[[1.0, 1.0]], [[1.0, 1.0]], [[1.0, 1.0]]]
    """
    return _native.cell_means(image, cell_px, out)


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
    return _native.patch_figures(cells, colours, sides, variance_floor, energy_floor, level_floor, out)


def frame_statistics(image: np.ndarray, low: float, high: float) -> tuple[float, ...]:
    """What a picture is like as a whole, in one pass over at most 512 of its rows (bands of 16, evenly spread).

    image : uint8 or float32 (H, W). low, high : ends of the range, in its units.

    Returns mean, standard deviation, mean absolute difference to the next column and to the next row, all in the
    image's units, and as fractions, 0 to 1: pixels at or below `low`, at or above `high`, rows whose pixels are all
    equal, rows that equal the row before.

    >>> frame_statistics(np.array([[0, 4], [0, 4]], np.uint8), 0, 255)
    (2.0, 2.0, 4.0, 0.0, 0.5, 0.0, 0.0, 1.0)
    """
    found: tuple[float, ...] = _native.frame_statistics(image, low, high)
    return found


def mahalanobis(x: np.ndarray, mean: np.ndarray, whitener: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """Distance of each vector from a mean in standard deviations, abs(whitener @ (x - mean)), float32 (N,).

    x : float32 (D, N), one vector per column. mean : float32 (D,). whitener : float32 (D, D), lower triangular (the
    upper triangle is not read), whitener @ C @ whitener.T = 1 for the covariance C. A vector holding NaN gives NaN.
    Source: P. C. Mahalanobis, "On the generalised distance in statistics", 1936.

    >>> f32 = np.float32
    >>> mahalanobis(f32([[3], [8]]), f32([0, 0]), f32([[1, 0], [0, 0.5]])).tolist()
    [5.0]
    """
    return _native.mahalanobis(x, mean, whitener, out)


def nearest(x: np.ndarray, bank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Euclidean distance of each vector to the nearest entry of a bank, float32 (N,), and which it is, int32 (N,).

    x : float32 (D, N), one vector per column. bank : float32 (M, D), one entry per row, at least one, finite. Squares
    must fit into float32. A vector holding NaN gives NaN and entry 0. All entries are compared, in products; among
    entries that are equally near to the rounding of those, any may be given. The distance is that of the one given.
    Source: the search of K. Roth et al., "Towards total recall in industrial anomaly detection", 2022.

    >>> f32 = np.float32
    >>> distance, entry = nearest(f32([[3, 10], [4, 0]]), f32([[0, 0], [10, 1]]))
    >>> distance.tolist(), entry.tolist()
    ([5.0, 1.0], [0, 1])
    """
    return _native.nearest(x, bank)


def position_distances(
    x: np.ndarray, mean: np.ndarray, whiteners: np.ndarray, *, out: np.ndarray | None = None
) -> np.ndarray:
    """Distance of vectors from the mean of their position in standard deviations, float32 (P, N).

    x : float32 (P, N, D), N vectors at each of P positions. mean : float32 (P, D). whiteners : uint8 (P, D (D + 1)),
    for each position a lower-triangular matrix W with W C W' = 1 for the covariance C there: its columns one after the
    other (column j holds rows j to D - 1) in bfloat16, low byte first. Products and sums are float32. The distance of a
    vector with NaN or infinity is not finite.
    Source: T. Defard et al., "PaDiM: a patch distribution modeling framework for anomaly detection and localization",
    2021, section III-C.

    >>> ones = np.frombuffer(b"\\x80\\x3f\\0\\0\\x80\\x3f", np.uint8)  # 1, 0 and 1: the unit matrix
    >>> position_distances(np.float32([[[3, 4], [1, 0]]]), np.float32([[0, 0]]), ones[None]).tolist()
    [[5.0, 1.0]]
    """
    return _native.position_distances(x, mean, whiteners, out)


def ssim_map(
    x: np.ndarray,
    y: np.ndarray,
    *,
    window_px: int = 11,
    gaussian: bool = False,
    data_range: float = 1.0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Structural similarity of two images at each pixel, float32 (H, W), at most 1 (equal).

    x, y : both uint8 or both float32, (H, W); uint8 counts are scaled by 1 / 255.
    window_px : odd side of the uniform window, 3 to 255; with `gaussian` it must be 11.
    gaussian : weights of sigma 1.5 px, cut off at 11 x 11, instead of a uniform window.
    data_range : largest minus smallest possible value, in the scaled unit.

    Equal to scikit-image's `structural_similarity(full=True)`: K1 = 0.01, K2 = 0.03, sample covariance, borders
    mirrored with the edge pixel repeated. NaN or Inf spoils the windows that hold it, and no others.
    Source: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility
    to structural similarity", 2004, equation 13.

    >>> x = np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20)
    >>> bool((ssim_map(x, x) == 1).all())
    True
    """
    return _native.ssim_map(x, y, window_px, gaussian, data_range, out)


def ssim(
    x: np.ndarray, y: np.ndarray, *, window_px: int = 11, gaussian: bool = False, data_range: float = 1.0
) -> float:
    """Mean of `ssim_map` over the pixels whose window lies inside the image, as scikit-image has it.

    Arguments as for `ssim_map`; both sides of the image must be at least `window_px`.

    >>> x = np.zeros((16, 16), np.uint8); y = np.full((16, 16), 255, np.uint8)
    >>> round(ssim(x, x), 6), round(ssim(x, y), 6)
    (1.0, 0.0001)
    """
    return float(_native.ssim(x, y, window_px, gaussian, data_range))


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
    return _native.cut_tiles(image, tile_px, stride_px, out)


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
    return _native.average_tiles(tiles, shape, stride_px, out)


def rfft2(image: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """Two-dimensional Fourier transform of a real image, complex64 (H, W // 2 + 1), unscaled.

    image : float32 (H, W), any size of at least 1 x 1; sides with no prime factor above 7 are fastest. The same
        values as `numpy.fft.rfft2`, in float32: relative error in the two-norm at most
        8 u (log2 H + log2 W + 1), u = 2^-24; a side with a prime factor above 7 counts 7 times.

    NaN or Inf in the image spoils the whole spectrum.
    Source: J. W. Cooley, J. W. Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965.

    >>> rfft2(np.ones((2, 3), np.float32)).real
    array([[6., 0.],
           [0., 0.]], dtype=float32)
    """
    return _native.rfft2(image, out)


def irfft2(spectrum: np.ndarray, shape: tuple[int, int], *, out: np.ndarray | None = None) -> np.ndarray:
    """The real image of a spectrum of `rfft2`, float32 (H, W), scaled by 1 / (H W).

    spectrum : complex64 (H, W // 2 + 1). shape : (H, W) of the image. As `numpy.fft.irfft2` has it, imaginary
        parts that no real image has do not count. Error and non-finite values as for `rfft2`.

    >>> irfft2(rfft2(np.eye(3, dtype=np.float32)), (3, 3)).round(3) + 0
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    return _native.irfft2(spectrum, shape, out)


def filter_spectrum(image: np.ndarray, gain: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """An image with each of its frequencies multiplied by a gain, float32 (H, W).

    image : float32 (H, W). gain : float32 (H, W // 2 + 1), one factor per frequency of `rfft2`.

    The same as irfft2(gain * rfft2(image), image.shape), in one pass over the spectrum.

    >>> gain = np.ones((4, 3), np.float32); gain[0, 0] = 0  # without the mean
    >>> filter_spectrum(np.full((4, 4), 7, np.float32), gain).round(3) + 0
    array([[0., 0., 0., 0.],
           [0., 0., 0., 0.],
           [0., 0., 0., 0.],
           [0., 0., 0., 0.]], dtype=float32)
    """
    return _native.filter_spectrum(image, gain, out)


def erode_disk(image: np.ndarray, radius_px: int, *, out: np.ndarray | None = None) -> np.ndarray:
    """Smallest value within the disk x^2 + y^2 <= radius_px^2 around each pixel, same dtype and shape.

    image : bool, uint8 or float32 (H, W). Pixels beyond the border do not count, as in OpenCV's default.
    radius_px : 0 (a copy) to 1024. The cost grows with the radius, not with the disk's area.

    NaN does not count either; where the disk holds nothing else the result is +Inf (of a dilation: -Inf).
    Source: J. Serra, "Image Analysis and Mathematical Morphology", 1982.

    >>> erode_disk(np.array([[1, 1, 1, 1, 0]], bool), 1)
    array([[ True,  True,  True, False, False]])
    """
    return _native.erode_disk(image, radius_px, out)


def dilate_disk(image: np.ndarray, radius_px: int, *, out: np.ndarray | None = None) -> np.ndarray:
    """Largest value within the disk x^2 + y^2 <= radius_px^2 around each pixel, same dtype and shape.

    Arguments as for `erode_disk`.

    >>> dilate_disk(np.array([[0, 0, 9, 0, 0]], np.uint8), 1)
    array([[0, 9, 9, 9, 0]], dtype=uint8)
    """
    return _native.dilate_disk(image, radius_px, out)


def open_disk(image: np.ndarray, radius_px: int, *, out: np.ndarray | None = None) -> np.ndarray:
    """Opening by a disk: `erode_disk`, then `dilate_disk`; what the disk does not fit into is removed.

    Arguments as for `erode_disk`.

    >>> open_disk(np.array([[0, 1, 0, 1, 1, 1]], bool), 1).astype(int)
    array([[0, 0, 0, 1, 1, 1]])
    """
    return _native.open_disk(image, radius_px, out)


def regions(mask: np.ndarray, scores: np.ndarray | None = None) -> np.ndarray:
    """The 8-connected pieces of a mask, in the order of their first pixel: a structured array.

    mask : bool (H, W). scores : float32 (H, W), e.g. the anomaly map; without it the scores are NaN.

    Fields: x, y, width, height (int32, px), area (int64, pixels), centroid_x, centroid_y (float64, px, mean of
    pixel centres), max_score (float32), mean_score (float64).
    Source: L. He, Y. Chao, K. Suzuki, "A run-based two-scan labeling algorithm", 2008.

    >>> found = regions(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]], bool))
    >>> [int(found[name][0]) for name in ("x", "y", "width", "height", "area")]
    [0, 0, 2, 2, 2]
    """
    return _native.regions(mask, scores)


def quantile(x: np.ndarray, q: float) -> float:
    """The smallest element that at least the fraction q of the other elements does not exceed.

    x : float32, any shape, at least one element. q : 0 (minimum) to 1 (maximum).

    The element of rank ceil(q (n - 1)) in ascending order, as numpy's quantile with method "higher" on float64.
    NaN anywhere gives NaN.

    >>> quantile(np.array([4, 1, 3, 2], np.float32), 0.5)
    3.0
    """
    return float(_native.quantile(x, q))


def memory_rates(memory: np.ndarray, seconds: float = 0.02) -> tuple[float, float]:
    """What this machine's memory gives at most: (bytes per second read, bytes per second read and written by copying).

    memory : uint8 (N,), 4096 bytes or more, its second half is overwritten; N decides which cache answers.
    seconds : how long to measure, above 0 to 60. The best turn counts; all threads of `set_threads` take part.
    Source: J. D. McCalpin, "Memory bandwidth and machine balance in current high performance computers", 1995.

    >>> read, copy = memory_rates(np.zeros(1 << 16, np.uint8), seconds=0.01)
    >>> read > 1e8 and copy > 1e8
    True
    """
    read, copy = _native.memory_rates(memory, seconds)
    return float(read), float(copy)


def arithmetic_rate(seconds: float = 0.02) -> float:
    """Float operations per second at this level when nothing waits for memory; a product and its sum are two.

    seconds : how long to measure, above 0 to 60. The best turn counts; all threads of `set_threads` take part.
    Source: S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model for multicore
    architectures", 2009.

    >>> arithmetic_rate(0.01) > 1e8
    True
    """
    return float(_native.arithmetic_rate(seconds))

"""The native module, the same at every instruction-set level: surfedge._native_v2, _v3, _v4, _neon.

Arguments go by position only; `surfedge.kernels` says what they are, with shapes, units and errors. `out` is filled and
returned, or a new array where it is None.
"""

from collections.abc import Sequence

import numpy as np

level: str

def cpu_levels() -> tuple[str, ...]: ...
def threads() -> int: ...
def set_threads(count: int, /) -> None: ...

# block_means
def block_means(image: np.ndarray, block_px: tuple[int, int], out: np.ndarray | None, /) -> np.ndarray: ...

# cell_deviations
def cell_deviations(
    image: np.ndarray,
    median: np.ndarray,
    inverse_spread: np.ndarray,
    across: Sequence[float],
    along: Sequence[float],
    shifts: np.ndarray,
    step_px: int,
    out: np.ndarray | None,
    /,
) -> np.ndarray: ...

# cell_motion
def cell_motion(
    image: np.ndarray,
    median: np.ndarray,
    across: Sequence[float],
    along: Sequence[float],
    shifts: np.ndarray,
    step_px: int,
    every: int,
    sigma_px: float,
    clip: float,
    out: np.ndarray | None,
    /,
) -> np.ndarray: ...

# cell_statistics
def cell_statistics(image: np.ndarray, cell_px: int, out: np.ndarray | None, /) -> np.ndarray: ...
def cell_means(image: np.ndarray, cell_px: int, out: np.ndarray | None, /) -> np.ndarray: ...

# fourier
def rfft2(image: np.ndarray, out: np.ndarray | None, /) -> np.ndarray: ...
def irfft2(spectrum: np.ndarray, shape: tuple[int, int], out: np.ndarray | None, /) -> np.ndarray: ...
def filter_spectrum(image: np.ndarray, gain: np.ndarray, out: np.ndarray | None, /) -> np.ndarray: ...
def autocorrelation(
    planes: np.ndarray, shape: tuple[int, int], gain: np.ndarray | None, out: np.ndarray | None, /
) -> np.ndarray: ...

# frame_statistics
def frame_statistics(
    image: np.ndarray, low: float, high: float, /
) -> tuple[float, float, float, float, float, float, float, float]: ...

# limits
def memory_rates(memory: np.ndarray, seconds: float, /) -> tuple[float, float]: ...
def arithmetic_rate(seconds: float, /) -> float: ...

# local_waves
def local_waves(
    image: np.ndarray,
    frequencies: Sequence[tuple[float, float]],
    step_px: int,
    sigma_px: float,
    shape: tuple[int, int],
    out: np.ndarray | None,
    /,
) -> np.ndarray: ...

# mahalanobis
def mahalanobis(x: np.ndarray, mean: np.ndarray, whitener: np.ndarray, out: np.ndarray | None, /) -> np.ndarray: ...

# moments
def moments(x: np.ndarray, kept: np.ndarray | None, /) -> tuple[np.ndarray, np.ndarray]: ...

# morphology
def erode_disk(image: np.ndarray, radius_px: int, out: np.ndarray | None, /) -> np.ndarray: ...
def dilate_disk(image: np.ndarray, radius_px: int, out: np.ndarray | None, /) -> np.ndarray: ...
def open_disk(image: np.ndarray, radius_px: int, out: np.ndarray | None, /) -> np.ndarray: ...

# nearest
def nearest(x: np.ndarray, bank: np.ndarray, /) -> tuple[np.ndarray, np.ndarray]: ...

# position_distances
def position_distances(
    x: np.ndarray, mean: np.ndarray, whiteners: np.ndarray, out: np.ndarray | None, /
) -> np.ndarray: ...

# patch_figures
def patch_figures(
    cells: np.ndarray,
    colours: np.ndarray | None,
    sides: Sequence[int],
    variance_floor: float,
    energy_floor: float,
    level_floor: float,
    out: np.ndarray | None,
    /,
) -> np.ndarray: ...

# patch_statistics
def patch_std(image: np.ndarray, patch_px: int, out: np.ndarray | None, /) -> np.ndarray: ...
def dzl_map(image: np.ndarray, patch_px: int, out: np.ndarray | None, /) -> np.ndarray: ...
def dzl(image: np.ndarray, patch_px: int, threshold: float | None, out: np.ndarray | None, /) -> np.ndarray: ...

# quantile
def quantile(x: np.ndarray, q: float, /) -> float: ...

# regions
def regions(mask: np.ndarray, scores: np.ndarray | None, /) -> np.ndarray: ...

# ssim
def ssim_map(
    x: np.ndarray, y: np.ndarray, window_px: int, gaussian: bool, data_range: float, out: np.ndarray | None, /
) -> np.ndarray: ...
def ssim(x: np.ndarray, y: np.ndarray, window_px: int, gaussian: bool, data_range: float, /) -> float: ...

# tiles
def cut_tiles(image: np.ndarray, tile_px: int, stride_px: int, out: np.ndarray | None, /) -> np.ndarray: ...
def average_tiles(
    tiles: np.ndarray, shape: tuple[int, ...], stride_px: int, out: np.ndarray | None, /
) -> np.ndarray: ...

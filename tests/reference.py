"""A slow float64 NumPy twin of every kernel, written from the definition and never from the kernel."""

from __future__ import annotations

import numpy as np


def in_unit_range(image: np.ndarray) -> np.ndarray:
    """float64; uint8 counts stand for value / 255."""
    return image / 255.0 if image.dtype == np.uint8 else image.astype(np.float64)


# ---- patch statistics --------------------------------------------------------------------------------------


def patch_std(image: np.ndarray, patch_px: int) -> np.ndarray:
    unit = in_unit_range(image)
    height, width = image.shape
    out = np.empty((-(-height // patch_px), -(-width // patch_px)))
    for row, column in np.ndindex(out.shape):
        y, x = row * patch_px, column * patch_px
        patch = unit[y : y + patch_px, x : x + patch_px]
        with np.errstate(invalid="ignore"):
            out[row, column] = np.sqrt(np.mean((patch - patch.mean()) ** 2))
    return out


def z_scores(deviation: np.ndarray) -> tuple[np.ndarray, float]:
    """z of each patch and the default threshold; patches without a finite deviation are left out of both."""
    finite = deviation[np.isfinite(deviation)]
    mean, std = (finite.mean(), finite.std()) if finite.size else (0.0, 0.0)
    if std == 0:
        return deviation * 0, 0.0
    return (deviation - mean) / std, float(std)


def grown(patches: np.ndarray, shape: tuple[int, int], patch_px: int) -> np.ndarray:
    wide = patches.repeat(patch_px, axis=0).repeat(patch_px, axis=1)
    return wide[: shape[0], : shape[1]]


def dzl_map(image: np.ndarray, patch_px: int) -> np.ndarray:
    return grown(z_scores(patch_std(image, patch_px))[0], image.shape, patch_px)


def dzl(image: np.ndarray, patch_px: int, threshold: float | None = None) -> np.ndarray:
    z, default = z_scores(patch_std(image, patch_px))
    return grown(~(z <= (default if threshold is None else threshold)), image.shape, patch_px)


# ---- block means -------------------------------------------------------------------------------------------


def block_means(image: np.ndarray, block_px: tuple[int, int]) -> np.ndarray:
    """Rounded as the contract says: in single precision, halves to even."""
    rows, columns = image.shape[0] // block_px[0], image.shape[1] // block_px[1]
    blocks = image.reshape(rows, block_px[0], columns, block_px[1], *image.shape[2:])
    sums = blocks.sum(axis=(1, 3), dtype=np.int64)
    share = np.float32(1) / np.float32(block_px[0] * block_px[1])
    return np.rint(sums.astype(np.float32) * share).astype(np.uint8)


# ---- structural similarity ---------------------------------------------------------------------------------


def ssim_weights(window_px: int, gaussian: bool) -> np.ndarray:
    """(window_px, window_px), sum 1."""
    at = np.arange(window_px) - window_px // 2
    line = np.exp(-0.5 * (at / 1.5) ** 2) if gaussian else np.ones(window_px)
    return np.outer(line, line) / line.sum() ** 2


def ssim_map(
    x: np.ndarray, y: np.ndarray, window_px: int, gaussian: bool = False, data_range: float = 1.0
) -> np.ndarray:
    """From the definition: weighted means and covariances of each window, one row of windows at a time."""
    weights = ssim_weights(window_px, gaussian)
    unbiased = window_px**2 / (window_px**2 - 1)
    reach = window_px // 2
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2

    def windows(image: np.ndarray) -> np.ndarray:
        mirrored = np.pad(in_unit_range(image), reach, mode="symmetric")
        return np.lib.stride_tricks.sliding_window_view(mirrored, weights.shape)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.einsum("wij,ij->w", values, weights)

    def row(wx: np.ndarray, wy: np.ndarray) -> np.ndarray:
        ux, uy = mean(wx), mean(wy)
        dx, dy = wx - ux[:, None, None], wy - uy[:, None, None]
        vx, vy, vxy = (unbiased * mean(product) for product in (dx * dx, dy * dy, dx * dy))
        return (2 * ux * uy + c1) * (2 * vxy + c2) / ((ux**2 + uy**2 + c1) * (vx + vy + c2))

    with np.errstate(invalid="ignore"):
        return np.stack([row(wx, wy) for wx, wy in zip(windows(x), windows(y), strict=True)])


def ssim(x: np.ndarray, y: np.ndarray, window_px: int, gaussian: bool = False, data_range: float = 1.0) -> float:
    reach = window_px // 2
    full = ssim_map(x, y, window_px, gaussian, data_range)
    return float(full[reach : x.shape[0] - reach, reach : x.shape[1] - reach].mean())


# ---- tiles -------------------------------------------------------------------------------------------------


def tile_starts(length_px: int, tile_px: int, stride_px: int) -> list[int]:
    last = length_px - tile_px
    return [*range(0, last, stride_px), last]


def cut_tiles(image: np.ndarray, tile_px: int, stride_px: int) -> np.ndarray:
    rows, columns = (tile_starts(length, tile_px, stride_px) for length in image.shape[:2])
    return np.stack([image[y : y + tile_px, x : x + tile_px] for y in rows for x in columns])


def average_tiles(tiles: np.ndarray, shape: tuple[int, ...], stride_px: int) -> np.ndarray:
    tile_px = tiles.shape[1]
    total, count = np.zeros(shape), np.zeros(shape)
    corners = [
        (y, x) for y in tile_starts(shape[0], tile_px, stride_px) for x in tile_starts(shape[1], tile_px, stride_px)
    ]
    for tile, (y, x) in zip(tiles, corners, strict=True):
        total[y : y + tile_px, x : x + tile_px] += tile
        count[y : y + tile_px, x : x + tile_px] += 1
    return total / count


# ---- frame statistics --------------------------------------------------------------------------------------
def frame_statistics(image: np.ndarray, low: float, high: float) -> tuple[float, ...]:
    """Mean, deviation, differences across and along, dark, bright, constant and repeated rows, from the definition."""
    height = image.shape[0]
    stride = 16 * -(-height // 512)
    rows = np.array([y for y in range(height) if y % stride < 16])
    values, seen = image.astype(np.float64), image[rows].astype(np.float64)
    after = rows[rows > 0]
    along = np.abs(values[after] - values[after - 1])
    return (
        seen.mean(),
        seen.std(),
        np.abs(np.diff(seen, axis=1)).mean() if image.shape[1] > 1 else 0.0,
        along.mean() if len(after) else 0.0,
        (image[rows] <= low).mean(),
        (image[rows] >= high).mean(),
        (seen == seen[:, :1]).all(axis=1).mean(),
        (along == 0).all(axis=1).mean() if len(after) else 0.0,
    )


# ---- quantile ----------------------------------------------------------------------------------------------


def quantile(x: np.ndarray, q: float) -> float:
    if np.isnan(x).any():
        return float("nan")
    return float(np.sort(x, axis=None)[int(np.ceil(q * (x.size - 1)))])

"""Patch statistics in float64: figures of cells, figures of patches, references and Mahalanobis distances.

Everything follows from the definition: the image is laid out with its mirrored border first, then cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from reference import in_unit_range

VARIANCE_FLOOR, ENERGY_FLOOR, LEVEL_FLOOR, DEVIATION_FLOOR = 1e-4, 1e-5, 0.02, 1e-3


def mirrored(length: int, before: int, after: int) -> np.ndarray:
    """Indices of a line of `length` continued by mirrors that do not repeat the edge."""
    there_and_back = [*range(length), *range(length - 2, 0, -1)]
    return np.array([there_and_back[i % len(there_and_back)] for i in range(-before, length + after)])


def extended(image: np.ndarray, before: int, after: tuple[int, int]) -> np.ndarray:
    rows = mirrored(image.shape[0], before, after[0])
    return image[rows][:, mirrored(image.shape[1], before, after[1])]


def whole_cells(image: np.ndarray, cell_px: int) -> np.ndarray:
    """The image mirrored to the right and downward until cells fit."""
    return extended(image, 0, (-image.shape[0] % cell_px, -image.shape[1] % cell_px))


def by_cell(values: np.ndarray, cell_px: int) -> np.ndarray:
    """(rows, columns, cell_px * cell_px)"""
    rows, columns = (size // cell_px for size in values.shape)
    blocks = values.reshape(rows, cell_px, columns, cell_px).swapaxes(1, 2)
    return blocks.reshape(rows, columns, cell_px * cell_px)


def cell_statistics(image: np.ndarray, cell_px: int) -> np.ndarray:
    x = whole_cells(in_unit_range(image), cell_px)
    around = extended(x, 1, (1, 1))
    left, right = around[1:-1, :-2], around[1:-1, 2:]
    upper, lower = around[:-2, 1:-1], around[2:, 1:-1]
    gx, gy, laplacian = (right - left) / 2, (lower - upper) / 2, left + right + upper + lower - 4 * x
    means = [by_cell(v, cell_px).mean(axis=2) for v in (x, x * x, gx * gx, gy * gy, laplacian * laplacian)]
    pixels = by_cell(x, cell_px)
    return np.stack([*means, pixels.min(axis=2), pixels.max(axis=2)])


def cell_means(image: np.ndarray, cell_px: int) -> np.ndarray:
    unit = in_unit_range(image)
    planes = [by_cell(whole_cells(unit[..., c], cell_px), cell_px).mean(axis=2) for c in range(3)]
    return np.stack(planes)


def mahalanobis(x: np.ndarray, mean: np.ndarray, whitener: np.ndarray) -> np.ndarray:
    """Only the lower triangle of the whitener counts."""
    white = np.tril(whitener.astype(np.float64)) @ (x.astype(np.float64) - mean.astype(np.float64)[:, None])
    return np.sqrt((white**2).sum(axis=0))


def moments(x: np.ndarray, kept: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance about it of the vectors that count, both divided by how many do."""
    some = x.astype(np.float64) if kept is None else x[:, kept].astype(np.float64)
    with np.errstate(invalid="ignore"):
        mean = some.sum(axis=1) / np.float64(some.shape[1])
        around = some - mean[:, None]
        return mean, around @ around.T / np.float64(some.shape[1])


# ---- the method --------------------------------------------------------------------------------------------


def patch_means(planes: np.ndarray, side: int) -> np.ndarray:
    """Mean over side x side cells around each, one shift at a time; (planes, rows, columns)."""
    reach = side // 2
    around = np.stack([extended(plane, reach, (reach, reach)) for plane in planes])
    rows, columns = planes.shape[1:]
    shifted = [around[:, v : v + rows, u : u + columns] for v in range(side) for u in range(side)]
    return np.mean(shifted, axis=0)


def figures(
    grey: np.ndarray, rgb: np.ndarray | None = None, cell_px: int = 4, sides: Sequence[int] = (1, 3, 9)
) -> np.ndarray:
    """Of an image, (D, rows, columns)."""
    colours = None if rgb is None else cell_means(rgb, cell_px)
    return patch_figures(cell_statistics(grey, cell_px), colours, sides)


def patch_figures(
    cells: np.ndarray,
    colours: np.ndarray | None = None,
    sides: Sequence[int] = (1, 3, 9),
    floors: tuple[float, float, float] = (VARIANCE_FLOOR, ENERGY_FLOOR, LEVEL_FLOOR),
) -> np.ndarray:
    """(D, rows, columns): six of each scale, the Laplacian, then the shares of red and blue of each scale."""
    variance_floor, energy_floor, level_floor = floors
    out, shares = [], []
    for side in sides:
        mean, square, gx2, gy2, _, least, largest = patch_means(cells, side)
        out += [np.log(np.maximum(square - mean**2, 0) + variance_floor)]
        out += [np.log(energy + energy_floor) for energy in (gx2, gy2)]
        out += [np.log(level + level_floor) for level in (mean, least, largest)]
        if colours is not None:
            red, green, blue = patch_means(colours, side)
            shares += [part / (red + green + blue + level_floor) for part in (red, blue)]
    out.append(np.log(cells[4] + energy_floor))
    return np.stack(out + shares)


def whitener(covariance: np.ndarray, shrinkage: float) -> np.ndarray:
    deviation = np.sqrt(np.diag(covariance) + DEVIATION_FLOOR**2)
    drawn = (1 - shrinkage) * covariance / np.outer(deviation, deviation)
    drawn[np.diag_indices_from(drawn)] = 1.0
    return np.linalg.inv(np.linalg.cholesky(drawn)) / deviation[None, :]


def learned(images: Iterable[np.ndarray], shrinkage: float, own_share: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and whitener from figures (D, rows, columns) of good images."""
    mean, covariance = mean_and_covariance(images, own_share)
    return mean, whitener(covariance, shrinkage)


def mean_and_covariance(images: Iterable[np.ndarray], own_share: float) -> tuple[np.ndarray, np.ndarray]:
    """Over all cells; of the differences between images only the share that is not drawn to their own mean."""
    vectors = [image.reshape(len(image), -1) for image in images]
    every = np.concatenate(vectors, axis=1)
    mean = every.mean(axis=1)
    covariance = np.zeros((len(mean), len(mean)))
    for each in vectors:
        own = each.mean(axis=1)
        covariance += (each - own[:, None]) @ (each - own[:, None]).T
        covariance += (1 - own_share) ** 2 * each.shape[1] * np.outer(own - mean, own - mean)
    return mean, covariance / every.shape[1]


def own_reference(image: np.ndarray, shrinkage: float, trim_share: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and whitener from the figures of one image, its strangest cells left out twice."""
    every = image.reshape(len(image), -1)
    kept = every
    for _ in range(2):
        distance = mahalanobis(every, *learned([kept[:, None]], shrinkage, 0.0))
        limit = np.quantile(distance, 1 - trim_share, method="higher")
        kept = every[:, distance <= limit]
    return learned([kept[:, None]], shrinkage, 0.0)


def distances(image: np.ndarray, mean: np.ndarray, whiten: np.ndarray, own_share: float) -> np.ndarray:
    """The map (rows, columns) of an image's figures against what was learned."""
    flat = image.reshape(len(image), -1)
    centre = own_share * flat.mean(axis=1) + (1 - own_share) * mean
    return mahalanobis(flat, centre, whiten).reshape(image.shape[1:])


def nearest(x: np.ndarray, bank: np.ndarray) -> np.ndarray:
    """Squared distances of every entry from every vector, (M, N)."""
    difference = bank.astype(np.float64)[:, :, None] - x.astype(np.float64)[None]
    return np.asarray((difference**2).sum(axis=1))


def white_of_positions(x: np.ndarray, mean: np.ndarray, whiteners: np.ndarray, of: Callable = np.asarray) -> np.ndarray:
    """W (x - mean) of each position, (P, N, D), of its numbers as `of` gives them; columns of W in bfloat16."""
    positions, count, size = x.shape
    halves = whiteners.astype(np.uint32).reshape(positions, size * (size + 1) // 2, 2)
    numbers = ((halves[..., 0] << np.uint32(16)) | (halves[..., 1] << np.uint32(24))).view(np.float32).astype(float)
    white = np.zeros((positions, count, size))
    for place in range(positions):
        whitener = np.zeros((size, size))
        first = 0
        for j in range(size):
            whitener[j:, j] = numbers[place, first : first + size - j]
            first += size - j
        white[place] = of(x[place].astype(float) - mean[place].astype(float)) @ of(whitener).T
    return white


def position_distances(x: np.ndarray, mean: np.ndarray, whiteners: np.ndarray) -> np.ndarray:
    """The distance of each vector from its position's mean, (P, N)."""
    return np.sqrt((white_of_positions(x, mean, whiteners) ** 2).sum(axis=2))

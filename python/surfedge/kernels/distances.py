"""Vectors of features: their mean and covariance, and how far they are from a mean, one for each position, a bank."""

from __future__ import annotations

import numpy as np

from surfedge.kernels.levels import native


def mahalanobis(x: np.ndarray, mean: np.ndarray, whitener: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """Distance of each vector from a mean in standard deviations, abs(whitener @ (x - mean)), float32 (N,).

    x : float32 (D, N), one vector per column. mean : float32 (D,). whitener : float32 (D, D), lower triangular (the
    upper triangle is not read), whitener @ C @ whitener.T = 1 for the covariance C. A vector holding NaN gives NaN.
    Source: P. C. Mahalanobis, "On the generalised distance in statistics", 1936.

    >>> f32 = np.float32
    >>> mahalanobis(f32([[3], [8]]), f32([0, 0]), f32([[1, 0], [0, 0.5]])).tolist()
    [5.0]
    """
    return native.mahalanobis(x, mean, whitener, out)


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
    return native.position_distances(x, mean, whiteners, out)


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
    return native.nearest(x, bank)


def moments(x: np.ndarray, kept: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Mean, float64 (D,), and covariance about it, float64 (D, D), of vectors or of those of them that are kept.

    x : float32 (D, N), one vector per column. kept : bool (N,), which count; None for all. Sums of products are divided
    by how many count, NaN where none does. Products are float32 in blocks of 256 vectors: an entry is off by at most
    260 u of the product of both stds, the mean by as much of the std, u = 2^-24.

    >>> mean, covariance = moments(np.float32([[1, 3, 5], [2, 2, 9]]), np.array([True, True, False]))
    >>> mean.tolist(), covariance.tolist()
    ([2.0, 2.0], [[1.0, 0.0], [0.0, 0.0]])
    """
    return native.moments(x, kept)

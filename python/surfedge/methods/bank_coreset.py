"""A few entries that cover many: greedy k-centre selection.

O. Sener, S. Savarese, "Active learning for convolutional neural networks: a core-set approach", 2018 (algorithm 1), on
random projections as in K. Roth et al., "Towards total recall in industrial anomaly detection", 2022 (algorithm 1).
"""

from __future__ import annotations

import numpy as np

PROJECTED = 64  # dimensions kept of more: distances survive a random projection (Johnson and Lindenstrauss, 1984)


def coreset(vectors: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Numbers of `count` of the vectors such that the farthest of the others is near one of them, int64, ascending.

    vectors : float32 (N, D). All are taken where there are no more than `count`. The first is drawn, each further one
    is the farthest from those taken.

    >>> line = np.float32([[0], [0.1], [0.2], [5], [9], [9.1]])
    >>> chosen = coreset(line, 3, np.random.default_rng(0))
    >>> sorted(round(float(line[n, 0])) for n in chosen)
    [0, 5, 9]
    """
    number, size = vectors.shape
    if number <= count:
        return np.arange(number)
    if size > PROJECTED:
        vectors = vectors @ (rng.standard_normal((size, PROJECTED)) / np.sqrt(PROJECTED)).astype(np.float32)
    squares = np.einsum("ij,ij->i", vectors, vectors)
    chosen = np.empty(count, np.int64)
    least = np.full(number, np.inf, np.float32)
    newest = int(rng.integers(number))
    for place in range(count):
        chosen[place] = newest
        distance = vectors @ vectors[newest]
        distance *= -2.0
        distance += squares
        distance += squares[newest]
        np.minimum(least, distance, out=least)
        least[newest] = -np.inf  # whatever rounding says: taken once
        newest = int(least.argmax())
    return np.sort(chosen)

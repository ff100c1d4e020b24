"""Synchronous addition at every pitch at once: the fast folding algorithm.

D. H. Staelin, "Fast folding algorithm for detection of periodic pulse trains", Proceedings of the IEEE 57 (1969): a
signal laid out in rows of p values is added up along every straight line that drifts by 0 to p + 1 values over all
rows, two rows, then four, then eight at a time; each line is a pitch between p and p + 1.
"""

from __future__ import annotations

import numpy as np


def folded(rows: np.ndarray) -> np.ndarray:
    """float32 (M, p, lanes): sums along lines of drift 0 to M - 1 over the M rows; M is a power of two.

    rows : float32 (M, p, lanes). Sum [i, j] begins at value j of the first row; its pitch is p + i / (M - 1).

    >>> rows = np.zeros((4, 6, 1), np.float32)
    >>> rows[[0, 1, 2, 3], [2, 3, 4, 5]] = 1  # a mark that comes back after 7 values
    >>> int(folded(rows)[3, 2, 0])
    4
    """
    count, length, lanes = rows.shape
    held = rows.reshape(count, 1, length, lanes)
    size = 1
    while size < count:
        top, bottom = held[0::2], held[1::2]
        joined = np.empty((len(top), 2 * size, length, lanes), np.float32)
        for drift in range(2 * size):
            half, shift = drift // 2, (drift - drift // 2) % length
            cut = length - shift
            np.add(top[:, half, :cut], bottom[:, half, shift:], out=joined[:, drift, :cut])
            np.add(top[:, half, cut:], bottom[:, half, :shift], out=joined[:, drift, cut:])
        held, size = joined, 2 * size
    return held[0]


def strongest(scores: np.ndarray, shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """For each lane the largest sum over turns, over the square root of their number; and how many sums were looked at.

    scores : float32 (bins, lanes). shortest, longest : pitches in bins. Returns the sums, their pitches in bins and
    their phases, (lanes,) each.
    """
    bins, lanes = scores.shape
    best, pitch, phase = np.full(lanes, -np.inf), np.zeros(lanes), np.zeros(lanes, np.int64)
    looks = 0.0
    for length in range(shortest, longest + 1):
        turns = bins // length
        count = 1 << max(1, (turns - 1).bit_length())
        rows = np.zeros((count, length, lanes), np.float32)
        rows[:turns] = scores[: turns * length].reshape(turns, length, lanes)
        sums = folded(rows).reshape(-1, lanes)
        place = sums.argmax(axis=0)
        value = sums[place, np.arange(lanes)] / turns**0.5
        better = value > best
        best[better], phase[better] = value[better], place[better] % length
        pitch[better] = length + (place[better] // length) / (count - 1)
        looks += len(sums)
    return best, pitch, phase, looks

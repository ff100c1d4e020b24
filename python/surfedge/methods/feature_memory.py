"""What good features are like: a Gaussian of each position, one of all, or a bank; compact, and compared by kernels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surfedge import kernels
from surfedge.methods.bank_of_features import FeatureBank
from surfedge.methods.bank_positions import blocks, unblocked
from surfedge.methods.bfloat16 import as_bfloat16, from_bfloat16


@dataclass(frozen=True)
class FeatureMemory:
    """centre : float32 (R, C, d). triangle : the whiteners as `kernels.position_distances` takes them, uint8 (R, C,
    d (d + 1)). bank : float32 (M, d), whitened entries, none where distances are measured from the centre; with
    entries R = C = 1. spacing : float32 (M,), by which distances are divided.
    """

    centre: np.ndarray
    triangle: np.ndarray
    bank: np.ndarray
    spacing: np.ndarray

    @classmethod
    def of(cls, found: FeatureBank) -> FeatureMemory:
        """What was learned, its whiteners rounded to bfloat16."""
        order = _columns_of_rows(found.centre.shape[2])
        return cls(found.centre, as_bfloat16(found.triangle[..., order]), found.entries, found.spacing)

    def distance(self, cells: np.ndarray) -> np.ndarray:
        """How far the features of each cell, float32 (rows, columns, d), are from good ones: float32 (rows, columns).

        In standard deviations: from the centre of the cell's position, or from the nearest entry.
        """
        if len(self.bank):
            return self._from_bank(cells)
        rows, columns, size = cells.shape
        r, c, _ = self.centre.shape
        mean, whiteners = self.centre.reshape(-1, size), self.triangle.reshape(r * c, -1)
        if (r, c) in ((rows, columns), (1, 1)):
            x = cells.reshape(r * c, -1, size)
            return kernels.position_distances(x, mean, whiteners).reshape(rows, columns)
        parts = np.ascontiguousarray(blocks(cells.transpose(2, 0, 1), 1, max(r, c)).swapaxes(2, 3))
        distance = kernels.position_distances(parts.reshape(r * c, -1, size), mean, whiteners)
        return unblocked(distance.reshape(r, c, -1), (rows, columns))

    @cached_property
    def _whitener(self) -> np.ndarray:
        """Of all cells, float32 (d, d)."""
        size = self.centre.shape[2]
        full = np.zeros((size, size), np.float32)
        column, row = np.triu_indices(size)
        full[row, column] = from_bfloat16(self.triangle).ravel()
        return full

    def _from_bank(self, cells: np.ndarray) -> np.ndarray:
        rows, columns, size = cells.shape
        white = self._whitener @ (cells.reshape(-1, size) - self.centre[0, 0]).T
        distance, entry = kernels.nearest(white, self.bank)
        return np.asarray((distance / self.spacing[entry]).reshape(rows, columns))


def _columns_of_rows(size: int) -> np.ndarray:
    """Where each number of a lower triangle, column by column, stands row by row."""
    column, row = np.triu_indices(size)
    return np.asarray(row * (row + 1) // 2 + column)

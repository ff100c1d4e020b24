"""Classes without a network: how the patch statistics of an image are distributed, and a linear head.

Of each feature of surfedge.methods.statistics, over all cells of the grey image: mean, std and five quantiles; and the
correlation of each two. Nothing was trained elsewhere, so that no weights have to come with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from surfedge.images import Frame
from surfedge.methods.linear_classes import LinearClasses
from surfedge.methods.statistics import Statistics

QUANTILES = (0.02, 0.1, 0.5, 0.9, 0.98)
STD_FLOOR = 1e-3  # of a feature that is the same everywhere: its correlations are then 0


@dataclass(frozen=True)
class StatisticsClasses(LinearClasses):
    """The settings are those of LinearClasses. Images are judged at their own size: of one camera and distance."""

    name: ClassVar[str] = "statistics_classes"

    def features(self, frame: Frame) -> np.ndarray:
        """How the patch statistics are distributed, float32 (304,)."""
        cells = Statistics().features(frame, False)
        cells = cells.reshape(len(cells), -1)
        mean = cells.mean(axis=1, dtype=np.float64)
        std = cells.std(axis=1, dtype=np.float64)
        around = (cells - mean[:, None]) / np.maximum(std, STD_FLOOR)[:, None]
        correlation = (around @ around.T / cells.shape[1])[np.triu_indices(len(cells), 1)]
        quantiles = np.quantile(cells, QUANTILES, axis=1)
        return np.concatenate([mean, std, quantiles.ravel(), correlation]).astype(np.float32)

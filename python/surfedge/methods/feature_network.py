"""A network whose graph gives features, for methods that judge them: by a memory of good ones, by a layer on top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surfedge.errors import ArgumentError, require
from surfedge.images import Frame
from surfedge.methods.networked import Networked


@dataclass(frozen=True)
class FeatureNetwork(Networked):
    """The graph's first output is features, (N, rows, columns, D): D numbers for each cell of a grid over the image,
    which is resized, at its own depth, to the network's input.
    """

    @property
    def cell_px(self) -> None:
        """The grid covers the image as a whole."""
        return

    def features(self, frame: Frame) -> np.ndarray:
        """The features of an image's cells, float32 (rows, columns, D)."""
        output = self.feed(self.whole(frame))[0]
        self._check_features(output)
        found: np.ndarray = output[0].astype(np.float32, copy=False)
        return found

    def check_answers(self, answers: list[np.ndarray]) -> None:
        """Raises ArgumentError unless the first output is features of one image."""
        self._check_features(answers[0])

    def _check_features(self, output: np.ndarray) -> None:
        is_grid = output.ndim == 4 and output.shape[0] == 1 and output.size > 0
        remedy = "export the network with its features on one grid"
        require("network output", output.shape, is_grid, "features, (1, rows, columns, D)", remedy)
        if not np.isfinite(output).all():
            raise ArgumentError("network output", found="NaN or infinity", expected="finite features", remedy=remedy)

"""Classes by frozen features: the exported graph gives an image's features, and a linear head tells the classes apart.

No network is trained: the head is learned from a handful of images in NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from surfedge.errors import ArgumentError, require
from surfedge.images import Frame
from surfedge.methods.linear_classes import LinearClasses
from surfedge.methods.networked import Networked


@dataclass(frozen=True)
class FeatureClasses(LinearClasses, Networked):
    """The image is resized, at its own depth, to the network's input. The graph's first output holds the features,
    (N, D) of the image or (N, rows, columns, D) of each place: then their mean and std over the places are taken,
    F = 2 D. The other settings are those of LinearClasses.
    """

    name: ClassVar[str] = "feature_classes"

    def check_answers(self, answers: list[np.ndarray]) -> None:
        """Raises ArgumentError unless the first output gives as many features as the head takes."""
        found = pooled(answers[0]).shape[1]
        wanted = found if self.linear is None else len(self.linear)
        require("network output", answers[0].shape, found == wanted, f"{wanted} features")

    def features(self, frame: Frame) -> np.ndarray:
        """The image's features, float32 (F,)."""
        return pooled(self.feed(self.whole(frame))[0])[0]


def pooled(output: np.ndarray) -> np.ndarray:
    """Features of images, float32 (N, F), from those of images (N, F) or of places (N, rows, columns, D).

    >>> pooled(np.ones((1, 2, 3, 4), np.float32)).tolist()
    [[1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]]
    """
    values = output.astype(np.float32, copy=False)
    if values.ndim == 4 and values.size:
        values = np.concatenate([values.mean(axis=(1, 2)), values.std(axis=(1, 2))], axis=1)
    if values.ndim != 2 or not values.size:
        raise ArgumentError("network output", found=output.shape, expected="(N, D) or (N, rows, columns, D)")
    return values

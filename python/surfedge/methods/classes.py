"""Classes: the exported graph gives an image's class (standard CNN, AFEC, ResNet, ...); it makes no map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from surfedge.decision import RawMap
from surfedge.errors import EngineError, require
from surfedge.images import Frame
from surfedge.methods.networked import Networked

SUM_TOLERANCE = 0.02  # of the probabilities: what bf16 and int8 leave of 1


@dataclass(frozen=True)
class Classes(Networked):
    """class_names : the classes in the order of the graph's output, two or more, no name twice.

    The image is resized, at its own depth, to the network's input. The graph's first output holds the probabilities,
    (N, K) from 0 to 1, which sum to 1: the softmax lies inside the graph.
    """

    name: ClassVar[str] = "classes"
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = self.class_names
        fits = len(names) >= 2 and len(set(names)) == len(names) and all(names)
        require("classes.class_names", names, fits, "two or more different names")

    @property
    def cell_px(self) -> None:
        """There is no map."""
        return

    def check_answers(self, answers: list[np.ndarray]) -> None:
        """Raises ArgumentError unless the first output has one value for each class."""
        size, count = answers[0].size, len(self.class_names)
        require("network output", answers[0].shape, size == count, f"{count} probabilities")

    def inspect(self, frame: Frame) -> RawMap:
        """The probability of each class, and no map."""
        output = self.feed(self.whole(frame))[0]
        values = output.astype(np.float64).ravel()
        counted = values.size == len(self.class_names)
        if not counted or not (values >= 0).all() or not abs(values.sum() - 1.0) <= SUM_TOLERANCE:
            raise EngineError(
                "network output",
                found=f"{values.size} values from {values.min():.3g} to {values.max():.3g}, sum {values.sum():.3g}"
                if values.size
                else "no values",
                expected=f"{len(self.class_names)} probabilities that sum to 1",
                remedy="export the network with its softmax, and with one output per class",
            )
        return RawMap(None, None, classes=dict(zip(self.class_names, values.tolist(), strict=True)))

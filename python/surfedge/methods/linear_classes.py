"""Classes by features of an image and a linear head: what methods with such a head have in common.

The head is learned from a handful of images in NumPy (surfedge.methods.lda).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from surfedge.decision import RawMap
from surfedge.errors import ArgumentError, EngineError, require
from surfedge.images import Frame
from surfedge.methods.lda import LinearHead, learn_head, softmax
from surfedge.methods.method import Method

M = TypeVar("M", bound="LinearClasses")


@dataclass(frozen=True)
class LinearClasses(Method):
    """class_names : the classes, two or more, no name twice; none before a head was learned. shrinkage : of the head,
    0 to 1. linear : float32 (F, K), offset : float32 (K,), see surfedge.methods.lda.LinearHead.
    """

    class_names: tuple[str, ...] = ()
    shrinkage: float = 0.5
    linear: np.ndarray | None = None
    offset: np.ndarray | None = None

    def __post_init__(self) -> None:
        names = self.class_names
        fits = not names or (len(names) >= 2 and len(set(names)) == len(names) and all(names))
        require(f"{self.name}.class_names", names, fits, "two or more different names")
        require(f"{self.name}.shrinkage", self.shrinkage, 0 <= self.shrinkage <= 1, "0 to 1")
        if names or self.linear is not None or self.offset is not None:
            shapes = [None if each is None else each.shape for each in (self.linear, self.offset)]
            count = len(names)
            is_head = shapes == [(len(self.linear) if self.linear is not None else 0, count), (count,)]
            require(f"{self.name}.linear", shapes, is_head, f"(F, {count}) and ({count},), one column a class")
            for name, values in (("linear", self.linear), ("offset", self.offset)):
                finite = values is not None and bool(np.isfinite(values).all())
                require(f"{self.name}.{name}", "NaN or infinity", finite, "finite values")

    @abstractmethod
    def features(self, frame: Frame) -> np.ndarray:
        """The image's features, float32 (F,)."""

    @property
    def cell_px(self) -> None:
        """There is no map."""
        return

    def learned(self: M, features: np.ndarray, labels: Sequence[str], names: Sequence[str]) -> tuple[M, LinearHead]:
        """A copy that tells the classes `names` apart, and the head that it learned from features (N, F) of images of
        the classes `labels`. Raises DatasetError as `learn_head` does."""
        number_of = {name: number for number, name in enumerate(names)}
        head = learn_head(features, [number_of[label] for label in labels], self.shrinkage, names=names)
        return replace(self, class_names=tuple(names), linear=head.linear, offset=head.offset), head

    def inspect(self, frame: Frame) -> RawMap:
        """The probability of each class, and no map."""
        if self.linear is None or self.offset is None:
            raise ArgumentError(self.name, found="no head", expected="one", remedy="let it learn from classes first")
        values = self.features(frame)
        require("features", values.shape, values.shape == self.linear.shape[:1], f"({len(self.linear)},), as learned")
        found = softmax(values.astype(np.float64) @ self.linear + self.offset)
        if not np.isfinite(found).all():
            raise EngineError("features", found="some that are no numbers", expected="finite ones")
        return RawMap(None, None, classes=dict(zip(self.class_names, found.tolist(), strict=True)))

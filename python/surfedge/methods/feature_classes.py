"""Classes by frozen features: the exported graph gives an image's features, and a linear head tells the classes apart.

The head is learned from a handful of images in NumPy (surfedge.methods.lda); no network is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

import numpy as np

from surfedge.decision import RawMap
from surfedge.errors import ArgumentError, EngineError, require
from surfedge.images import Frame
from surfedge.methods.lda import LinearHead, learn_head, softmax
from surfedge.methods.networked import Networked

M = TypeVar("M", bound="FeatureClasses")


@dataclass(frozen=True)
class FeatureClasses(Networked):
    """class_names : the classes, two or more, no name twice; none before a head was learned. shrinkage : of the head,
    0 to 1. linear : float32 (F, K), offset : float32 (K,), see surfedge.methods.lda.LinearHead.

    The image is resized, at its own depth, to the network's input. The graph's first output holds the features, (N, D)
    of the image or (N, rows, columns, D) of each place: then their mean and std over the places are taken, F = 2 D.
    """

    name: ClassVar[str] = "feature_classes"
    class_names: tuple[str, ...] = ()
    shrinkage: float = 0.5
    linear: np.ndarray | None = None
    offset: np.ndarray | None = None

    def __post_init__(self) -> None:
        names = self.class_names
        fits = not names or (len(names) >= 2 and len(set(names)) == len(names) and all(names))
        require("feature_classes.class_names", names, fits, "two or more different names")
        require("feature_classes.shrinkage", self.shrinkage, 0 <= self.shrinkage <= 1, "0 to 1")
        if names or self.linear is not None or self.offset is not None:
            shapes = [None if each is None else each.shape for each in (self.linear, self.offset)]
            count = len(names)
            is_head = shapes == [(len(self.linear) if self.linear is not None else 0, count), (count,)]
            require("feature_classes.linear", shapes, is_head, f"(F, {count}) and ({count},), one column a class")

    @property
    def cell_px(self) -> None:
        """There is no map."""
        return

    def check_answers(self, answers: list[np.ndarray]) -> None:
        """Raises ArgumentError unless the first output gives as many features as the head takes."""
        found = pooled(answers[0]).shape[1]
        wanted = found if self.linear is None else len(self.linear)
        require("network output", answers[0].shape, found == wanted, f"{wanted} features")

    def features(self, frame: Frame) -> np.ndarray:
        """The image's features, float32 (F,)."""
        return pooled(self.feed(self.whole(frame))[0])[0]

    def learned(self: M, features: np.ndarray, labels: Sequence[str], names: Sequence[str]) -> tuple[M, LinearHead]:
        """A copy that tells the classes `names` apart, and the head that it learned from features (N, F) of images of
        the classes `labels`. Raises DatasetError as `learn_head` does."""
        number_of = {name: number for number, name in enumerate(names)}
        head = learn_head(features, [number_of[label] for label in labels], self.shrinkage)
        return replace(self, class_names=tuple(names), linear=head.linear, offset=head.offset), head

    def inspect(self, frame: Frame) -> RawMap:
        """The probability of each class, and no map."""
        if self.linear is None or self.offset is None:
            raise ArgumentError(
                "feature_classes", found="no head", expected="one", remedy="let it learn from labelled images first"
            )
        found = softmax(self.features(frame).astype(np.float64) @ self.linear + self.offset)
        if not np.isfinite(found).all():
            raise EngineError("network output", found="features that are no numbers", expected="finite ones")
        return RawMap(None, None, classes=dict(zip(self.class_names, found.tolist(), strict=True)))


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

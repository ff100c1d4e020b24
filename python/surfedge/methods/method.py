"""What a detector needs of a method.

A method is a frozen dataclass. Its numbers and words are settings, its arrays what it learned, its bytes a network
(see surfedge.bundle.serialization); ``anomaly_map(frame)`` gives the raw map, float32, higher is more anomalous, one
value for each cell of ``cell_px`` x ``cell_px`` pixels, or with ``cell_px = 0`` any number over the image as a whole;
the decision stretches it over the image.
``fit(frames)`` gives a copy that has learned from good images; a method with nothing to learn returns itself.
``warm_up()`` does what is slow once, so that the first frame at the line is as fast as the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TypeVar

import numpy as np

from surfedge.images import Frame
from surfedge.methods import METHODS
from surfedge.methods.lesson import Lesson

M = TypeVar("M", bound="Method")


class Method(ABC):
    """What a detector needs of a method; the defaults are those of arithmetic with nothing to learn."""

    cell_px: int = 1

    @abstractmethod
    def anomaly_map(self, frame: Frame) -> np.ndarray:
        """The raw anomaly map, float32 (ceil(H / cell_px), ceil(W / cell_px)), higher is more anomalous."""

    def screened_map(self, frame: Frame) -> tuple[np.ndarray, float]:
        """The raw map, and the share of the image's pixels that a screen kept from the network: 0 without one."""
        return self.anomaly_map(frame), 0.0

    def noted_map(self, frame: Frame) -> tuple[np.ndarray, float, tuple[str, ...]]:
        """The same, and notes on what the method found in the image, for the result."""
        return (*self.screened_map(frame), ())

    def fit(self: M, frames: Iterable[Frame]) -> M:
        """A copy that has learned from good images; this method itself where there is nothing to learn."""
        return self

    def learn(self: M, frames: Iterable[Frame]) -> Lesson[M] | None:
        """The same as a Lesson, which tells without learning again what all images but one teach; None where a method
        cannot: calibration then fits it several times."""
        return None

    def warm_up(self) -> None:  # noqa: B027  # most methods have nothing to do here
        """Do what is slow once; nothing, unless a method says otherwise."""


def name_of(method: Method) -> str:
    """The name under which `METHODS` lists the kind of `method`.

    >>> from surfedge.methods.dzl import DZL
    >>> name_of(DZL())
    'dzl'
    """
    return next(name for name, home in METHODS.items() if home.endswith(f":{type(method).__name__}"))

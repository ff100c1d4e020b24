"""What a detector needs of a method.

A method is a frozen dataclass with a name, the one under which METHODS lists it and bundles store it. Its numbers and
words are settings, its arrays what it learned, its bytes a network (see surfedge.bundle.serialization).
``inspect(frame)`` gives the raw map: what it saw, before anything is decided.
``fit(frames)`` gives a copy that has learned from good images; a method with nothing to learn returns itself.
``warm_up()`` does what is slow once, so that the first frame at the line is as fast as the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar, TypeVar

from surfedge.decision import RawMap
from surfedge.images import Frame
from surfedge.methods.lesson import Lesson

M = TypeVar("M", bound="Method")


class Method(ABC):
    """What a detector needs of a method; the defaults are those of arithmetic with nothing to learn.

    name : the method's name in METHODS and in bundles. class_names : the classes that it distinguishes, none for most.
    """

    name: ClassVar[str]
    class_names: tuple[str, ...] = ()

    @property
    def cell_px(self) -> int | None:
        """The side of a cell in every raw map that the method makes; None where it covers the image as a whole."""
        return 1

    @abstractmethod
    def inspect(self, frame: Frame) -> RawMap:
        """What the method finds in an image: the raw map, higher is more anomalous, and all that goes with it."""

    def fit(self: M, frames: Iterable[Frame]) -> M:
        """A copy that has learned from good images; this method itself where there is nothing to learn."""
        return self

    def learn(self: M, frames: Iterable[Frame]) -> Lesson[M] | None:
        """The same as a Lesson, which gives without learning again what all images but one teach; None where a method
        cannot: calibration then fits it several times."""
        return None

    def variants(self: M) -> tuple[M, ...]:
        """Forms of the method that calibration chooses between by drawn defects, the first where all are alike; none
        where there is nothing to choose."""
        return ()

    def warm_up(self) -> None:  # noqa: B027  # most methods have nothing to do here
        """Do what is slow once; nothing, unless a method says otherwise."""

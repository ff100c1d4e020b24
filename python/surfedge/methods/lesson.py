"""What good images taught a method, kept so that what all but one of them taught can be computed as well.

A score that a calibration takes from a good image must be the score of an image that was never seen: of a method that
learned from all the others (the leave-one-out principle; M. Stone, "Cross-validatory choice and assessment of
statistical predictions", 1974). Sums can give it without learning again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

T = TypeVar("T")


class Lesson(ABC, Generic[T]):
    """Learned from images that are counted from 0 in the order in which they were given."""

    @abstractmethod
    def all(self) -> T:
        """What all images taught."""

    @abstractmethod
    def without(self, number: int) -> T:
        """What all images but `number` taught."""

"""What a case of the benchmark consists of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Call = Callable[[], Any]
Shape = tuple[int, int]


def largest_difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest absolute difference; NaN where one has it and the other has not counts as infinite.

    >>> largest_difference(np.array([1.0, 2.0]), np.array([1.0, 2.5]))
    0.5
    """
    if ours.shape != theirs.shape:
        return float("inf")
    difference = np.abs(np.subtract(ours, theirs, dtype=np.float64))
    return float(np.nan_to_num(difference, nan=np.inf, posinf=np.inf).max(initial=0.0))


def share_different(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Fraction of the pixels that differ, 0 to 1.

    >>> share_different(np.array([True, False]), np.array([1, 1]))
    0.5
    """
    return float(np.mean(ours != theirs)) if ours.shape == theirs.shape else float("inf")


@dataclass(frozen=True)
class Peer:
    """Public software that does the same work.

    name : as people know it, with what it does. package : what is imported and given to `prepare`, which returns the
        call to time. error : distance of our answer from its answer. tolerance : largest error that is agreement.
    """

    name: str
    package: str
    prepare: Callable[[Any], Call]
    tolerance: float = 0.0
    error: Callable[[Any, Any], float] = largest_difference


@dataclass(frozen=True)
class Work:
    """Bytes that any implementation reads and writes, float operations that it needs."""

    read_bytes: int
    written_bytes: int = 0
    operations: float = 0.0


@dataclass(frozen=True)
class Trial:
    """A case with its data: our call, the peers, the least work, and what is wrong with our answer ("": nothing)."""

    ours: Call
    peers: tuple[Peer, ...] = ()
    work: Work | None = None
    complaint: Callable[[Any], str] = lambda answer: ""


@dataclass(frozen=True)
class Case:
    """detail : dtype (u8, f32) and settings. shape : (H, W) that is timed. prepare : (shape, threads) -> Trial.

    goal : how many times as fast as the best peer we mean to be, at AVX2. small : a shape for tests.
    """

    detail: str
    shape: Shape
    prepare: Callable[[Shape, int], Trial]
    goal: float | None = None
    small: Shape = (96, 128)

    @property
    def size(self) -> str:
        """What is timed, e.g. "1024^2 u8"."""
        height, width = self.shape
        return f"{height}^2 {self.detail}" if height == width else f"{height} x {width} {self.detail}"

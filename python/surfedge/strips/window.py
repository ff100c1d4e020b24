"""A window of a strip: a tile and the lines that are seen with it; and the lines that never came in."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Window:
    """A tile and what is seen with it.

    first : number of the first line held. top, below : the tile is lines top to below - 1. pixels : (lines, columns)
    or (lines, columns, 3), the window's own copy; lost lines are black. present : bool (lines,), lines that were taken.
    position_m : float64 (lines + 1,), metres from the head where each line begins, and where the last one ends.
    lost : (first line, line after the last, reason) within the tile. is_end : its last line is the strip's last.
    """

    first: int
    top: int
    below: int
    pixels: np.ndarray = field(repr=False)
    present: np.ndarray = field(repr=False)
    position_m: np.ndarray = field(repr=False)
    lost: tuple[tuple[int, int, str], ...] = ()
    is_end: bool = False

    @property
    def core(self) -> slice:
        """The tile's lines within the window."""
        return slice(self.top - self.first, self.below - self.first)


@dataclass
class Losses:
    """Lines that came too late (the camera's count was past them), or again while the strip ran back: left out."""

    late_lines: int = 0
    backward_lines: int = 0

"""Examples: the images a network learns from, in memory, with what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Examples:
    """pictures : (C, H, W), uint8, or float32 in [0, 1].

    maps : (1, H, W) uint8 for each picture, a soft localisation map or the mask of its defects (255), or none at all.
    classes : the name of each picture's class, or none at all. added : whether each picture is a good one of another
    line, shown beside the others; or none at all.
    """

    pictures: Sequence[np.ndarray] = field(repr=False)
    maps: Sequence[np.ndarray] = field(default=(), repr=False)
    classes: Sequence[str] = ()
    added: Sequence[bool] = ()

    def __len__(self) -> int:
        return len(self.pictures)

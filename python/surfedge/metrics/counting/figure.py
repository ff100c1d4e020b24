"""What a metric says of itself to an evaluation: what its numbers are counted from, and from which images.

The file of a metric holds `FIGURES`, one `Figure` for each number that an evaluation reports (or a function of
`Settings` that gives them, where their names depend on a setting). Counts have an axis of samples in front, (B, ...):
the test set itself is one sample in which each image counts once, a bootstrap draws many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SCORES = "scores"
"""`ScoreCounts`: good and defective images per level of the image score."""
PIXELS = "pixels"
"""`PixelLevels`: pixels of the maps per level of their score, by what the truth says of them."""
MASKS = "masks"
"""`Calls`, image by image, where no limit is needed."""
CALLS = "calls"
"""`Calls`: verdicts and masks at the detector's limit; NaN without one."""
CLASSES = "classes"
"""`Calls` of a classifier, whose rows say which class was given; detectors that do not classify have none."""
RECONSTRUCTIONS = "reconstructions"
"""`nmse.Reconstructions`: what a reconstructing network gave; an evaluation of maps has none."""


@dataclass(frozen=True)
class Settings:
    """fpr_limits : where AU-PRO ends. min_iou : overlap above which a defect counts as detected."""

    fpr_limits: tuple[float, ...] = (0.30, 0.05)
    min_iou: float = 0.5


@dataclass(frozen=True)
class ScoreCounts:
    """Good images (negatives) and defective ones (positives) per level of the score, (B, L), highest first."""

    negatives: Array
    positives: Array


def every(row: Any) -> bool:
    """All images."""
    return True


def good(row: Any) -> bool:
    """Images without a defect."""
    return not row.is_defect


def defective(row: Any) -> bool:
    """Images of a defect class."""
    return bool(row.is_defect)


def with_truth(row: Any) -> bool:
    """Images whose pixels are known: good ones, and defective ones with a mask."""
    return bool(row.has_truth)


def masked(row: Any) -> bool:
    """Defective images with a mask."""
    return bool(row.regions > 0)


@dataclass(frozen=True)
class Figure:
    """One number that an evaluation reports.

    name : its key in tables and JSON. needs : SCORES, PIXELS, MASKS, CALLS, CLASSES or
    RECONSTRUCTIONS. of : the number from
    those counts, (B,). title : as people write it. over : the images that it comes from, chosen by their rows.
    slack : the largest error from levels that merge scores, for PIXELS. is_quoted : among the few to quote.
    """

    name: str
    needs: str
    of: Callable[[Any], Array]
    title: str
    over: Callable[[Any], bool] = every
    slack: Callable[[Any], Array] | None = None
    is_quoted: bool = False

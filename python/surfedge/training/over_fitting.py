"""Whether a training has learned its images by heart: what its curve of losses says.

The verdict is ours: the validation loss ends more than a tenth above its lowest, while the training loss still falls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOLERANCE = 0.1  # of the lowest validation loss


@dataclass(frozen=True)
class OverFitting:
    """gap_best, gap_end : validation loss less training loss in the epoch of the lowest validation loss, and in the
    last. rise : of the validation loss since then, as a fraction of the lowest. best, epochs : counted from 1.
    """

    is_found: bool
    gap_best: float
    gap_end: float
    rise: float
    best: int
    epochs: int

    def __str__(self) -> str:
        gaps = f"gap {self.gap_best:.3g} in epoch {self.best} (best), {self.gap_end:.3g} in epoch {self.epochs} (last)"
        return f"{'yes' if self.is_found else 'no'}: {gaps}, validation loss {100 * self.rise:+.0f} % since"


def over_fitting(curve: Sequence[tuple[int, float, float]]) -> OverFitting:
    """The verdict on (epoch, training loss, validation loss), one or more epochs.

    >>> over_fitting([(0, 1.0, 1.1), (1, 0.6, 0.9), (2, 0.2, 1.2)]).is_found
    True
    """
    best = min(range(len(curve)), key=lambda place: curve[place][2])
    (_, training, validation), (_, last_training, last_validation) = curve[best], curve[-1]
    rise = last_validation / validation - 1.0 if validation > 0 else 0.0
    is_found = rise > TOLERANCE and last_training < training
    return OverFitting(is_found, validation - training, last_validation - last_training, rise, best + 1, len(curve))

"""Whether judging the foreground alone helps: tried on the good images against defects drawn on it.

What is left out is not inspected, so that it must pay. A background is left out only where the good images show it
alike, half of them as the other half, where a good part of the image stays, and where at least a tenth fewer of the
pairs of a drawn defect and a good image are in the wrong order then, by more than chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surfedge.calibration.foreground import LOOKED_AT, background_of, with_foreground
from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.prefilter import TRIED
from surfedge.calibration.spread import spread
from surfedge.calibration.trial import Comparison, Way, compared
from surfedge.decision import Decision
from surfedge.errors import ArgumentError
from surfedge.methods import Method

LEAST_LEFT_OUT, LEAST_JUDGED = 0.05, 0.25  # of the image: too little to matter, too little to inspect
GRAINS = (3.0, 16.0)  # contrast of the drawn defects, in multiples of the surface's own
ALIKE = 0.8  # of what either half of the good images shows as background, so much is shown by both


@dataclass(frozen=True)
class Foreground:
    """decision : which may ignore the background of the good images. notes : why, where there was something to choose.
    without : what the other good images would have chosen, for those without which the choice is another.
    """

    decision: Decision
    notes: tuple[str, ...] = ()
    without: Mapping[Path, Decision] = field(default_factory=dict)


def chosen_foreground(good: GoodFrames, method: Method, decision: Decision, normalise: str) -> Foreground:
    """`decision`, with the background of `good` ignored where that helps.

    normalise : one of surfedge.calibration.NORMALISED_BY.
    """
    try:
        masked, judged = with_foreground(decision, good)
    except ArgumentError:  # nothing would be left
        return Foreground(decision)
    if not LEAST_JUDGED <= judged <= 1 - LEAST_LEFT_OUT or not is_steady(good):
        return Foreground(decision)
    ways = [Way("none", method, one, normalise) for one in (decision, masked)]
    numbers, what = spread(len(good), TRIED), "trying with and without the background"
    trial = compared(good, numbers, ways, what, GRAINS, placed_by=masked)
    said = "drawn defects rank above good images with probability {1:.2f}, otherwise {0:.2f}".format(*trial.means)
    is_masked = _is_certain(trial)
    others = [good.paths[n] for place, n in enumerate(numbers) if _is_certain(trial.without(place)) != is_masked]
    if is_masked:
        note = f"{in_words(judged)}, edges and background are not: {said}; --no-foreground judges all"
        return Foreground(masked, (note,), dict.fromkeys(others, decision))
    note = f"edges and background are judged too: without them, {said}"
    return Foreground(decision, (note,), dict.fromkeys(others, masked))


def _is_certain(trial: Comparison) -> bool:
    """Whether leaving the background out helps, by more than chance."""
    return trial.helps(1) and not trial.is_by_chance(1)


def is_steady(good: GoodFrames) -> bool:
    """Whether both halves of the good images show about the same background."""
    seen = spread(len(good), LOOKED_AT)
    one, other = (background_of(good.unfiltered(number) for number in half) for half in (seen[::2], seen[1::2]))
    if one.shape != other.shape:
        return False
    return bool(np.count_nonzero(one & other) >= ALIKE * np.count_nonzero(one | other))


def in_words(judged: float) -> str:
    """What is judged, a fraction of the image, for people.

    >>> in_words(0.5625)
    'foreground: 56 % of the image is judged'
    """
    return f"foreground: {100 * judged:.0f} % of the image is judged"

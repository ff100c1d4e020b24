"""Whether taking a regular pattern out helps: tried on the good images, with and without, against drawn defects.

A lattice alone does not say so. On a patterned plate the pattern hides what is looked for; on cloth the weave is what
is looked at. So both ways judge some of the good images, each as if it were new, and the same with defects drawn on
them. The pattern is taken out only where at least a tenth fewer of the pairs of a defect and a good image are in the
wrong order then, by more than chance, for it takes some twenty times the time.

Of large patterns, fewer than MANY_PITCHES on a side, good images may show too little for that to be told from chance.
Then it is taken out: what repeats so seldom is hardly a weave, and on rendered plates leaving it in lost more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.made_defects import spread
from surfedge.calibration.trial import Way, compared
from surfedge.decision import Decision
from surfedge.methods import Method
from surfedge.pattern import Lattice

LOOKED_AT = 16  # images that are searched for a lattice
TRIED = 20  # images that both ways judge
MANY_PITCHES = 5.0  # on the shorter side


@dataclass(frozen=True)
class Choice:
    """prefilter : one of Preparation's but "auto". notes : why, where there was something to choose."""

    prefilter: str
    notes: tuple[str, ...] = ()


def chosen_prefilter(good: GoodFrames, method: Method, decision: Decision, normalise: str) -> Choice:
    """Either "cells" or "none" for these good images; `normalise` is one of surfedge.calibration.NORMALISED_BY."""
    looked_at = spread(len(good), LOOKED_AT)
    found = [lattice for number in looked_at if (lattice := good.search(number).lattice) is not None]
    if 2 * len(found) <= len(looked_at):
        return Choice("none")
    ways = [Way(prefilter, method, decision, normalise) for prefilter in ("none", "cells")]
    trial = compared(good, spread(len(good), TRIED), ways, "trying with and without the pattern")
    plain, without = trial.means
    said = f"drawn defects rank above good images with probability {without:.2f}, otherwise {plain:.2f}"
    pitches = pitches_on_a_side(found, good.shapes[0])
    if trial.is_by_chance(1) and pitches < MANY_PITCHES:
        why = f"{pitches:.1f} pitches on a side are too few to tell whether that helps"
        return Choice("cells", (f"the regular pattern is taken out: {why} ({said}); --prefilter none leaves it in",))
    if trial.helps(1) and not trial.is_by_chance(1):
        return Choice("cells", (f"the regular pattern is taken out: {said}",))
    return Choice("none", (f"the regular pattern is left in: taken out, {said}",))


def pitches_on_a_side(found: list[Lattice], shape: tuple[int, int]) -> float:
    """How often the pattern repeats along the shorter side of an image of `shape`, (H, W) in px."""
    return min(shape) / float(np.median([max(lattice.pitch_px) for lattice in found]))

"""Whether taking a regular pattern out helps: tried on the good images, with and without, against drawn defects.

A lattice alone does not say so. On a patterned plate the pattern hides what is looked for; on cloth the weave is what
is looked at. So both ways judge some of the good images, each as if it were new, and the same with defects drawn on
them. The pattern is taken out only where at least a tenth fewer of the pairs of a defect and a good image are in the
wrong order then, for it takes some twenty times the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.made_defects import FAINT, score_made, spread
from surfedge.calibration.unseen import Unseen
from surfedge.decision import Decision
from surfedge.detector import has_pattern
from surfedge.errors import DatasetError
from surfedge.methods import Method

LOOKED_AT = 16  # images that are searched for a lattice
TRIED = 20  # images that both ways judge
KINDS = (
    "scratch",
    "dent",
    "stain",
    "pit",
)  # drawn on each, more than once where there are fewer; a black hole is found either way
LEFT = 0.9  # of the pairs of a defect and a good image in the wrong order, at most so many may be left


@dataclass(frozen=True)
class Choice:
    """prefilter : one of Preparation's but "auto". notes : why, where there was something to choose."""

    prefilter: str
    notes: tuple[str, ...] = ()


def chosen_prefilter(good: GoodFrames, method: Method, decision: Decision, normalise: str) -> Choice:
    """Either "cells" or "none" for these good images; `normalise` is one of surfedge.calibration.NORMALISED_BY."""
    looked_at = good.some(spread(len(good), LOOKED_AT), "none")
    if not has_pattern([looked_at[number] for number in range(len(looked_at))]):
        return Choice("none")
    tried = spread(len(good), TRIED)
    good.progress(0, 2, "trying with and without the pattern")
    plain = separation(good, tried, "none", method, decision, normalise)
    good.progress(1, 2, "trying with and without the pattern")
    without = separation(good, tried, "cells", method, decision, normalise)
    helps = 1 - without < LEFT * (1 - plain)
    found = f"drawn defects rank above good images with probability {without:.2f}, otherwise {plain:.2f}"
    if helps:
        return Choice("cells", (f"the regular pattern is taken out: {found}",))
    return Choice("none", (f"the regular pattern is left in: taken out, {found}",))


def separation(
    good: GoodFrames, numbers: list[int], prefilter: str, method: Method, decision: Decision, normalise: str
) -> float:
    """Probability that a drawn defect scores higher than a good image, both as if new, 0 to 1; equal ones count half.

    A good image that the prefilter is of no use for counts as above all, a defect that hides the pattern as below.
    """
    try:
        some = good.some(numbers, prefilter)
    except DatasetError:
        return 0.0
    unseen = Unseen.of(some, method, replace(decision, normalise="none"), normalise)
    own = unseen.normalising(replace(decision, normalise="none"))
    scores = [own_one.image_score(raw, finished) for raw, finished, own_one in unseen.finished(own)]
    refused = len(numbers) - len(some)
    left = np.array([*scores, *[np.inf] * refused])
    draws = -(-TRIED // len(some))
    which = [(n, kind, draw) for n in range(len(some)) for kind in KINDS for draw in range(draws)]
    made = score_made(some, unseen, own, which, FAINT).scores
    return float(np.mean(made[:, None] > left) + 0.5 * np.mean(made[:, None] == left))

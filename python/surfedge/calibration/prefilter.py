"""Whether taking a regular pattern out helps: tried on the good images, with and without, against drawn defects.

A lattice alone does not say so. On a patterned plate the pattern hides what is looked for; on cloth the weave is what
is looked at. So both ways judge some of the good images, each as if it were new, and the same with defects drawn on
them. The pattern is taken out only where at least a tenth fewer of the pairs of a defect and a good image are in the
wrong order then, by more than chance, for it takes some twenty times the time.

Of large patterns, fewer than MANY_PITCHES on a side, good images may show too little for that to be told from chance.
Then it is taken out: what repeats so seldom is hardly a weave, and on rendered plates leaving it in lost more.

Whichever way helps, the pattern stays in where it cannot be seen in more than MOST_HIDDEN of the good images: new ones
like them would be refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.spread import spread
from surfedge.calibration.trial import Comparison, Way, compared
from surfedge.decision import Decision
from surfedge.methods import Method
from surfedge.pattern import Lattice

LOOKED_AT = 16  # images that are searched for a lattice
TRIED = 20  # images that both ways judge
MANY_PITCHES = 5.0  # on the shorter side
MOST_HIDDEN = 0.05  # of the good images


@dataclass(frozen=True)
class Choice:
    """prefilter : one of Preparation's but "auto". notes : why, where there was something to choose. without : what
    the other good images would have chosen, for those without which the choice is another.
    """

    prefilter: str
    notes: tuple[str, ...] = ()
    without: Mapping[Path, str] = field(default_factory=dict)


def chosen_prefilter(good: GoodFrames, method: Method, decision: Decision, normalise: str) -> Choice:
    """Either "cells" or "none" for these good images; `normalise` is one of surfedge.calibration.NORMALISED_BY."""
    looked_at = spread(len(good), LOOKED_AT)
    found = [lattice for number in looked_at if (lattice := good.search(number).lattice) is not None]
    if 2 * len(found) <= len(looked_at):
        return Choice("none")
    ways = [Way(prefilter, method, decision, normalise) for prefilter in ("none", "cells")]
    tried = spread(len(good), TRIED)
    trial = compared(good, tried, ways, "trying with and without the pattern")
    pitches = pitches_on_a_side(found, good.shapes[0])
    choice = _said(trial, pitches)
    others = {good.paths[n]: _said(trial.without(place), pitches).prefilter for place, n in enumerate(tried)}
    choice = replace(choice, without={path: other for path, other in others.items() if other != choice.prefilter})
    return _if_seen(choice, good) if choice.prefilter == "cells" else choice


def _if_seen(choice: Choice, good: GoodFrames) -> Choice:
    """The choice of taking the pattern out, or where too many good images do not show it, of leaving it in."""
    hidden = [good.search(number).lattice is None for number in range(len(good))]
    count, total = sum(hidden), len(hidden)

    def stays_in(hidden_ones: int, images: int) -> bool:
        return hidden_ones > MOST_HIDDEN * images

    is_left_in = stays_in(count, total)
    without = {} if is_left_in else dict(choice.without)
    for path, is_hidden in zip(good.paths, hidden, strict=True):
        if stays_in(count - is_hidden, total - 1) != is_left_in:
            without[path] = "cells" if is_left_in else "none"
    if not is_left_in:
        return replace(choice, without=without)
    why = f"{count:,} of {total:,} good images do not show it, and new ones like them would be refused"
    return Choice("none", (f"the regular pattern is left in: {why}; --prefilter cells takes it out",), without)


def _said(trial: Comparison, pitches: float) -> Choice:
    """What a comparison of the pattern left in with taken out decides; `pitches` lie on the shorter side."""
    plain, without = trial.means
    said = f"drawn defects rank above good images with probability {without:.2f}, otherwise {plain:.2f}"
    if trial.is_by_chance(1) and pitches < MANY_PITCHES:
        why = f"{pitches:.1f} pitches on a side are too few to tell whether that helps"
        return Choice("cells", (f"the regular pattern is taken out: {why} ({said}); --prefilter none leaves it in",))
    if trial.helps(1) and not trial.is_by_chance(1):
        return Choice("cells", (f"the regular pattern is taken out: {said}",))
    return Choice("none", (f"the regular pattern is left in: taken out, {said}",))


def pitches_on_a_side(found: list[Lattice], shape: tuple[int, int]) -> float:
    """How often the pattern repeats along the shorter side of an image of `shape`, (H, W) in px."""
    return min(shape) / float(np.median([max(lattice.pitch_px) for lattice in found]))

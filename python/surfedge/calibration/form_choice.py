"""Whether the default compares with one Gaussian or with a bank of good patches: tried against drawn defects.

The bank takes three to five times the time, so that it must pay: at least a tenth fewer of the pairs of a drawn defect
and a good image are in the wrong order then, by more than three standard errors.
Each kind of drawn defect that either form finds must gain, for the real ones may be of any: where only some do, the
bank ranked real defects worse.
"""

from __future__ import annotations

from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.spread import spread
from surfedge.calibration.trial import Comparison, Way, compared
from surfedge.calibration.variant import TRIED, Variant, ranked, said
from surfedge.methods import Method, forms_of

FEWEST = 30  # good images: fewer cannot tell
LARGEST_PX = 1 << 20  # of an image: beyond it the bank takes too long on a line
GRAINS = (3.0, 16.0)  # contrast of the drawn defects, in multiples of the surface's own
ERRORS = 3.0  # standard errors
FOUND = 0.6  # of the pairs in the right order: a kind that no form finds says nothing


def chosen_form(good: GoodFrames, way: Way) -> Variant[Method] | None:
    """The form for these good images, which have gone through the prefilter of `way`; None where nothing is tried."""
    forms = forms_of(way.method)
    if not forms or len(good) < FEWEST or good.shapes[0][0] * good.shapes[0][1] > LARGEST_PX:
        return None
    ways = [Way(way.prefilter, form, way.decision, way.normalise) for form in forms]
    tried = spread(len(good), TRIED)
    trial = compared(good, tried, ways, "trying a bank of good patches", GRAINS)
    chosen = best_form(trial)
    others = {good.paths[n]: best_form(trial.without(place)) for place, n in enumerate(tried)}
    without = {path: forms[other] for path, other in others.items() if other != chosen}
    note = said(forms, trial.means, chosen)
    note += "; --no-other-form keeps statistics, which is three to five times as fast" if chosen else ""
    return Variant(forms[chosen], (note,), without, ranked(forms, trial.means))


def best_form(trial: Comparison) -> int:
    """Number of the form to take: 1 where it is surely better and no kind of defect loses, else 0."""
    is_sure = trial.helps(1) and not trial.is_by_chance(1, errors=ERRORS)
    return int(is_sure and all(_gains(kind) for kind in trial.kinds if max(kind.means) >= FOUND))


def _gains(kind: Comparison) -> bool:
    """Whether one kind of defect ranks higher in the second way, by more than chance."""
    plain, other = kind.means
    return other > plain and not kind.is_by_chance(1)

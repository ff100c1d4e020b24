"""Whether the default compares with one Gaussian or with a bank of good patches: tried against drawn defects.

The bank takes three to five times the time, so that it must pay: at least a tenth fewer of the pairs of a drawn defect
and a good image are in the wrong order then, by more than three standard errors.
"""

from __future__ import annotations

from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.made_defects import spread
from surfedge.calibration.trial import Comparison, Way, compared
from surfedge.calibration.variant import TRIED, Variant, ranked, said
from surfedge.methods import Method, forms_of

FEWEST = 30  # good images: fewer cannot tell
LARGEST_PX = 1 << 20  # of an image: beyond it the bank takes too long on a line
GRAINS = (3.0, 16.0)  # contrast of the drawn defects, in multiples of the surface's own
ERRORS = 3.0  # standard errors


def chosen_form(good: GoodFrames, way: Way) -> Variant[Method] | None:
    """The form for these good images, which have gone through the prefilter of `way`; None where nothing is tried."""
    forms = forms_of(way.method)
    if not forms or len(good) < FEWEST or good.shapes[0][0] * good.shapes[0][1] > LARGEST_PX:
        return None
    ways = [Way(way.prefilter, form, way.decision, way.normalise) for form in forms]
    tried = spread(len(good), TRIED)
    trial = compared(good, tried, ways, "trying a bank of good patches", GRAINS)
    chosen = _best(trial)
    others = {good.paths[n]: _best(trial.without(place)) for place, n in enumerate(tried)}
    without = {path: forms[other] for path, other in others.items() if other != chosen}
    note = said(forms, trial.means, chosen)
    note += "; --no-other-form keeps statistics, which is three to five times as fast" if chosen else ""
    return Variant(forms[chosen], (note,), without, ranked(forms, trial.means))


def _best(trial: Comparison) -> int:
    """Number of the form to take."""
    return int(trial.helps(1) and not trial.is_by_chance(1, errors=ERRORS))

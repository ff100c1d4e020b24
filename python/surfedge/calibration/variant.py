"""Which of a method's variants suits the good images: tried on some of them against drawn defects.

Every variant learns from the same images and judges each as if it were new, and the same with defects drawn on them.
Another than the first is taken only where a tenth fewer of the pairs of a defect and a good image are in the wrong
order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.spread import spread
from surfedge.calibration.trial import Comparison, Way, compared
from surfedge.decision import Decision
from surfedge.methods import Method

M = TypeVar("M", bound=Method)
TRIED = 60  # images


@dataclass(frozen=True)
class Variant(Generic[M]):
    """method : the one to calibrate. notes : why, where there was something to choose. without : what the other good
    images would have chosen, for those without which the choice is another. ranked : of each variant by its name, how
    often a drawn defect ranks above a good image.
    """

    method: M
    notes: tuple[str, ...] = ()
    without: Mapping[Path, M] = field(default_factory=dict)
    ranked: Mapping[str, float] = field(default_factory=dict)


def chosen_variant(good: GoodFrames, method: M, decision: Decision, normalise: str, prefilter: str) -> Variant[M]:
    """The variant of `method` for these good images; itself where it has none.

    normalise : one of surfedge.calibration.NORMALISED_BY. prefilter : that the images go through.
    """
    variants = method.variants()
    if not variants:
        return Variant(method)
    ways = [Way(prefilter, variant, decision, normalise) for variant in variants]
    tried = spread(len(good), TRIED)
    trial = compared(good, tried, ways, "trying variants")
    chosen = _best(trial)
    others = {good.paths[n]: _best(trial.without(place)) for place, n in enumerate(tried)}
    without = {path: variants[other] for path, other in others.items() if other != chosen}
    return Variant(variants[chosen], (said(variants, trial.means, chosen),), without, ranked(variants, trial.means))


def _best(trial: Comparison) -> int:
    """The way to take: the first, unless another is clearly better."""
    found = trial.means
    best = max(range(len(found)), key=found.__getitem__)
    return best if best and trial.helps(best) else 0


def said(variants: Sequence[Method], found: list[float], chosen: int) -> str:
    """Which variant is taken, and why, in words."""
    each = ", ".join(f"{name_of(variant)} {value:.2f}" for variant, value in zip(variants, found, strict=True))
    return f"{name_of(variants[chosen])} is taken: drawn defects rank above good images with probability {each}"


def ranked(variants: Sequence[Method], found: list[float]) -> dict[str, float]:
    """The probabilities by the variants' names, as a bundle keeps them."""
    return {name_of(variant): round(value, 4) for variant, value in zip(variants, found, strict=True)}


def name_of(variant: Method) -> str:
    """What a variant is called."""
    return str(getattr(variant, "chosen", variant.name))

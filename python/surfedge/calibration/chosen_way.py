"""How good images are to be judged: foreground, prefilter and variant of the method, each chosen on the good images.

A choice is learned as well: the way that is taken is, on the average, one by which these good images happen to score
low. An image without which another way would have been taken is therefore scored by that one, as a new image would
have been: its score comes from what the others chose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from surfedge.calibration.foreground import with_foreground
from surfedge.calibration.foreground_choice import Foreground, chosen_foreground, in_words
from surfedge.calibration.form_choice import chosen_form
from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.prefilter import Choice, chosen_prefilter
from surfedge.calibration.trial import Way
from surfedge.calibration.unseen import Unseen
from surfedge.calibration.variant import chosen_variant
from surfedge.detector import Preparation
from surfedge.errors import DatasetError
from surfedge.methods import Mark, Networked, Pattern


@dataclass(frozen=True)
class ChosenWay:
    """way : to judge images. notes : why, where there was something to choose. without : what the other good images
    would have chosen, for those without which the choice is another. ranked : of each form or variant of the method
    that was tried, how often a drawn defect ranks above a good image.
    """

    way: Way
    notes: tuple[str, ...] = ()
    without: Mapping[Path, Way] = field(default_factory=dict)
    ranked: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, good: GoodFrames, asked: Way, foreground: bool | None, other_form: bool) -> ChosenWay:
        """What `asked` leaves open, chosen; `good` then goes through the prefilter. foreground, other_form : as in
        surfedge.calibration.calibrate."""
        judged = _foreground(good, asked, foreground)
        way = replace(asked, decision=judged.decision, prefilter=_asked_prefilter(good, asked))
        method, decision, normalise = way.method, way.decision, way.normalise
        choice = Choice(way.prefilter)
        if way.prefilter == "auto":
            choice = chosen_prefilter(good, method, decision, normalise)
        good.set_prefilter(choice.prefilter)
        way = replace(way, prefilter=choice.prefilter)
        variant = chosen_form(good, way) if other_form else None
        variant = variant or chosen_variant(good, method, decision, normalise, choice.prefilter)
        chosen = replace(way, method=variant.method)
        without = {
            path: Way(
                choice.without.get(path, chosen.prefilter),
                variant.without.get(path, chosen.method),
                judged.without.get(path, chosen.decision),
                normalise,
            )
            for path in {*judged.without, *choice.without, *variant.without}
        }
        return cls(chosen, (*judged.notes, *choice.notes, *variant.notes), without, variant.ranked)

    def scores(self, good: GoodFrames, marks_of: Callable[[Preparation], Sequence[Mark]]) -> dict[Path, float]:
        """Scores of the images of `without`, each by the way and the images that are left without it. marks_of : of
        the defects that the method learns from, prepared in a way. An image that such a way cannot judge is missing.
        """
        found: dict[Path, float] = {}
        for key, way in {_key(way): way for way in self.without.values()}.items():
            scores = _scores_by(way, good, marks_of)
            found |= {path: scores[path] for path, one in self.without.items() if _key(one) == key and path in scores}
        return found


def _key(way: Way) -> tuple[str, int, int]:
    """Equal for ways that are the same: what they learned is not compared."""
    return way.prefilter, id(way.method), id(way.decision)


def _scores_by(way: Way, good: GoodFrames, marks_of: Callable[[Preparation], Sequence[Mark]]) -> dict[Path, float]:
    """The score of each good image in another way, each as if it were new."""
    try:
        behind = good.some(range(len(good)), way.prefilter)
    except DatasetError:  # too few images could be judged
        return {}
    unseen = Unseen.of(behind, way.method, way.decision, way.normalise, marks_of(behind.preparation))
    each = zip(behind.paths, unseen.finished(unseen.normalising(way.decision)), strict=True)
    return {path: own.image_score(raw_map, finished) for path, (raw_map, finished, own) in each}


def _asked_prefilter(good: GoodFrames, asked: Way) -> str:
    """The pattern's own method needs none; and a network must get what it learned from."""
    if asked.prefilter == "auto" and isinstance(asked.method, (Pattern, Networked)):
        return "none" if isinstance(asked.method, Pattern) else good.preparation.prefilter
    return asked.prefilter


def _foreground(good: GoodFrames, asked: Way, foreground: bool | None) -> Foreground:
    """The decision that judges what was asked for, and what is said of it."""
    decision, method = asked.decision, asked.method
    is_left = decision.ignore is not None or decision.border_px > 0 or isinstance(method, Networked)
    if foreground:
        decision, judged = with_foreground(decision, good)
        return Foreground(decision, (in_words(judged),))
    if foreground is None and not is_left:
        return chosen_foreground(good, method, decision, asked.normalise)
    return Foreground(decision)

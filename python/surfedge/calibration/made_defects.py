"""Defects drawn on the good images: how many of them a limit finds, before anybody has collected real ones.

They say nothing of a particular defect. They show whether a limit that good images keep leaves anything to be found,
and which of two ways to prepare images tells more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.spread import spread
from surfedge.calibration.unseen import Unseen
from surfedge.decision import Decision
from surfedge.images import Frame, from_array, to_grey_f32, to_rgb_f32
from surfedge.synthesis.drawn import DRAWN, draw_defect, grain_of

MOST = 60  # drawn defects, at most one on an image
KINDS = tuple(DRAWN)
SIZES = (0.04, 0.12)  # of the shorter side; a scratch is three times as long
LEAST_SIZE_PX = 4.0
PLAIN, FAINT = (3.0, 8.0), (1.0, 6.0)  # contrast, in multiples of the surface's own
SEED = 20_18


@dataclass(frozen=True)
class MadeDefects:
    """scores : image scores of good images with a drawn defect, (n,), each as if the image were new; -inf for one that
    was not judged, the pattern that is taken out being hidden. kinds : of the defects.
    """

    scores: np.ndarray
    kinds: tuple[str, ...]

    def found_at(self, limit: float) -> float:
        """Fraction that is called defective at `limit`, 0 to 1."""
        return float(np.mean(self.scores > limit))

    def to_dict(self, limit: float, alternatives: dict[str, float]) -> dict[str, object]:
        """What a bundle's calibration says: how many, and which fractions are found at `limit`, at those of other rules
        and of each kind."""
        of_kind = {kind: self.scores[np.array(self.kinds) == kind] for kind in dict.fromkeys(self.kinds)}
        return {
            "drawn_defects": len(self.scores),
            "drawn_found": round(self.found_at(limit), 4),
            "drawn_found_by": {rule: round(self.found_at(other), 4) for rule, other in alternatives.items()},
            "drawn_found_of": {kind: round(float(np.mean(scores > limit)), 4) for kind, scores in of_kind.items()},
        }


def in_words(calibration: Mapping[str, Any], budgets: Iterable[str]) -> str:
    """One sentence for people, from what a bundle's calibration says of drawn defects. budgets : rules beside it.

    >>> said = {"rule": "max", "drawn_defects": 40, "drawn_found": 0.5, "drawn_found_by": {"false-calls:0.05": 0.75}}
    >>> in_words(said, ["false-calls:0.05"])
    '50 % of 40 defects drawn on the good images are found at this limit; by --rule false-calls:0.05 75 %'
    """
    text = f"{_percent(calibration['drawn_found'])} of {calibration['drawn_defects']} defects drawn on the good images"
    found = calibration.get("drawn_found_by", {})
    others = [
        f"{rule} {_percent(found[rule])}" for rule in budgets if rule in found and rule != calibration.get("rule")
    ]
    return f"{text} are found at this limit" + (f"; by --rule {', '.join(others)}" if others else "")


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.0f} %"


def score_made(
    good: GoodFrames,
    unseen: Unseen,
    decision: Decision,
    which: Iterable[tuple[int, str, int]] | None = None,
    grains: tuple[float, float] = PLAIN,
    placed_by: Decision | None = None,
    *,
    lattice_of_good: bool = False,
) -> MadeDefects:
    """Draw defects on good images and score them.

    which : (number of the image, kind, number of the draw) of each; None draws one on up to MOST of the images, each
        kind in turn. grains : least and largest contrast, in multiples of the surface's own. placed_by : they are drawn
        where this decision judges; None for `decision`. lattice_of_good : take a pattern out by the lattice of the
        image without the defect, which saves the search.
    """
    chosen = (
        [(n, KINDS[i % len(KINDS)], 0) for i, n in enumerate(spread(len(good), MOST))] if which is None else [*which]
    )
    scores = []
    for place, (number, kind, draw) in enumerate(chosen):
        good.progress(place, len(chosen), "drawing defects")
        frame = with_defect(good.unfiltered(number), (number, draw), kind, placed_by or decision, grains)
        search = good.search(number) if lattice_of_good and good.preparation.prefilter != "none" else None
        seen, is_as_promised = good.preparation.filtered(frame, search)
        is_judged = is_as_promised or seen.pixels is not frame.pixels
        scores.append(unseen.score(decision, number, seen) if is_judged else -np.inf)
    return MadeDefects(np.array(scores), tuple(kind for _, kind, _ in chosen))


def with_defect(
    frame: Frame, seed: tuple[int, int], kind: str, decision: Decision, grains: tuple[float, float] = PLAIN
) -> Frame:
    """The frame with such a defect where it is judged; the same for the same seed and kind."""
    rng = np.random.default_rng([SEED, *seed, KINDS.index(kind)])
    pixels = frame.pixels
    if pixels.dtype == np.uint16:
        pixels = to_rgb_f32(frame) if pixels.ndim == 3 else to_grey_f32(frame)
    side = min(frame.shape)
    size_px = max(LEAST_SIZE_PX, side * float(np.exp(rng.uniform(*np.log(SIZES))))) * (3 if kind == "scratch" else 1)
    contrast = min(3.0, grain_of(pixels) * float(np.exp(rng.uniform(*np.log(grains)))))
    centre = _judged_place(frame, rng, decision)
    drawn = draw_defect(pixels, kind, rng, size_px=max(2.0, min(size_px, side)), contrast=contrast, centre_px=centre)
    return replace(from_array(drawn.image, source=frame.source), notes=frame.notes)


def _judged_place(frame: Frame, rng: np.random.Generator, decision: Decision) -> tuple[float, float]:
    """A random pixel (x, y) among those that are judged."""
    height, width = frame.shape
    ignored = decision.ignored(frame.shape)
    edge = min(decision.border_px, (min(height, width) - 1) // 2)
    if ignored is not None:
        inner = ignored[edge : height - edge, edge : width - edge]
        judged = np.flatnonzero(~inner)
        if judged.size:
            y, x = divmod(int(judged[rng.integers(judged.size)]), inner.shape[1])
            return float(x + edge), float(y + edge)
    return float(rng.uniform(edge, width - 1 - edge)), float(rng.uniform(edge, height - 1 - edge))

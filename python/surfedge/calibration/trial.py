"""Two ways or more to judge the same good images, compared by defects drawn on them.

Drawn defects tell ways apart only where some are found and some are missed, so their contrasts range from what no way
finds to what all do. What remains of chance is known from the differences between the images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.made_defects import FAINT, score_made
from surfedge.calibration.unseen import Unseen
from surfedge.decision import Decision
from surfedge.errors import DatasetError
from surfedge.methods import Method

KINDS = ("scratch", "dent", "stain", "pit")  # a black hole is found either way
DRAWS = 20  # of each kind at least: more than one on an image where there are fewer images
LEFT = 0.9  # of the pairs of a defect and a good image in the wrong order, at most so many may be left
CERTAIN = 1.0  # standard errors


@dataclass(frozen=True)
class Way:
    """prefilter, method, decision, normalise : as in surfedge.calibration.calibrate."""

    prefilter: str
    method: Method
    decision: Decision
    normalise: str


@dataclass(frozen=True)
class Comparison:
    """ranked : probability that a drawn defect scores higher than a good image, float64 (ways, images), 0 to 1.
    pairs : the same for each good image, (ways, images with a defect, good images), whose means `ranked` are; None
    where that is not known. kinds : the same by each kind of defect alone.
    """

    ranked: np.ndarray
    pairs: np.ndarray | None = None
    kinds: tuple[Comparison, ...] = ()

    @classmethod
    def of(cls, pairs: np.ndarray) -> Comparison:
        """From the probabilities for pairs of images."""
        return cls(pairs.mean(axis=2), pairs)

    @classmethod
    def of_kinds(cls, pairs: np.ndarray) -> Comparison:
        """From those of each kind, (ways, kinds, images with a defect, good images)."""
        return replace(cls.of(pairs.mean(axis=1)), kinds=tuple(map(cls.of, np.moveaxis(pairs, 1, 0))))

    def without(self, place: int) -> Comparison:
        """What the comparison says without the image at `place`, neither as a good one nor with a defect drawn on it.

        >>> Comparison.of(np.array([[[1.0, 0.0], [1.0, 0.5]]])).without(0).means
        [0.5]
        """
        if self.pairs is None:
            return Comparison(np.delete(self.ranked, place, 1))
        others = Comparison.of(np.delete(np.delete(self.pairs, place, 1), place, 2))
        return replace(others, kinds=tuple(kind.without(place) for kind in self.kinds))

    @property
    def means(self) -> list[float]:
        """Over all images, for each way."""
        return [float(value) for value in self.ranked.mean(axis=1)]

    def helps(self, way: int, instead_of: int = 0) -> bool:
        """Whether `way` leaves at least a tenth fewer of the pairs in the wrong order."""
        return bool(1 - self.ranked[way].mean() < LEFT * (1 - self.ranked[instead_of].mean()))

    def is_by_chance(self, way: int, instead_of: int = 0, errors: float = CERTAIN) -> bool:
        """Whether the two differ by no more than so many standard errors, as other images might have made them."""
        gain = self.ranked[way] - self.ranked[instead_of]
        return bool(abs(gain.mean()) <= errors * _error(gain))


def compared(
    good: GoodFrames,
    numbers: Sequence[int],
    ways: Sequence[Way],
    what: str,
    grains: tuple[float, float] = FAINT,
    placed_by: Decision | None = None,
) -> Comparison:
    """What each of `ways` makes of the images `numbers` and of defects drawn on them.

    what : said of the progress. grains : least and largest contrast of the defects, in multiples of the surface's own.
    placed_by : they are drawn where this decision judges; None for each way's own.
    """
    pairs = []
    for number, way in enumerate(ways):
        good.progress(number, len(ways), what)
        pairs.append(_Tried.of(good, tuple(numbers), way, placed_by).pairs(grains))
    return Comparison.of_kinds(np.array(pairs))


@dataclass(frozen=True)
class _Tried:
    """A way with what it learned from the images. count : of the images. kept : places among them of those that it can
    judge, as they lie in `unseen`; none where they are too few. placed_by : where defects are drawn.
    """

    count: int
    kept: tuple[int, ...]
    unseen: Unseen | None
    decision: Decision
    placed_by: Decision

    @classmethod
    def of(cls, good: GoodFrames, numbers: tuple[int, ...], way: Way, placed_by: Decision | None) -> _Tried:
        start = replace(way.decision, normalise="none", own_limit=False)
        try:
            some = good.some(numbers, way.prefilter)
        except DatasetError:
            return cls(len(numbers), (), None, start, start)
        unseen = Unseen.of(some, way.method, start, way.normalise)
        decision = unseen.normalising(start)
        kept = tuple(place for place, number in enumerate(numbers) if good.paths[number] in set(some.paths))
        return cls(len(numbers), kept, unseen, decision, placed_by or decision)

    def _good_scores(self) -> np.ndarray:
        """Of all images, those that are not judged above all."""
        scores = np.full(self.count, np.inf)
        if self.unseen is not None:
            found = self.unseen.finished(self.decision)
            scores[list(self.kept)] = [own.image_score(raw, finished) for raw, finished, own in found]
        return scores

    def pairs(self, grains: tuple[float, float]) -> np.ndarray:
        """How often a defect of each kind drawn on an image (rows) ranks above each good image (columns), 0 to 1; equal
        ones count half. 0 where the image is not judged, or the defect hides the pattern that is taken out.
        """
        found = np.zeros((len(KINDS), self.count, self.count))
        if self.unseen is None:
            return found
        draws = -(-DRAWS // len(self.kept))
        which = [(n, kind, draw) for n in range(len(self.kept)) for kind in KINDS for draw in range(draws)]
        left = self._good_scores()
        made = score_made(
            self.unseen.good, self.unseen, self.decision, which, grains, self.placed_by, lattice_of_good=True
        ).scores[:, None]
        above = (made > left) + 0.5 * (made == left)
        of_kinds = above.reshape(len(self.kept), len(KINDS), draws, self.count).mean(axis=2)
        found[:, list(self.kept)] = of_kinds.swapaxes(0, 1)
        return found


def _error(values: np.ndarray) -> float:
    """Standard error of the mean of `values`, (n,); infinity for one."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("inf")

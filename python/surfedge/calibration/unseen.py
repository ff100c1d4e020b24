"""Good images judged as if they were new: by what all the others taught, in units that all the others gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surfedge.calibration.crosswise import crosswise
from surfedge.calibration.good_images import GoodFrames, SmoothMaps
from surfedge.calibration.good_statistics import MAP_POSITION_PX, POSITION_PX, GoodStatistics
from surfedge.decision import Decision, RawMap
from surfedge.images import Frame
from surfedge.methods import Mark, Method, Networked


@dataclass(frozen=True)
class Unseen:
    """good : the images. learned : the method that all taught. judge_of : for an image's number, the method that the
    others taught. smooth : their maps. statistics : of the maps; None where nothing is normalised by them.
    """

    good: GoodFrames
    learned: Method
    judge_of: Callable[[int], Method]
    smooth: SmoothMaps
    statistics: GoodStatistics | None

    @classmethod
    def of(
        cls, good: GoodFrames, method: Method, decision: Decision, normalise: str, marks: Sequence[Mark] = ()
    ) -> Unseen:
        """Learn from `good` and from defects that are marked; `normalise` is one of
        surfedge.calibration.NORMALISED_BY."""
        learned, judge_of = crosswise(method, good.take, len(good), marks)
        smooth = SmoothMaps(good, judge_of, decision)
        statistics = None
        if normalise != "none":
            maps = (raw_map.map for raw_map in smooth)
            by_position, px = normalise == "position", MAP_POSITION_PX if isinstance(method, Networked) else POSITION_PX
            statistics = GoodStatistics.of(maps, smooth.image_shape, by_position=by_position, position_px=px)
        return cls(good, learned, judge_of, smooth, statistics)

    def normalising(self, decision: Decision) -> Decision:
        """`decision` in the units that all images gave."""
        return decision if self.statistics is None else by_good(decision, self.statistics.all())

    def finished(self, decision: Decision) -> Iterator[tuple[RawMap, np.ndarray, Decision]]:
        """Each image: its raw map, the finished one, float32 (H, W), and the decision behind it."""
        for shape, raw_map in self.smooth.with_shapes():
            own = self._without(decision, raw_map)
            yield raw_map, own.finish(raw_map, shape), own

    def score(self, decision: Decision, number: int, frame: Frame) -> float:
        """The image score of another `frame` in place of image `number`, as the method gets it."""
        own = self._without(decision, self.smooth[number])
        raw_map = own.smooth(self.judge_of(number).inspect(frame), frame.shape)
        return own.image_score(raw_map, own.finish(raw_map, frame.shape))

    def _without(self, decision: Decision, raw_map: RawMap) -> Decision:
        if self.statistics is None:
            return decision
        return by_good(decision, self.statistics.without(raw_map.map))


def by_good(decision: Decision, statistics: tuple[np.ndarray, np.ndarray]) -> Decision:
    """`decision`, normalising by the mean and std of good images."""
    return replace(decision, normalise="good", good_mean=statistics[0], good_deviation=statistics[1])

"""Figures at limits that labelled images gave: T2 by pixels, T3 by images.

As in the study of novelty detection in leather (2022), section 5: 15 % of the labelled images, drawn by class, choose;
the others, or those of another material, are judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field

import numpy as np

from surfedge.calibration import drawn, threshold_from_labelled
from surfedge.datasets import Sample
from surfedge.decision import RawMap
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.evaluation import Judged, Judging, Tally
from surfedge.images import Frame
from surfedge.methods import Method
from surfedge.progress import Progress, silent

SHARE = 0.15
FIGURES = {"iou_t2": ("pixel-f1", "iou"), "pro_t2": ("pixel-f1", "pro"), "image_f1_t3": ("image-f1", "image_f1")}
"""Name: rule of the limit, the metric at it."""


@dataclass
class LabelledLimits:
    """detectors : that of each rule, to be judged beside the first; they share its maps. chooses : bool (n,), which of
    the images that are judged chose the limits, and do not count.
    """

    detectors: dict[str, Detector]
    chooses: np.ndarray
    tallies: dict[str, Tally] = field(default_factory=dict)

    @classmethod
    def of(
        cls, detector: Detector, samples: Sequence[Sample], choosing: Sequence[Sample] = (), progress: Progress = silent
    ) -> LabelledLimits:
        """The limits for `samples`, found on part of `choosing`, or of `samples`.

        Raises ArgumentError when those that choose are of one kind, or none has a mask.
        """
        chosen = drawn([sample.is_defective for sample in choosing or samples], SHARE)
        few = [sample for sample, chooses in zip(choosing or samples, chosen, strict=True) if chooses]
        judging = Judging([detector], few, progress=progress)
        tally, truth, scores = Tally(), [], []
        for judged in judging:
            tally.add(judged)
            truth.append(judged.sample.is_defective)
            scores.append(judged.result.score)
        by_pixels = tally.record().thresholds.get("pixel_f1_best", np.nan)
        if not np.isfinite(by_pixels):
            raise ArgumentError("labelled images", found="no defect with a mask", expected="masks of the defects")
        limits = {"pixel-f1": float(by_pixels), "image-f1": threshold_from_labelled("image-f1", truth, scores)}
        twins = {rule: detector.with_threshold(limit) for rule, limit in limits.items()}
        return cls(twins, np.zeros(len(samples), bool) if choosing else chosen)

    def add(self, judged: Judged) -> None:
        """Count an image that was judged by the first detector and those of `detectors`, in their order."""
        if self.chooses[judged.index]:
            return
        for number, rule in enumerate(self.detectors, start=1):
            self.tallies.setdefault(rule, Tally()).add(judged, number)

    def figures(self) -> dict[str, float]:
        """`FIGURES` of what was counted."""
        found = {rule: tally.record().figures for rule, tally in self.tallies.items()}
        return {name: float(found[rule][metric]) for name, (rule, metric) in FIGURES.items()}


def sharing_maps(first: Detector, others: Sequence[Detector]) -> list[Detector]:
    """The detectors, which differ in their decisions only, such that a file that each is given in turn is inspected
    once."""
    method, twins = _LastMap(first.method), [copy(each) for each in (first, *others)]
    for twin in twins:
        twin.method = method
    return twins


class _LastMap(Method):
    """A method that knows the map of the file it saw last, for one thread."""

    def __init__(self, method: Method) -> None:
        self._method, self.class_names = method, method.class_names
        self._source, self._map = "", RawMap(np.zeros((1, 1), np.float32))

    @property
    def cell_px(self) -> int | None:
        """That of the method."""
        return self._method.cell_px

    def inspect(self, frame: Frame) -> RawMap:
        """Of the file that the frame was read from."""
        if frame.source != self._source:
            self._source, self._map = frame.source, self._method.inspect(frame)
        return self._map

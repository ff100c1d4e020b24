"""What a screen costs in detection and saves in time, on labelled images: the same bundle with it and without."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from surfedge.bundle import Bundle
from surfedge.datasets import Sample
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.evaluation.judging import Judging, Skipped, Tally
from surfedge.metrics import EvaluationRecord, figures_of
from surfedge.progress import Progress, silent


@dataclass(frozen=True)
class ScreenCost:
    """figures : (with the screen, without) by name, the quoted ones of METRICS where they exist. milliseconds :
    the same, median per image. skipped_share, skipped_good, skipped_defective : mean fraction of the area of all, good
    and defective images that the screen keeps from the network. images : how many were judged. skipped : path and
    reason of those that were not.
    """

    figures: dict[str, tuple[float, float]]
    milliseconds: tuple[float, float]
    skipped_share: float
    skipped_good: float
    skipped_defective: float
    images: int
    skipped: tuple[Skipped, ...] = ()

    @classmethod
    def between(
        cls, on: tuple[EvaluationRecord, Tally], off: tuple[EvaluationRecord, Tally], skipped: Sequence[Skipped] = ()
    ) -> ScreenCost:
        """From what was found with the screen and without it."""
        with_it, without = on[0].figures, off[0].figures
        names = [figure.name for figure in figures_of() if figure.is_quoted]
        return cls(
            {name: (with_it[name], without[name]) for name in names if math.isfinite(without.get(name, math.nan))},
            (on[1].milliseconds, off[1].milliseconds),
            on[1].skipped_share(),
            on[1].skipped_share(False),
            on[1].skipped_share(True),
            len(on[1]),
            tuple(skipped),
        )


def measure_screen_cost(
    bundle: Bundle, samples: Sequence[Sample], *, device: str = "CPU", progress: Progress = silent
) -> ScreenCost:
    """Judges labelled images twice. AU-PRO is left out where no defect has a mask.

    Raises ArgumentError for a bundle without a screen or images of one kind only, DatasetError when no image can be
    judged.
    """
    if not bundle.screen:
        raise ArgumentError(
            "bundle",
            found="no screen",
            expected="one in front of a tiled network",
            remedy="calibrate with --screen 0.98",
        )
    if len({sample.is_defective for sample in samples}) < 2:
        raise ArgumentError("labelled images", found="one kind only", expected="good and defective ones")
    detectors = [Detector(bundle, device=device, screen=screened) for screened in (True, False)]
    judging = Judging(detectors, samples, progress=progress, what="judging with and without screen")
    tallies = Tally(), Tally()
    for judged in judging:
        for number, tally in enumerate(tallies):
            tally.add(judged, number)
    on, off = ((tally.record(), tally) for tally in tallies)
    return ScreenCost.between(on, off, judging.skipped)

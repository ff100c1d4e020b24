"""What a screen costs in detection, on labelled images: the same bundle with it and without."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surfedge.bundle import Bundle
from surfedge.datasets import Sample
from surfedge.detector import Detector
from surfedge.errors import ArgumentError
from surfedge.metrics import Evaluation
from surfedge.progress import Progress, silent

FIGURES = ("image_auroc", "au_pro_0.30", "au_pro_0.05", "image_recall", "false_call_rate")


@dataclass(frozen=True)
class ScreenCost:
    """figures : (with the screen, without) by name, all but the last the higher the better; recall and false calls at
    the bundle's threshold. skipped_good, skipped_defective : mean share of the area of such images that the screen
    keeps from the network. images : how many were judged.
    """

    figures: dict[str, tuple[float, float]]
    skipped_good: float
    skipped_defective: float
    images: int


def screen_cost(
    bundle: Bundle, samples: Sequence[Sample], *, device: str = "CPU", progress: Progress = silent
) -> ScreenCost:
    """Judges labelled images twice. AU-PRO is left out where no defect has a mask.

    Raises ArgumentError for a bundle without a screen or images of one kind only, ImageError for an image that cannot
    be inspected, DatasetError for a mask that does not fit.
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
    evaluations = Evaluation(), Evaluation()
    skipped: dict[bool, list[float]] = {False: [], True: []}
    for number, sample in enumerate(samples):
        progress(number, len(samples), "judging with and without screen")
        for detector, evaluation in zip(detectors, evaluations, strict=True):
            result = detector(sample.path)
            evaluation.add(
                str(sample.path),
                sample.label,
                result.score,
                result.anomaly_map,
                _truth(sample, result.shape),
                threshold=result.threshold,
                predicted=result.mask,
                is_called=result.is_defective,
            )
            if detector is detectors[0]:
                skipped[sample.is_defective].append(result.skipped_share)
    found, bare = (evaluation.record(bootstrap=0).figures for evaluation in evaluations)
    pairs = {name: (found[name], bare[name]) for name in FIGURES if math.isfinite(bare.get(name, math.nan))}
    good, defective = (sum(shares) / len(shares) for shares in (skipped[False], skipped[True]))
    return ScreenCost(pairs, good, defective, len(samples))


def _truth(sample: Sample, shape: tuple[int, int]) -> np.ndarray | None:
    return sample.mask(shape) if sample.is_defective else None

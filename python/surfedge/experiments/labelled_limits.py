"""Figures at limits that labelled images gave: T2 by pixels, T3 by images.

As in the study of novelty detection in leather (2022), section 5: 15 % of the labelled images, drawn by class, choose;
the others, or those of another material, are judged.
"""

from __future__ import annotations

from collections.abc import Sequence

from surfedge.calibration import drawn, with_labelled_threshold
from surfedge.datasets import Sample
from surfedge.detector import Detector
from surfedge.evaluation import Judging, Tally
from surfedge.progress import Progress, silent

SHARE = 0.15
FIGURES = {"iou_t2": ("pixel-f1", "iou"), "pro_t2": ("pixel-f1", "pro"), "image_f1_t3": ("image-f1", "image_f1")}
"""Name: rule of the limit, the metric at it."""


def at_labelled_limits(
    detector: Detector, samples: Sequence[Sample], choosing: Sequence[Sample] = (), progress: Progress = silent
) -> dict[str, float]:
    """`FIGURES` of `detector` on `samples`, its limits found on part of `choosing`, or of `samples`, which is then not
    judged.

    Raises ArgumentError when those that choose are of one kind, or none has a mask.
    """
    rest = list(samples)
    if not choosing:
        chosen = drawn([sample.is_defective for sample in samples], SHARE)
        rest = [sample for sample, chooses in zip(samples, chosen, strict=True) if not chooses]
    rules = list(dict.fromkeys(rule for rule, _ in FIGURES.values()))
    start = detector.bundle
    bundles = [with_labelled_threshold(start, choosing or samples, rule, progress, share=SHARE) for rule in rules]
    judging = Judging(
        [detector.with_threshold(each.decision["threshold"]) for each in bundles], rest, progress=progress
    )
    tallies = {rule: Tally() for rule in rules}
    for judged in judging:
        for number, tally in enumerate(tallies.values()):
            tally.add(judged, number)
    found = {rule: tally.record().figures for rule, tally in tallies.items()}
    return {name: float(found[rule][metric]) for name, (rule, metric) in FIGURES.items()}

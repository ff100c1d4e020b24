"""A network's bundle in bf16 or int8: calibrated again, and certified against itself in f32 before and after.

Other arithmetic moves every score, so map statistics and threshold are found again from held-out good images in the new
precision. What that costs stands in the bundle's certificate; beyond the limits no bundle is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from surfedge.bundle import Bundle
from surfedge.calibration import LABELLED_RULES, calibrate, with_labelled_threshold, with_screen
from surfedge.datasets import Sample, fingerprint_of, split
from surfedge.detector import Detector
from surfedge.errors import ArgumentError, EngineError, ImageError, TrainingError
from surfedge.evaluation import Judging, Tally
from surfedge.images import Frame
from surfedge.methods import Networked
from surfedge.precision.agreement import Differences, certification_frames, differences
from surfedge.precision.int8 import quantised
from surfedge.precision.tile_sample import sampled_tiles
from surfedge.progress import Progress, silent

FIGURES = ("image_auroc", "au_pro_0.30", "au_pro_0.05")


@dataclass(frozen=True)
class Limits:
    """What the new precision may change at most: map_per_largest, score_per_deviation as fractions, flipped_verdicts of
    16 images, figure_loss of image AUROC and AU-PRO 0.30 on labelled images, flipped_labelled as a fraction of those.
    """

    map_per_largest: float
    score_per_deviation: float = 0.25
    flipped_verdicts: int = 1
    figure_loss: float = 0.02
    flipped_labelled: float = 0.1


LIMITS = {"bf16": Limits(0.05), "int8": Limits(0.25)}


def in_precision(
    bundle: Bundle,
    precision: str,
    held_out: Sequence[Path],
    certified_on: Sequence[Path] = (),
    labelled: Sequence[Sample] = (),
    *,
    threads: int = 0,
    progress: Progress = silent,
    tell: Callable[[str], None] = lambda text: None,
) -> Bundle:
    """`bundle`, a network in f32, in "bf16" or "int8"; not yet written.

    held_out : good images the network has not learned from, 8 or more: they decide the int8 scales, the map statistics
    and the threshold; f32 is compared with statistics and threshold of the same images, so that what differs is the
    precision alone. certified_on : other good images to compare on, by default the same. labelled : images whose
    AUROC and AU-PRO before and after stand in the certificate too, and that a threshold from labels needs again.
    tell : called with each labelled image that could not be judged.

    Raises ArgumentError for a bundle without a network in f32, EngineError where this PC cannot compute in the
    precision or NNCF is missing, TrainingError beyond the limits.
    """
    if precision not in LIMITS:
        raise ArgumentError("precision", found=repr(precision), expected=", ".join(LIMITS))
    before = Detector(bundle, device="CPU", threads=threads, screen=False)
    if not isinstance(before.method, Networked) or before.method.engine.computes_in != "f32":
        raise ArgumentError(
            "bundle",
            found=f"{bundle.method} in {bundle.runtime.get('precision', 'f32')}",
            expected="a network in f32",
            remedy="start from the bundle as it was trained",
        )
    if before.method.class_names:
        raise ArgumentError(
            "bundle", found="a classifier", expected="a network that makes a map", remedy="run the classifier in f32"
        )
    after = _calibrated(bundle, before, precision, held_out, labelled, progress)
    changed = Detector(after, device="CPU", threads=threads, screen=False)
    again = _calibrated(replace(bundle, screen={}), before, "f32", held_out, labelled, progress)
    before = Detector(again, device="CPU", threads=threads, screen=False)  # its limit is of the same images now
    frames = certification_frames(before.preparation, certified_on or held_out)
    found = differences(frames, (before.method, before.decision), (changed.method, changed.decision))
    figures = _on_labelled(before, changed, labelled, progress, tell) if labelled else {}
    certificate = {"precision": precision, **asdict(found), "limits": asdict(LIMITS[precision]), **figures}
    _refuse_beyond(LIMITS[precision], precision, found, figures)
    return replace(after, certificate={**bundle.certificate, "reduced": certificate})


def held_out_of(bundle: Bundle, paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """(held out, learned from) of `paths`, when they are the images of the bundle's training; else (all, none)."""
    recipe, data = bundle.provenance.get("recipe", {}), bundle.provenance.get("data")
    if not recipe or fingerprint_of(paths) != data:
        return list(paths), []
    return split(paths, recipe["data"]["validation_share"], recipe["seed"])


def _calibrated(
    bundle: Bundle,
    before: Detector,
    precision: str,
    held_out: Sequence[Path],
    labelled: Sequence[Sample],
    progress: Progress,
) -> Bundle:
    """The bundle with the network in `precision`, its statistics and threshold found again by the same rules."""
    rule = str(bundle.calibration.get("rule", ""))
    if rule in LABELLED_RULES and not labelled:
        raise ArgumentError(
            "labelled",
            found="none",
            expected=f"images for the bundle's threshold rule {rule}",
            remedy="give --labelled",
        )
    runtime = {name: value for name, value in bundle.runtime.items() if name != "tuned"}
    origin = replace(bundle, runtime={**runtime, "precision": precision})
    decision = before.decision
    mean = decision.good_mean
    normalise = "none" if mean is None else "overall" if mean.size == 1 else "position"
    is_good_rule = rule and rule not in LABELLED_RULES and rule != "preset"
    after = calibrate(
        _method(before.method, precision, before, held_out, progress),
        decision,
        list(held_out),
        rule=rule if is_good_rule else "quantile:0.99",
        normalise=normalise,
        prefilter=before.preparation.prefilter,
        origin=origin,
        progress=progress,
    ).bundle
    if bundle.screen:
        after = with_screen(after, held_out, bundle.screen["share"], bundle.screen["method"], progress)
    return with_labelled_threshold(after, labelled, rule, progress) if rule in LABELLED_RULES else after


def _method(method: Any, precision: str, detector: Detector, held_out: Sequence[Path], progress: Progress) -> Networked:
    """The method with its network in `precision`."""
    options = replace(method.options, precision=precision)
    if precision == "int8":
        read = _frames(detector, held_out, progress)
        graph, weights = quantised(method.graph, method.weights, sampled_tiles(method, read, len(held_out)))
        return replace(method, graph=graph, weights=weights, options=options, shared=None)
    changed: Networked = method.on(options)
    if changed.engine.computes_in != precision:
        raise EngineError(
            "precision",
            found=f"a CPU that computes in {changed.engine.computes_in}",
            expected=precision,
            remedy=f"make the bundle on a PC with {precision}, or use f32",
        )
    return changed


def _frames(detector: Detector, paths: Sequence[Path], progress: Progress) -> Iterator[Frame]:
    """The readable ones of `paths` as the method gets them."""
    for number, path in enumerate(paths):
        progress(number, len(paths), "drawing tiles")
        with suppress(ImageError):  # calibration counts and names them
            yield detector.preparation.filter(detector.preparation.read(path))


def _on_labelled(
    before: Detector,
    after: Detector,
    samples: Sequence[Sample],
    progress: Progress,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Metrics (before, after) on labelled images, None where they need a kind that is missing."""
    judging, tallies, flipped = Judging([before, after], samples, progress=progress), (Tally(), Tally()), 0
    for judged in judging:
        for number, tally in enumerate(tallies):
            tally.add(judged, number)
        flipped += judged.results[0].is_defective != judged.results[1].is_defective
    for path, reason in judging.skipped:
        tell(f"skipped {path}: {reason}")
    found = [tally.record().figures for tally in tallies]
    figures = {name: [_number(one[name]) for one in found] for name in FIGURES}
    skipped = {"labelled_skipped": len(judging.skipped)} if judging.skipped else {}
    return {"labelled_images": len(tallies[0]), "labelled_flipped_verdicts": flipped, **skipped, **figures}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)


def _refuse_beyond(limits: Limits, precision: str, found: Differences, figures: dict[str, Any]) -> None:
    losses = [0.0]
    for name in FIGURES[:2]:
        before, after = figures.get(name, (None, None))
        losses.append(0.0 if before is None or after is None else before - after)
    flips = figures.get("labelled_flipped_verdicts", 0) / max(1, figures.get("labelled_images", 1))
    kept = (
        found.map_per_largest <= limits.map_per_largest
        and found.score_per_deviation <= limits.score_per_deviation
        and found.flipped_verdicts <= limits.flipped_verdicts
        and max(losses) <= limits.figure_loss
        and flips <= limits.flipped_labelled
    )
    if not kept:
        raise TrainingError(
            f"precision {precision}",
            found=f"map {found.map_per_largest:.3g} of its largest value, score {found.score_per_deviation:.3g} of the "
            f"scores' std, {found.flipped_verdicts} flipped verdicts, AUROC or AU-PRO lower by {max(losses):.3g}, "
            f"{flips:.1%} of labelled verdicts flipped",
            expected=f"at most {limits.map_per_largest}, {limits.score_per_deviation}, {limits.flipped_verdicts}, "
            f"{limits.figure_loss}, {limits.flipped_labelled:.0%}",
            remedy="no bundle was written; stay with f32",
        )

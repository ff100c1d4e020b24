"""From good images to a bundle: learn, normalise, find the threshold.

Each good image is scored as a new one would be: by a method that all the others taught, in the way that they chose,
normalised by statistics of all the others. The threshold comes from those scores; the bundle then holds what all
taught.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from surfedge import __version__, kernels
from surfedge.bundle import Bundle, deserialize, serialize, with_section
from surfedge.calibration import BUDGETS, NORMALISED_BY
from surfedge.calibration.chosen_way import ChosenWay
from surfedge.calibration.good_images import GoodFrames
from surfedge.calibration.made_defects import MadeDefects, score_made
from surfedge.calibration.marked_images import read_marks
from surfedge.calibration.pixel_limits import PixelValues
from surfedge.calibration.thresholds import Rule, parse_rule, threshold_from_good
from surfedge.calibration.trial import Way
from surfedge.calibration.unseen import Unseen
from surfedge.datasets import MarkedImage
from surfedge.decision import Decision, Promise, promise_of
from surfedge.detector import PLAUSIBILITY as ACTIONS
from surfedge.detector import Preparation
from surfedge.errors import ArgumentError, require
from surfedge.methods import Mark, MarkedMethod, Method, Networked, first_form
from surfedge.progress import Progress, silent

RULES_TRIED = ("max", "quantile:0.99", "quantile:0.98", "ksigma:3", *BUDGETS, "false-calls:0.1")


@dataclass(frozen=True)
class Calibration:
    """bundle : ready to write. scores : image scores of the good images, each as if it were new. skipped : (path,
    reason) not used. promise : what the limit says of new images. notes : on how the images were read. partly : (path,
    which pages) of those used by the first of several pages alone.
    """

    bundle: Bundle
    scores: np.ndarray
    skipped: tuple[tuple[str, str], ...]
    promise: Promise
    notes: tuple[str, ...] = ()
    partly: tuple[tuple[str, str], ...] = ()


def calibrate(
    method: Method,
    decision: Decision,
    paths: Sequence[Path],
    *,
    rule: str = "quantile:0.99",
    normalise: str = "position",
    prefilter: str = "auto",
    plausibility: str = "",
    foreground: bool | None = None,
    other_form: bool = True,
    origin: Bundle | None = None,
    defects: Sequence[MarkedImage] = (),
    progress: Progress = silent,
) -> Calibration:
    """Calibrate `method` and `decision` on good images.

    rule : threshold rule, one of surfedge.calibration.RULES. normalise : by what good images gave, "position",
        "overall" or "none"; it takes the place of the decision's own normalisation.
    prefilter : one of Preparation's, or "auto" for "cells" where most good images show a pattern and defects drawn on
        them stand out more when it is taken out (see surfedge.calibration.prefilter), unless the method is itself the
        one for patterns; a network keeps the filter it was trained behind.
    plausibility : what is done with an image that cannot be one like these, "refuse" or "note" (judge it and say
        so); "" for what the origin says, else "refuse".
    foreground : True judges only what good images show as their foreground, see surfedge.calibration.foreground,
        besides what the decision ignores, False all that it does not; None decides by defects drawn on the good images,
        see surfedge.calibration.foreground_choice, unless the decision ignores something or the method has a network.
    other_form : `statistics` may become `bank` where that tells more, see surfedge.calibration.form_choice; False keeps
        the method that is given. A bank of `origin` that was chosen so starts as `statistics` again, which alone learns
        from `defects`.
    origin : the bundle that is re-calibrated, for what it says of input, runtime and certificate. What was
        measured with it (metrics) no longer holds and is left out.
    defects : images of marked defects that the method learns from as well; the limit comes from good images alone.

    Raises DatasetError when fewer than 8 images can be read or none of `defects`, ArgumentError for a rule they cannot
    support, and for defects where the method does not learn from them.
    """
    parsed = parse_rule(rule)
    require("plausibility", plausibility, plausibility in ("", *ACTIONS), " or ".join(ACTIONS))
    require("normalise", normalise, normalise in NORMALISED_BY, ", ".join(NORMALISED_BY))
    preparation = deserialize(Preparation, origin.input if origin else {}, name="input")
    decision = _start(decision, origin)
    if isinstance(method, Networked):  # limits that hold whether or not a screen stands in front later
        method = replace(method, screen=None)
    good = GoodFrames(paths, preparation, progress)
    if origin and "drawn_ranked" in origin.calibration:  # a bank that was chosen, not asked for: chosen afresh
        method = first_form(method)
    asked = Way(prefilter, method, decision, normalise)
    chosen = ChosenWay.of(good, asked, foreground, other_form and not defects)
    marks, unused = read_marks(defects, good.preparation, good.contents, progress) if defects else ([], [])
    unseen = Unseen.of(good, chosen.way.method, chosen.way.decision, normalise, marks)
    start = unseen.normalising(chosen.way.decision)

    def marks_of(seen: Preparation) -> list[Mark]:
        marks, _ = read_marks(defects, seen, good.contents, progress) if defects else ([], [])
        return marks

    decision, scores, promise = _with_threshold(unseen, start, parsed, chosen.scores(good, marks_of))
    made = score_made(good, unseen, decision)
    bundle = _bundle(unseen.learned, decision, parsed, scores, promise, good, made, origin)
    action = plausibility or (origin.plausibility.get("action", "refuse") if origin else "refuse")
    seen = replace(good.plausibility(), action=action)
    said_of_all, *_ = serialize(seen)
    bundle = replace(bundle, plausibility=said_of_all)
    if marked := len(marks) or _marked_before(unseen.learned):
        bundle = replace(bundle, calibration={**bundle.calibration, "marked_images": marked})
    if chosen.ranked:
        bundle = replace(bundle, calibration={**bundle.calibration, "drawn_ranked": dict(chosen.ranked)})
    said = (*chosen.notes, *good.notes())
    return Calibration(bundle, scores, (*good.skipped, *unused), promise, said, tuple(good.partly))


def _marked_before(method: Method) -> int:
    """Of how many images a method keeps marked cells from an earlier calibration."""
    images = method.marked_images if isinstance(method, MarkedMethod) else None
    return 0 if images is None else len(np.unique(images))


def _start(decision: Decision, origin: Bundle | None) -> Decision:
    """`decision` without what an earlier calibration put in."""
    by_area = str((origin.calibration if origin else {}).get("rule", "")).startswith("max-area")
    least_px = 0 if by_area else decision.min_area_px
    return replace(
        decision, normalise="none", good_mean=None, good_deviation=None, min_area_px=least_px, own_limit=False
    )


def _with_threshold(
    unseen: Unseen, decision: Decision, rule: Rule, others: Mapping[Path, float]
) -> tuple[Decision, np.ndarray, Promise]:
    """The decision with the limits that the rule finds, the image scores of the good images, and what is promised.
    others : scores of those that are judged in another way."""
    scores, of_maps, areas = _good_scores(unseen, decision, rule)
    is_apart = not np.array_equal(scores, of_maps)  # a mean, or the network's own: pixels need a limit of their own
    is_of_maps = rule.is_of_pixels or rule.name == "max-area"
    require(
        "rule", str(rule), not (is_apart and is_of_maps), "a rule on scores: these are not the maps' largest values"
    )
    if rule.is_of_pixels:
        decision, promise = _with_pixel_limit(unseen, decision, rule)
        return decision, scores, promise
    scores = np.array([others.get(path, own) for path, own in zip(unseen.good.paths, scores.tolist(), strict=True)])
    if rule.name == "max-area":
        assert rule.number is not None
        decision = replace(decision, min_area_px=int(rule.number) + 1)
    decisive = areas if rule.name == "max-area" else scores
    threshold = threshold_from_good(rule, decisive)
    pixel_threshold = threshold_from_good(rule, of_maps) if is_apart else None
    decision = replace(decision, threshold=threshold, pixel_threshold=pixel_threshold)
    return decision, scores, promise_of(threshold, decisive)


def _with_pixel_limit(unseen: Unseen, decision: Decision, rule: Rule) -> tuple[Decision, Promise]:
    """The decision with a limit over all pixels; good images with a region left at it decide the promise."""
    values = PixelValues()
    for _, finished, own in unseen.finished(decision):
        values.add(own.judged(finished))
    number = rule.number or 0.0
    limit = values.quantile(number) if rule.name == "pixel-quantile" else values.ksigma(number)
    again = unseen.finished(decision)
    called = [own.with_limit(limit).mask(finished).any() for _, finished, own in again]
    return decision.with_limit(limit), promise_of(0.5, np.array(called, float))


def _good_scores(unseen: Unseen, decision: Decision, rule: Rule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image scores, the maps' largest values (or quantiles), which most methods take for them, and for `max-area` each
    image's smallest limit without a larger region."""
    scores, of_maps, limits = [], [], []
    for raw_map, finished, own in unseen.finished(decision):
        scores.append(own.image_score(raw_map, finished))
        of_pixels = "quantile" if own.image_score_by == "mean" else own.image_score_by
        of_maps.append(replace(own, image_score_by=of_pixels).score(finished))
        if rule.name == "max-area":
            limits.append(_area_limit(finished, own, rule.number or 0.0))
    return np.array(scores), np.array(of_maps), np.array(limits)


def _area_limit(finished: np.ndarray, decision: Decision, area_px: float) -> float:
    """Smallest threshold at which no region of the mask is larger than `area_px`, by bisection."""
    low, high = float(finished.min()), float(finished.max())
    for _ in range(24):
        middle = 0.5 * (low + high)
        mask = replace(decision, threshold=middle).mask(finished)
        areas = kernels.regions(mask)["area"]
        low, high = (middle, high) if areas.size and areas.max() > area_px else (low, middle)
    return high


def _bundle(
    method: Method,
    decision: Decision,
    rule: Rule,
    scores: np.ndarray,
    promise: Promise,
    good: GoodFrames,
    made: MadeDefects,
    origin: Bundle | None,
) -> Bundle:
    name = method.name
    settings, arrays, blobs = serialize(method)
    choices, learned, _ = serialize(decision)
    parts, graphs = with_section("method", arrays, blobs)
    parts |= with_section("decision", learned, {})[0] | {"calibration/scores": scores}
    start = origin or Bundle(method=name)
    return replace(
        start,
        method=name,
        settings=settings,
        decision=choices,
        input=serialize(good.preparation)[0],
        arrays=parts,
        blobs=graphs,
        identity="",
        screen={},
        metrics={},
        calibration={
            "rule": str(rule),
            "good_images": len(good),
            "skipped": len(good.skipped),
            "thresholds": _alternatives(scores),
            "promise": promise.to_dict(),
            **made.to_dict(decision.threshold, _alternatives(scores)),
        },
        provenance={
            **start.provenance,
            "surfedge": __version__,
            "calibrated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        },
    )


def _alternatives(scores: np.ndarray) -> dict[str, float]:
    """The thresholds of other rules, for `surfedge info` and a change of mind without calibrating again."""
    found = {}
    for text in RULES_TRIED:
        try:
            found[text] = threshold_from_good(parse_rule(text), scores)
        except ArgumentError:
            continue  # too few images for this rule; the table then lacks it
    return found

"""From good images to a bundle: learn, normalise, find the threshold.

Good images are split in two halves by turns. Each half is judged by what was learned from the other, so that the
statistics and the threshold come from images the method has not seen; the bundle then holds what all taught it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from surfedge import __version__, kernels
from surfedge.bundle import Bundle, deserialize, serialize, with_section
from surfedge.calibration.good_images import GoodFrames, SmoothMaps
from surfedge.calibration.thresholds import Rule, parse_rule, threshold_from_good
from surfedge.decision import Decision
from surfedge.detector import Preparation
from surfedge.errors import ArgumentError
from surfedge.methods import Method, Networked, Pattern
from surfedge.progress import Progress, silent

POSITION_PX = 32
POSITION_PRIOR = 4.0
RULES_TRIED = ("max", "quantile:0.99", "quantile:0.98", "ksigma:3", "false-calls:0.01", "false-calls:0.05")


@dataclass(frozen=True)
class Calibration:
    """bundle : ready to write. scores : image scores of the good images. skipped : (path, reason) not used."""

    bundle: Bundle
    scores: np.ndarray
    skipped: tuple[tuple[str, str], ...]


def calibrate(
    method: Method,
    decision: Decision,
    paths: Sequence[Path],
    *,
    rule: str = "quantile:0.99",
    normalise: str = "position",
    prefilter: str = "auto",
    origin: Bundle | None = None,
    progress: Progress = silent,
) -> Calibration:
    """Calibrate `method` and `decision` on good images.

    rule : threshold rule, see surfedge.calibration.thresholds.RULES. normalise : by what good images gave, "position",
        "overall" or "none"; it takes the place of the decision's own normalisation.
    prefilter : one of Preparation's, or "auto" for "cells" where most good images show a pattern, unless the method
        is itself the one for patterns; a network keeps the filter it was trained behind.
    origin : the bundle that is re-calibrated, for what it says of input, runtime and certificate. What was
        measured with it (metrics) no longer holds and is left out.

    Raises DatasetError when fewer than 8 images can be read, ArgumentError for a rule they cannot support.
    """
    parsed = parse_rule(rule)
    if normalise not in ("overall", "position", "none"):
        raise ArgumentError("normalise", found=repr(normalise), expected="overall, position or none")
    preparation = deserialize(Preparation, origin.input if origin else {}, name="input")
    decision = _start(decision, origin)
    if isinstance(method, Networked):  # limits that hold whether or not a screen stands in front later
        method = replace(method, screen=None)
    good = GoodFrames(paths, preparation, progress)
    if prefilter == "auto" and isinstance(method, (Pattern, Networked)):
        # The pattern's own method; and a network, which must see what it learned from.
        prefilter = "none" if isinstance(method, Pattern) else preparation.prefilter
    good.choose_prefilter(prefilter)
    learned, judges = _learn(method, good)
    smooth = SmoothMaps(good, judges, decision)
    if normalise != "none":
        mean, deviation = _good_statistics(smooth, normalise == "position")
        decision = replace(decision, normalise="good", good_mean=mean, good_deviation=deviation)
    decision, scores = _with_threshold(smooth, decision, parsed)
    bundle = _bundle(learned, decision, parsed, scores, good, origin)
    return Calibration(bundle, scores, tuple(good.skipped))


def _start(decision: Decision, origin: Bundle | None) -> Decision:
    """`decision` without what an earlier calibration put in."""
    by_area = str((origin.calibration if origin else {}).get("rule", "")).startswith("max-area")
    least_px = 0 if by_area else decision.min_area_px
    return replace(decision, normalise="none", good_mean=None, good_deviation=None, min_area_px=least_px)


def _learn(method: Method, good: GoodFrames) -> tuple[Method, tuple[Method, Method]]:
    """What all images teach, and for the even and the odd images what the other half teaches."""
    count = len(good)
    learned = method.fit(good.take(range(count), "learning"))
    if learned is method:
        return method, (method, method)
    from_odd = method.fit(good.take(range(1, count, 2), "learning"))
    from_even = method.fit(good.take(range(0, count, 2), "learning"))
    return learned, (from_odd, from_even)


def _good_statistics(smooth: SmoothMaps, by_position: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of the smoothed maps, float32 (h, w): over all, or per square of POSITION_PX.

    A position's figures are drawn to those over all as if POSITION_PRIOR more images had shown them there.
    """
    sums: dict[str, np.ndarray] = {}
    count = 0
    shape = (1, 1)
    for raw_map in smooth:
        if by_position and count == 0:
            height, width = smooth.image_shape
            shape = (max(1, round(height / POSITION_PX)), max(1, round(width / POSITION_PX)))
        squared = cv2.multiply(raw_map.map, raw_map.map)
        for name, values in (("first", raw_map.map), ("second", squared)):
            sums[name] = sums.get(name, 0.0) + _pooled(values, shape)
        count += 1
    first, second = sums["first"], sums["second"]
    prior = POSITION_PRIOR if by_position else 0.0
    first = (first + prior * first.mean() / count) / (count + prior)
    second = (second + prior * second.mean() / count) / (count + prior)
    deviation = np.sqrt(np.maximum(second - first**2, 0.0))
    floor = max(1e-3 * float(deviation.mean()), 1e-12)
    return first.astype(np.float32), np.maximum(deviation, floor).astype(np.float32)


def _pooled(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Means over a grid of `shape` that covers `values`, float64."""
    if shape == (1, 1):
        return np.full((1, 1), cv2.mean(values)[0])
    if values.shape[0] < shape[0] or values.shape[1] < shape[1]:  # a much smaller image than the first
        return cv2.resize(values, shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float64)
    return cv2.resize(values, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float64)


def _with_threshold(smooth: SmoothMaps, decision: Decision, rule: Rule) -> tuple[Decision, np.ndarray]:
    """The decision with the limits that the rule finds, and the image scores of the good images."""
    scores, of_maps, areas = _good_scores(smooth, decision, rule)
    has_scores = not np.array_equal(scores, of_maps)  # the network's own: pixels need a limit in the map's unit
    if rule.name == "max-area":
        if has_scores:
            raise ArgumentError("rule", found="max-area", expected="a rule on scores: the network gives them itself")
        decision = replace(decision, min_area_px=int(rule.number or 0) + 1)
    threshold = threshold_from_good(rule, areas if rule.name == "max-area" else scores)
    pixel_threshold = threshold_from_good(rule, of_maps) if has_scores else None
    return replace(decision, threshold=threshold, pixel_threshold=pixel_threshold), scores


def _good_scores(smooth: SmoothMaps, decision: Decision, rule: Rule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image scores, the maps' own (the same unless the network gives scores), and for `max-area` each image's smallest
    limit without a larger region."""
    scores, of_maps, limits = [], [], []
    for raw_map, finished in smooth.finished(decision):
        of_maps.append(decision.score(finished))
        scores.append(of_maps[-1] if raw_map.score is None else raw_map.score)
        if rule.name == "max-area":
            limits.append(_area_limit(finished, decision, rule.number or 0.0))
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
    method: Method, decision: Decision, rule: Rule, scores: np.ndarray, good: GoodFrames, origin: Bundle | None
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

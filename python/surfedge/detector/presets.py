"""Settings that work at once: what each method uses before anybody calibrated it.

The settings were chosen on one half of two sets of real images (leather, commutators) and checked on the other;
docs/results.md has them.
"""

from __future__ import annotations

from surfedge.bundle import Bundle, serialize
from surfedge.decision import Decision
from surfedge.detector.plausibility import UNCALIBRATED
from surfedge.errors import ArgumentError

DEFAULT_METHOD = "statistics"
OWN_REFERENCE = "not calibrated: each image is its own reference, and one that is full of defects may pass as good"

DECISIONS = {
    "statistics": Decision(threshold=7.0, blur_sigma_px=6.0, normalise="median", own_limit=True),
    "bank": Decision(  # until it has learned it is "statistics"
        threshold=7.0, blur_sigma_px=6.0, normalise="median", own_limit=True
    ),
    "pattern": Decision(threshold=8.0, normalise="median", own_limit=True),
    "dzl": Decision(threshold=8.0, blur_sigma_px=12.0, normalise="robust"),
    "pixel_zscore": Decision(threshold=3.0, blur_sigma_px=8.0, normalise="none", score_quantile=0.999),
}

SETTINGS = {
    "statistics": {"own_reference": "levelled"},
    "bank": {"own_reference": "levelled"},
    "pattern": {"form": "cells"},
}
INPUT = {"statistics": {"prefilter": "auto"}, "bank": {"prefilter": "auto"}}


def default_bundle(method: str = DEFAULT_METHOD) -> Bundle:
    """The uncalibrated bundle of a method without a network; raises ArgumentError for any other."""
    if method not in DECISIONS:
        raise ArgumentError(
            "method", found=repr(method), expected=", ".join(DECISIONS), remedy="the other methods need a bundle"
        )
    settings, _, _ = serialize(DECISIONS[method])
    return Bundle(
        method=method,
        settings=dict(SETTINGS.get(method, {})),
        decision=settings,
        input=dict(INPUT.get(method, {})),
        calibration={"rule": "preset"},
        plausibility=dict(UNCALIBRATED),
    )

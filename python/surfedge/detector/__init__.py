"""Image in, Result out: a Detector, what it prepares, loads and streams, and how fast a PC runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.detector.detector import Detector
    from surfedge.detector.own_reference import BY_RAISED_LIMIT, RAISED_NOTE
    from surfedge.detector.plausibility import Plausibility
    from surfedge.detector.preparation import Preparation, lattice_search, usual_lattice
    from surfedge.detector.presets import DECISIONS, DEFAULT_METHOD, OWN_REFERENCE, default_bundle
    from surfedge.detector.traits import appearance
    from surfedge.detector.tuning import Line, Tuning, tune
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "detector": ("Detector",),
            "own_reference": ("BY_RAISED_LIMIT", "RAISED_NOTE"),
            "plausibility": ("Plausibility",),
            "preparation": ("Preparation", "lattice_search", "usual_lattice"),
            "presets": ("DECISIONS", "DEFAULT_METHOD", "OWN_REFERENCE", "default_bundle"),
            "traits": ("appearance",),
            "tuning": ("Line", "Tuning", "tune"),
        },
    )

# What takes a regular pattern out of an image before a method sees it, see surfedge.detector.preparation.
PREFILTERS = ("none", "notch", "harmonics", "cells", "auto")
PLAUSIBILITY = ("refuse", "note")  # what is done with an image unlike those of the calibration
RENAMED_PREFILTERS = {"pattern": "notch"}  # the names of release 0.1, still read

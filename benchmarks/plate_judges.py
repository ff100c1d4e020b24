"""The methods that are compared on plates, each with the filter in front of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
from plate_draws import plate

from surfedge.bundle import Bundle
from surfedge.calibration import calibrate
from surfedge.detector import Detector, default_bundle

FILTERS = {"none": "no filter", "harmonics": "notch filter", "cells": "cells compared"}


@dataclass(frozen=True)
class Judge:
    """A detector that sees what `prefilter` leaves; so each filter works once for all of them."""

    prefilter: str
    detector: Detector


def judges(networks: Path | None = None) -> dict[str, Judge]:
    """The methods of the ablation, each as its own reference, with and without the filters; networks as trained."""
    made: dict[str, Judge] = {}
    for method in ("dzl", "statistics"):
        bundle = replace(default_bundle(method), input={})
        for prefilter, words in FILTERS.items():
            made[f"{method}, {words}"] = Judge(prefilter, Detector(bundle))
    for prefilter in ("none", "cells") if networks else ():
        bundle = replace(Bundle.read(networks / f"{prefilter}.surfedge"), input={})
        made[f"reconstruction, {FILTERS[prefilter]}"] = Judge(prefilter, Detector(bundle, device="CPU", threads=1))
    energy = {"threshold": 0.01, "blur_sigma_px": 6.0, "normalise": "median"}
    start = default_bundle("pattern")
    made["pattern, notch"] = Judge("none", Detector(replace(start, settings={"form": "notch"}, decision=energy)))
    for form in ("phase", "shift", "harmonics", "cells"):
        made[f"pattern, {form}"] = Judge("none", Detector(replace(start, settings={"form": form})))
    return made


def calibrated_on(judge: Judge, count: int, difficulty: str) -> Judge:
    """Calibrated on filtered plates; a network is as it was trained, and calibrated then."""
    detector = judge.detector
    if detector.bundle.method == "reconstruction":
        return judge
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:04d}.png" for number in range(count)]
        for number, path in enumerate(paths):
            cv2.imwrite(str(path), plate(10**6 + number, difficulty).image)
        decision = replace(detector.decision, normalise="none")
        bundle = calibrate(detector.method, decision, paths, prefilter=judge.prefilter, other_form=False).bundle
        return Judge(judge.prefilter, Detector(replace(bundle, input={})))

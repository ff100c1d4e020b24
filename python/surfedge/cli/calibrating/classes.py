"""Calibrating a classifier: its head learns the classes of a folder, without torch."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.calibration.classes import ClassCalibration
    from surfedge.cli.console import Console

WITHOUT_NETWORK = "statistics_classes"
OF_DETECTORS = (
    *("also_good", "defects", "classes", "rule", "normalise", "prefilter", "blur", "opening", "plausibility", "ignore"),
    *("border", "foreground", "labelled", "labelled_rule", "labelled_share", "screen", "screen_method"),
)


def classifier_of(arguments: argparse.Namespace) -> Bundle | None:
    """The bundle of the classifier whose head is to learn; None where a detector is calibrated."""
    from surfedge.bundle import Bundle
    from surfedge.errors import BundleError

    if arguments.model == WITHOUT_NETWORK:
        return Bundle(method=WITHOUT_NETWORK, decision={"threshold": 0.5, "good_classes": []})
    try:
        bundle = Bundle.read(arguments.model) if Path(arguments.model).is_file() else None
    except BundleError:
        return None  # the way of detectors says what is wrong with it
    return bundle if bundle is not None and bundle.method.endswith("_classes") else None


def calibrate_classifier(
    bundle: Bundle, arguments: argparse.Namespace, parser: argparse.ArgumentParser, console: Console
) -> int:
    """Learn, write, say how well; returns the exit code. parser : the verb's arguments, for their defaults."""
    from surfedge.calibration import calibrate_classes
    from surfedge.cli import DONE, SKIPPED
    from surfedge.cli.options.reading import as_read
    from surfedge.datasets import class_set
    from surfedge.detector import Detector
    from surfedge.errors import ArgumentError
    from surfedge.files import check_target, check_unused
    from surfedge.methods import LinearClasses

    for name, value in vars(arguments).items():
        if name in OF_DETECTORS and value != parser.get_default(name):
            option = f"--{name.replace('_', '-')}"
            raise ArgumentError(option, found="a classifier", expected="a detector", remedy="leave it out")
    out = Path(arguments.out or (f"{WITHOUT_NETWORK}.surfedge" if bundle.source == "bundle" else arguments.model))
    check_target("--out", out)
    if not (out.exists() and Path(arguments.model).is_file() and out.samefile(arguments.model)):
        check_unused("--out", out, arguments.force)
    labelled = class_set(arguments.good, arguments.good_names)
    console.data("classes", labelled.understood)
    bundle = as_read(bundle, vars(arguments))
    method = Detector(bundle, device="CPU").method
    assert isinstance(method, LinearClasses)
    outcome = calibrate_classes(method, labelled.samples, bundle, console.progress)
    written = outcome.bundle.write(out)
    for path, reason in outcome.skipped:
        console.line(f"skipped {path}: {reason}")
    if outcome.copies:
        console.line(f"{outcome.copies:,} copies of other images of their class left out: each image counts once")
    _show(outcome, out, console)
    console.result({"bundle": str(out), "identity": written.identity, "method": written.method, **written.calibration})
    return SKIPPED if outcome.skipped else DONE


def _show(outcome: ClassCalibration, out: Path, console: Console) -> None:
    found = outcome.judged
    rows = [
        (name, images, f"{100 * recall:.1f} %", "" if precision != precision else f"{100 * precision:.1f} %")
        for name, images, recall, precision in zip(
            found.names, found.images, found.recall.tolist(), found.precision.tolist(), strict=True
        )
    ]
    console.table(("class", "images", "found", "of those given it"), rows)
    figures = f"accuracy {found.accuracy:.3f}, macro F1 {found.macro_f1:.3f}"
    console.line(f"each judged by a head that had not learned from it: {figures}")
    console.line(f"inspect with: surfedge score FRAMES --model {out} --out results")

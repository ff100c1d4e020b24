"""surfedge calibrate: from a folder of good images to a bundle, in seconds; marked defects make it better."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from surfedge.cli.calibrating.options import add_checks, add_images, add_settings

if TYPE_CHECKING:
    from pathlib import Path

    from surfedge.bundle import Bundle
    from surfedge.calibration.calibration import Calibration
    from surfedge.cli.console import Console

SUMMARY = "learn from good images and set the threshold: a bundle ready for the line"
EXAMPLE = "surfedge calibrate statistics good_images/ --out leather.surfedge --rule quantile:0.99"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add_images(parser)
    add_settings(parser)
    add_checks(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Calibrate and write; 0 when every image was used, 1 when some were not or in part only."""
    from surfedge.calibration import calibrate
    from surfedge.cli import DONE, SKIPPED
    from surfedge.cli.calibrating.classes import calibrate_classifier, classifier_of
    from surfedge.cli.calibrating.finish import completed, noted, say_learned, say_screen
    from surfedge.cli.calibrating.start import origin_of, parts_of, unseen, with_others
    from surfedge.datasets import good_set, marked_set

    classifier = classifier_of(arguments)
    if classifier is not None:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        return calibrate_classifier(classifier, arguments, parser, console)
    origin, out = origin_of(arguments)
    method, decision = parts_of(origin, arguments)
    good = good_set(arguments.good, arguments.good_names)
    images = with_others(good.images, arguments.also_good)
    added = len(images) - len(good.images)
    marked = marked_set(arguments.defects, arguments.good_names) if arguments.defects else None
    paths = unseen(origin, images, console)
    share = origin.screen.get("share", 0.0) if arguments.screen is None else arguments.screen
    outcome = calibrate(
        method,
        decision,
        paths,
        rule=arguments.rule,
        normalise=arguments.normalise,
        prefilter=arguments.prefilter,
        plausibility=getattr(arguments, "plausibility", ""),
        foreground=arguments.foreground,
        other_form=arguments.other_form and not arguments.classes,
        origin=origin,
        defects=marked.images if marked else (),
        progress=console.progress,
    )
    console.data("good", good.understood)
    if marked:
        console.data("defects", marked.understood)
    bundle = completed(noted(outcome.bundle, added), paths, share, arguments, console).write(out)
    _say_of_images(outcome, console)
    say_learned(bundle, out, outcome.promise.in_words(), console)
    said = say_screen(bundle, share, arguments, console) if share else {}
    console.line(f"inspect with: surfedge score FRAMES --model {out} --out results")
    console.result({**_values(bundle, out, said), "partly": list(outcome.partly)})
    labelled = {"labelled_skipped", "labelled_partly"} & set(bundle.calibration)
    return SKIPPED if outcome.skipped or outcome.partly or labelled else DONE


def _say_of_images(outcome: Calibration, console: Console) -> None:
    """Which images were left out or used in part, and what was noted of them."""
    for path, reason in outcome.skipped:
        console.line(f"skipped {path}: {reason}")
    for path, pages in outcome.partly:
        console.line(f"in part {path}: {pages}")
    for note in outcome.notes:
        console.line(f"{note}; calibrate again with --bit-depth" if "bit_depth" in note else note)


def _values(bundle: Bundle, out: Path, said: dict[str, Any]) -> dict[str, Any]:
    """For programs."""
    values = {"bundle": str(out), "identity": bundle.identity, "method": bundle.method}
    return {**values, "threshold": bundle.decision["threshold"], **bundle.calibration, **said}

"""surfedge calibrate: from a folder of good images to a bundle, in seconds."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.calibration import BUDGETS, LABELLED_RULES, NORMALISED_BY, RULE_FORMS
from surfedge.cli.console import Console
from surfedge.cli.options.reading import add_reading, as_read
from surfedge.detector import PLAUSIBILITY, PREFILTERS, RENAMED_PREFILTERS
from surfedge.methods import SCREENS, WITHOUT_NETWORK

if TYPE_CHECKING:
    from surfedge.bundle import Bundle
    from surfedge.decision import Decision
    from surfedge.methods import Method

SUMMARY = "learn from good images and set the threshold: a bundle ready for the line"
EXAMPLE = "surfedge calibrate statistics good_images/ --out leather.surfedge --rule quantile:0.99"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("model", help=f"{', '.join(WITHOUT_NETWORK)}, or a bundle to calibrate again")
    parser.add_argument("good", help="folder, glob or list of good images, or a data set in the MVTec layout")
    parser.add_argument("--out", help="the bundle to write (default: the bundle given, else MODEL.surfedge)")
    parser.add_argument("--force", action="store_true", help="replace another bundle that --out holds")
    parser.add_argument(
        "--good",
        dest="good_names",
        action="append",
        default=[],
        metavar="NAME",
        help="name of a good folder in the data (default: good, OK, normal, ...); may be repeated",
    )
    parser.add_argument(
        "--also-good",
        action="append",
        default=[],
        metavar="PATH",
        help="more good images, such as the false calls that surfedge label lists; may be repeated",
    )
    parser.add_argument("--rule", default="quantile:0.99", help=f"of the threshold: {', '.join(RULE_FORMS)}")
    parser.add_argument(
        "--normalise",
        choices=NORMALISED_BY,
        default="position",
        help="by mean and std of the good images' maps: at each position, overall, or not at all",
    )
    parser.add_argument(
        "--prefilter",
        type=lambda name: RENAMED_PREFILTERS.get(name, name),
        choices=PREFILTERS,
        default="auto",
        help="take a regular pattern out first; auto: where good images show one and drawn defects stand out more then",
    )
    parser.add_argument("--blur", type=float, default=None, metavar="PX", help="sigma of the Gaussian over the map")
    parser.add_argument("--opening", type=int, default=None, metavar="PX", help="radius of the opening disk")
    add_reading(parser)
    parser.add_argument(
        "--plausibility",
        choices=PLAUSIBILITY,
        default=argparse.SUPPRESS,
        help="an image that cannot be one like these (dead camera, other light, other colours): refuse it, or judge it "
        "and note it (default: what the bundle given says, else refuse)",
    )
    parser.add_argument("--ignore", default=None, metavar="MASK", help="mask image whose white pixels are never judged")
    parser.add_argument(
        "--labelled",
        default=None,
        metavar="DIR",
        help="labelled images, as for evaluate, that the threshold is taken from instead",
    )
    parser.add_argument(
        "--labelled-rule",
        choices=tuple(LABELLED_RULES),
        default="image-f1",
        help="which threshold: best F1 of images or of pixels, or fewest wrong verdicts",
    )
    parser.add_argument(
        "--labelled-share",
        type=float,
        default=1.0,
        metavar="FRACTION",
        help="fraction of the labelled images that choose the threshold, e.g. 0.3; the others check it",
    )
    parser.add_argument(
        "--screen",
        type=float,
        default=None,
        metavar="FRACTION",
        help="a cheap method in front of the network skips this fraction of good tiles, e.g. 0.98; 0: no screen",
    )
    parser.add_argument(
        "--screen-method",
        choices=tuple(SCREENS),
        default="statistics",
        help="method of the screen: dzl is faster but less sensitive",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Calibrate and write; returns the exit code."""
    from surfedge.calibration import calibrate, in_words
    from surfedge.cli import DONE, SKIPPED
    from surfedge.datasets import good_set

    origin, out = _origin(arguments)
    method, decision = _parts(origin, arguments)
    good = good_set(arguments.good, arguments.good_names)
    images = _with_others(good.images, arguments.also_good)
    added = len(images) - len(good.images)
    paths = _unseen(origin, images, console)
    share = origin.screen.get("share", 0.0) if arguments.screen is None else arguments.screen
    outcome = calibrate(
        method,
        decision,
        paths,
        rule=arguments.rule,
        normalise=arguments.normalise,
        prefilter=arguments.prefilter,
        plausibility=getattr(arguments, "plausibility", ""),
        origin=origin,
        progress=console.progress,
    )
    console.data("good", good.understood)
    bundle = _completed(_noted(outcome.bundle, added), paths, share, arguments, console).write(out)
    for path, reason in outcome.skipped:
        console.line(f"skipped {path}: {reason}")
    for note in outcome.notes:
        console.line(f"{note}; calibrate again with --bit-depth" if "bit_depth" in note else note)
    threshold, count = bundle.decision["threshold"], bundle.calibration["good_images"]
    rule, said = bundle.calibration["rule"], {}
    also = f", {added:,} of them in addition" if added else ""
    console.line(f"{out}: {bundle.method} learned from {count} good images{also}, threshold {threshold:.4g} by {rule}")
    if "promise" in bundle.calibration:
        console.line(outcome.promise.in_words())
    if "drawn_found" in bundle.calibration:
        console.line(in_words(bundle.calibration, BUDGETS))
    if "labelled_f1" in bundle.calibration:
        known = bundle.calibration
        console.line(
            f"chosen on {known['labelled_images']} labelled images; "
            f"image F1 {known['labelled_f1']:.3f} on the other {known['labelled_others']}"
        )
    if share:
        said = _say_screen(bundle, share, arguments, console)
    console.line(f"inspect with: surfedge score FRAMES --model {out} --out results")
    console.result(
        {
            "bundle": str(out),
            "identity": bundle.identity,
            "method": bundle.method,
            "threshold": threshold,
            **bundle.calibration,
            **said,
        }
    )
    return SKIPPED if outcome.skipped or "labelled_skipped" in bundle.calibration else DONE


def _with_others(images: Sequence[Path], others: Sequence[str]) -> list[Path]:
    """The good images and behind them those that --also-good names, each file once."""
    from surfedge.datasets import good_images

    first: dict[Path, Path] = {}
    for path in (*images, *(path for source in others for path in good_images(source))):
        first.setdefault(path.resolve(), path)
    return list(first.values())


def _noted(bundle: Bundle, added: int) -> Bundle:
    """The bundle, saying how many good images --also-good gave."""
    from dataclasses import replace

    return replace(bundle, calibration={**bundle.calibration, "also_good": added}) if added else bundle


def _unseen(origin: Bundle, paths: Sequence[Path], console: Console) -> list[Path]:
    """The good images that the bundle's network has not learned from: a threshold must not come from others."""
    from surfedge.precision import held_out_of

    held_out, learned_from = held_out_of(origin, paths)
    if learned_from:
        console.line(f"the training's images: its {len(held_out)} held-out ones of {len(paths)} are calibrated on")
    return held_out


def _completed(
    bundle: Bundle, paths: Sequence[Path], share: float, arguments: argparse.Namespace, console: Console
) -> Bundle:
    """The bundle with the screen and the labelled threshold that were asked for."""
    if share:
        from surfedge.calibration import with_screen

        bundle = with_screen(bundle, paths, share, arguments.screen_method, console.progress)
    if arguments.labelled:
        from surfedge.calibration import with_labelled_threshold
        from surfedge.datasets import labelled_set

        labelled = labelled_set(arguments.labelled, arguments.good_names)
        console.data("labelled", labelled.understood)
        bundle = with_labelled_threshold(
            bundle,
            labelled.samples,
            arguments.labelled_rule,
            console.progress,
            share=arguments.labelled_share,
            tell=console.line,
        )
    return bundle


def _say_screen(bundle: Bundle, share: float, arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    """What the screen skips, and with labelled images what that costs."""
    if not arguments.labelled:
        console.line(f"screen: {share:.1%} of good tiles skip the network; surfedge evaluate says what that costs")
        return {}
    from surfedge.cli.tables.screen_cost import show_screen_cost

    console.line(f"screen: {share:.1%} of good tiles skip the network, which costs")
    return {"screen": show_screen_cost(bundle, arguments.labelled, console)}


def _origin(arguments: argparse.Namespace) -> tuple[Bundle, Path]:
    """The bundle to start from and the path to write."""
    from surfedge.bundle import Bundle
    from surfedge.detector import DECISIONS, default_bundle
    from surfedge.errors import ArgumentError
    from surfedge.files import check_target, check_unused

    is_method = arguments.model in DECISIONS
    if not is_method and not Path(arguments.model).exists():
        raise ArgumentError(
            "model",
            found=repr(arguments.model),
            expected=f"{', '.join(DECISIONS)} or a bundle's path",
            remedy="check the name or path",
        )
    origin = default_bundle(arguments.model) if is_method else Bundle.read(arguments.model)
    origin = as_read(origin, vars(arguments))
    out = Path(arguments.out or (f"{arguments.model}.surfedge" if is_method else arguments.model))
    check_target("--out", out)  # before the work, not after it
    if is_method or not (out.exists() and out.samefile(arguments.model)):
        check_unused("--out", out, arguments.force)
    return origin, out


def _parts(origin: Bundle, arguments: argparse.Namespace) -> tuple[Method, Decision]:
    """Method and decision to calibrate, with what the command line changes."""
    from dataclasses import replace

    from surfedge.detector import Detector
    from surfedge.images import read, to_grey_u8

    detector = Detector(origin, screen=False)
    if arguments.ignore is not None:
        mask = to_grey_u8(read(arguments.ignore)) >= 128
        detector = detector.with_decision(replace(detector.decision, ignore=mask))
    changes = {"blur_sigma_px": arguments.blur, "opening_radius_px": arguments.opening}
    given = {name: value for name, value in changes.items() if value is not None}
    return detector.method, replace(detector.decision, **given)

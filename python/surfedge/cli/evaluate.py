"""surfedge evaluate: how good is this bundle on labelled images?"""

from __future__ import annotations

import argparse

from surfedge.cli.console import Console

SUMMARY = "judge a bundle on labelled images: figures, curves, worst cases, report"
EXAMPLE = "surfedge evaluate leather/ --model leather.surfedge --out judged"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add = parser.add_argument
    add("dataset", help="folder in the MVTec layout, or one sub-folder a class with the good ones in good/")
    add("--model", metavar="BUNDLE", help="bundle to judge; without it the training-free default")
    add("--method", metavar="NAME", help="method when there is no bundle: statistics, pattern, dzl, pixel_zscore")
    add("--out", required=True, metavar="DIR", help="where figures, curves, pictures and report go")
    add("--device", default="AUTO", metavar="CPU|GPU|AUTO", help="where a network runs")
    add("--workers", type=int, default=1, metavar="N", help="images at once; 1 gives honest times per image")
    add("--bootstrap", type=int, default=1000, metavar="N", help="resamplings for the 95 %% intervals, 0 for none")
    add(
        "--screen",
        choices=("on", "off", "both"),
        default="both",
        help="with the bundle's screen, without it, or both beside each other: what does it cost?",
    )
    add(
        "--half",
        choices=("all", "even", "odd"),
        default="all",
        help="every second image of each class: choose settings on one half, report the other",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Evaluate, write, print the table; returns the exit code."""
    from pathlib import Path

    import cv2

    from surfedge.bundle import Bundle
    from surfedge.cli import DONE, SKIPPED
    from surfedge.cores import checked_count
    from surfedge.datasets import half_of, labelled_images
    from surfedge.detector import DEFAULT_METHOD, Detector, default_bundle
    from surfedge.errors import ArgumentError
    from surfedge.evaluation import evaluate

    checked_count("--workers", arguments.workers, least=1, remedy="use one per core")
    if arguments.model and arguments.method:
        raise ArgumentError("--method", found="--model as well", expected="one of them")
    cv2.setNumThreads(1)
    bundle = Bundle.read(arguments.model) if arguments.model else default_bundle(arguments.method or DEFAULT_METHOD)
    samples = half_of(labelled_images(arguments.dataset), arguments.half)
    evaluated = evaluate(
        Detector(bundle, device=arguments.device, screen=arguments.screen != "off"),
        samples,
        arguments.out,
        workers=arguments.workers,
        bootstrap=arguments.bootstrap,
        progress=console.progress,
    )
    bare = None
    if bundle.screen and arguments.screen == "both":
        bare = evaluate(
            Detector(bundle, device=arguments.device, screen=False),
            samples,
            Path(arguments.out) / "without_screen",
            workers=arguments.workers,
            bootstrap=0,
            progress=console.progress,
        )
    for path, reason in evaluated.skipped:
        console.line(f"skipped {path}: {reason}")
    _show(evaluated, bare, console)
    return SKIPPED if evaluated.skipped else DONE


def _show(evaluated, bare, console: Console) -> None:  # type: ignore[no-untyped-def]
    from surfedge.evaluation import headline

    record = evaluated.record
    rows = []
    for name, value in headline(record).items():
        low, high = record.intervals.get(name, (float("nan"), float("nan")))
        rows.append((name.replace("_", " "), f"{value:.3f}", f"{low:.3f} to {high:.3f}" if low == low else ""))
    console.table(("figure", "value", "95 % interval"), rows)
    names = ("image_auroc", "au_pro_0.05", "image_recall")
    classes = [
        (label, int(values["images"]), *(_number(values.get(name)) for name in names))
        for label, values in record.classes.items()
    ]
    console.table(("class", "images", "image AUROC", "AU-PRO 0.05", "found at the limit"), classes)
    calls = record.figures.get("false_call_rate", float("nan"))
    console.line(
        f"{len(record.rows)} images, {evaluated.milliseconds:.2f} ms each; false calls at the limit {calls:.1%}"
    )
    console.line(f"report: {evaluated.out_dir / 'report.html'}; curves and worst cases beside it")
    screen = {}
    if bare is not None:
        screen = _show_screen(evaluated, bare, console)
    console.result(
        {
            **record.to_dict(curves=False, images=False),
            "median_milliseconds": evaluated.milliseconds,
            "skipped": list(evaluated.skipped),
            "report": str(evaluated.out_dir / "report.html"),
            **screen,
        }
    )


def _show_screen(evaluated, bare, console: Console) -> dict:  # type: ignore[no-untyped-def]
    """What the screen costs in detection and saves in time."""
    names = ("image_auroc", "au_pro_0.30", "au_pro_0.05", "image_recall")
    pairs = {
        name: (evaluated.record.figures[name], bare.record.figures[name])
        for name in names
        if name in bare.record.figures
    }
    pairs["median_milliseconds"] = (evaluated.milliseconds, bare.milliseconds)
    rows = [
        (name.replace("_", " "), f"{on:.3f}", f"{off:.3f}", f"{on - off:+.3f}") for name, (on, off) in pairs.items()
    ]
    console.table(("figure", "with screen", "without", "difference"), rows)
    console.line(
        f"the screen kept {evaluated.skipped_share:.1%} of the area from the network: "
        f"{bare.milliseconds / evaluated.milliseconds:.1f} times as fast"
    )
    return {
        "screen": {
            "skipped_share": evaluated.skipped_share,
            **{name: {"on": on, "off": off} for name, (on, off) in pairs.items()},
        }
    }


def _number(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.3f}"

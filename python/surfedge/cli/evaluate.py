"""surfedge evaluate: how good is this bundle on labelled images?"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from surfedge.cli.console import Console
from surfedge.cli.options.folders import add_good_names
from surfedge.cli.options.machines import add_machines, check_machines, machines
from surfedge.methods import WITHOUT_NETWORK

if TYPE_CHECKING:
    from surfedge.datasets import LabelledSet, Sample
    from surfedge.detector import Detector
    from surfedge.evaluation import Evaluated
    from surfedge.metrics import Confusion, EvaluationRecord

SUMMARY = "judge a bundle on labelled images: metrics, curves, worst cases, report"
EXAMPLE = "surfedge evaluate leather/ --model leather.surfedge --out judged"
LISTED = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add = parser.add_argument
    add("dataset", help="folder in the MVTec layout, one sub-folder a class with the good ones in good/, or with masks")
    add_good_names(parser)
    add("--model", metavar="BUNDLE", help="bundle to judge; without it the training-free default")
    add("--method", metavar="NAME", help=f"method when there is no bundle: {', '.join(WITHOUT_NETWORK)}")
    add(
        "--out", required=True, metavar="DIR", help="where metrics, curves, images of the worst cases and the report go"
    )
    add("--device", default="AUTO", metavar="CPU|GPU|AUTO", help="where a network runs")
    add("--workers", type=int, default=1, metavar="N", help="images at once; with 1 the times per image can be quoted")
    add("--threads", type=int, default=0, metavar="N", help="CPU threads that share one inference, 0 for all cores")
    add("--bootstrap", type=int, default=1000, metavar="N", help="resamplings for the 95 %% intervals, 0 for none")
    add(
        "--screen",
        choices=("on", "off", "both"),
        default="both",
        help="with the bundle's screen, without it, or both side by side, to measure what it costs",
    )
    add(
        "--half",
        choices=("all", "even", "odd"),
        default="all",
        help="every second image of each class: choose settings on one half, report the other",
    )
    add_machines(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Evaluate, write, print the table; 0 when every image was judged, 1 when some were not or in part only."""
    from surfedge.cli import DONE, SKIPPED
    from surfedge.datasets import half_of
    from surfedge.detector import OWN_REFERENCE
    from surfedge.evaluation import PARTLY

    detector = _detector(arguments)
    labelled = _labelled(arguments, detector)
    console.data("labelled", labelled.understood)
    remarks = list(labelled.understood.lines()[1:])
    if learned := _learned_from(detector, labelled):
        remarks.append(learned)
        console.line(learned)
    if not arguments.model:
        remarks.append(OWN_REFERENCE)
        console.line(OWN_REFERENCE)
    samples = half_of(labelled.samples, arguments.half)
    evaluated, bare = _evaluated(arguments, detector, samples, remarks, console)
    for path, reason in evaluated.skipped:
        console.line(f"skipped {path}: {reason}")
    for path, reason in evaluated.refused[:LISTED]:
        console.line(f"refused {path}: {reason}")
    if len(evaluated.refused) > LISTED:
        console.line(f"... and {len(evaluated.refused) - LISTED:,} more refused; the reasons are in report.html")
    for path, pages in evaluated.partly[:LISTED]:
        console.line(f"in part {path}: {pages}")
    if evaluated.partly:
        console.line(PARTLY.format(len(evaluated.partly)))
    _show(evaluated, bare, labelled, console)
    is_whole = not (evaluated.skipped or evaluated.refused or evaluated.partly or labelled.understood.unjudged)
    return DONE if is_whole else SKIPPED


def _detector(arguments: argparse.Namespace, is_screened: bool = True) -> Detector:
    """What is judged; raises ArgumentError for options that contradict each other."""
    import cv2

    from surfedge.bundle import Bundle
    from surfedge.cores import checked_count
    from surfedge.detector import DEFAULT_METHOD, Detector, default_bundle
    from surfedge.errors import ArgumentError

    checked_count("--workers", arguments.workers, least=1, remedy="use one per core")
    checked_count("--threads", arguments.threads)
    check_machines(vars(arguments))
    if arguments.model and arguments.method:
        raise ArgumentError("--method", found="--model as well", expected="one of them")
    cv2.setNumThreads(1)
    bundle = Bundle.read(arguments.model) if arguments.model else default_bundle(arguments.method or DEFAULT_METHOD)
    is_on = is_screened and arguments.screen != "off"
    return Detector(bundle, device=arguments.device, threads=arguments.threads, screen=is_on)


def _labelled(arguments: argparse.Namespace, detector: Detector) -> LabelledSet:
    from surfedge.datasets import class_set, labelled_set

    if detector.method.class_names:
        return class_set(arguments.dataset, arguments.good_names, to_judge=True)
    return labelled_set(arguments.dataset, arguments.good_names)


def _learned_from(detector: Detector, labelled: LabelledSet) -> str:
    """What to say of a bundle that is judged on its own training images."""
    from surfedge.datasets import fingerprint_of_samples

    if detector.bundle.provenance.get("data") != fingerprint_of_samples(labelled.samples):
        return ""
    return "the bundle learned from these very images: what it makes of new ones is not told by them"


def _evaluated(
    arguments: argparse.Namespace, detector: Detector, samples: Sequence[Sample], remarks: list[str], console: Console
) -> tuple[Evaluated, Evaluated | None]:
    """The evaluation, and the one without the bundle's screen where both are wanted."""
    from pathlib import Path

    from surfedge.evaluation import evaluate

    how: dict[str, Any] = {"workers": arguments.workers, "progress": console.progress}
    with machines(vars(arguments), console) as how["cluster"]:
        evaluated = evaluate(detector, samples, arguments.out, bootstrap=arguments.bootstrap, remarks=remarks, **how)
        if not detector.bundle.screen or arguments.screen != "both":
            return evaluated, None
        unscreened = _detector(arguments, is_screened=False)
        return evaluated, evaluate(unscreened, samples, Path(arguments.out) / "without_screen", bootstrap=0, **how)


def _show(evaluated: Evaluated, bare: Evaluated | None, labelled: LabelledSet, console: Console) -> None:
    from surfedge.cli.tables.screen_cost import print_screen_cost
    from surfedge.evaluation import ScreenCost

    record = evaluated.record
    _say_verdict(record, console)
    _show_figures(record, console)
    if record.confusion is None:
        _show_classes(record, console)
    else:
        _show_given(record.confusion, console)
    for note in record.notes:
        console.line(note)
    console.line(f"{len(record.rows)} images, {evaluated.milliseconds:.2f} ms each")
    console.line(f"report: {evaluated.out_dir / 'report.html'}; curves and worst cases beside it")
    screen = {}
    if bare is not None:
        cost = ScreenCost.between((record, evaluated.tally), (bare.record, bare.tally))
        screen = {"screen": print_screen_cost(cost, console)}
    console.result(
        {
            **record.to_dict(curves=False, images=False),
            "median_milliseconds": evaluated.milliseconds,
            "skipped": list(evaluated.skipped),
            "refused": list(evaluated.refused),
            "partly": list(evaluated.partly),
            "report": str(evaluated.out_dir / "report.html"),
            **screen,
        }
    )


def _say_verdict(record: EvaluationRecord, console: Console) -> None:
    """What the plant gets: how many are found and how many called falsely, at the bundle's limit."""
    from math import isnan

    from surfedge.report import refused_text

    if record.is_of_kinds:
        console.line(f"named right: {sum(row.is_right for row in record.rows)} of {len(record.rows)} images")
        return
    good, defective = record.refused
    claims = (
        (record.verdict(is_defect=True), "found", "defective images", defective),
        (record.verdict(is_defect=False), "false calls", "good images", good),
    )
    for share, what, kind, refused in claims:
        counted = [f"{share} {kind}"] if share.total else []
        if said := "; ".join([*counted, *([refused_text(refused)] if refused else [])]):
            limit = "limit of each image" if isnan(record.threshold) else f"limit {record.threshold:.4g}"
            console.line(f"at the {limit} {what}: {said}")


def _show_figures(record: EvaluationRecord, console: Console) -> None:
    from surfedge.evaluation import headline
    from surfedge.metrics import figures_of
    from surfedge.report import SAID_BY_THE_VERDICT, images_text

    titles, rows = {figure.name: figure.title for figure in figures_of()}, []
    for name, value in headline(record).items():
        if value != value or name in SAID_BY_THE_VERDICT:
            continue
        low, high = record.intervals.get(name, (float("nan"), float("nan")))
        between = f"{low:.3f} to {high:.3f}" if low == low else ""
        rows.append((titles[name], f"{value:.3f}", between, images_text(*record.support[name])))
    console.table(("metric", "value", f"{record.confidence:.0%} interval", "from images"), rows)


def _show_classes(record: EvaluationRecord, console: Console) -> None:
    rows = []
    for label, values in record.classes.items():
        share = record.called.get(label)
        called = f"{share.count} of {share.total}" if share else ""
        rows.append((label, called, *(_number(values.get(name)) for name in ("image_auroc", "au_pro_0.05"))))
    console.table(("class", "called defective", "image AUROC", "AU-PRO up to 5%"), rows)


def _show_given(found: Confusion, console: Console) -> None:
    """A row for each class: its images, how many were named right, and what the others were taken for."""
    rows = []
    for number, name in enumerate(found.names):
        others = [
            (count, found.names[k]) for k, count in enumerate(found.counts[number].tolist()) if count and k != number
        ]
        taken = ", ".join(f"{count} {other}" for count, other in sorted(others, reverse=True)[:3])
        right = f"{found.counts[number, number]} of {found.images[number]}"
        rows.append((name, right, _number(found.recall[number]), _number(found.precision[number]), taken))
    console.table(("class", "named right", "recall", "precision", "taken for"), rows)


def _number(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.3f}"

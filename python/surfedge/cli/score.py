"""``surfedge score``: inspect images, leave verdicts, tables and a report in a folder."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from surfedge.cli.options.machines import add_machines, check_machines, machines
from surfedge.cli.options.reading import add_reading, as_read
from surfedge.methods import WITHOUT_NETWORK

if TYPE_CHECKING:
    from surfedge.cli.console import Console
    from surfedge.detector import Detector
    from surfedge.scoring import Outcome, Row, Summary

SUMMARY = "inspect images: verdicts, tables and a report"
EXAMPLE = "surfedge score photos/ --out inspected --model leather.surfedge --save overlays"
LISTED = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add = parser.add_argument
    unset = argparse.SUPPRESS  # no "(default: None)" in the help
    add("input", nargs="*", metavar="INPUT", help="image, folder (recursive), pattern, or .txt list of paths")
    add("--out", required=True, default=unset, metavar="DIR", help="where results go; running again finishes the rest")
    add("--model", default=unset, metavar="BUNDLE", help="bundle to inspect with; without it an untrained method")
    add("--method", default=unset, metavar="NAME", help=f"method when there is no bundle: {', '.join(WITHOUT_NETWORK)}")
    add("--device", default="AUTO", metavar="CPU|GPU|AUTO", help="where a network runs")
    add("--threads", type=int, default=0, metavar="N", help="images inspected at once; 0 is one per core")
    add("--save", default=unset, metavar="KINDS", help="also write images: maps,masks,overlays")
    add("--parquet", action="store_true", default=unset, help="write the tables as Parquet too (extra: parquet)")
    add("--threshold", type=float, default=unset, metavar="T", help="use this limit on the score instead")
    add_reading(parser)
    add("--pages", choices=("first", "all"), default="first", help="of TIFF files with several: a row for each, or one")
    add_machines(parser)
    _add_watching(parser)


def _add_watching(parser: argparse.ArgumentParser) -> None:
    """Arguments for a folder that fills."""
    add, unset = parser.add_argument, argparse.SUPPRESS
    add("--watch", default=unset, metavar="DIR", help="score files as they arrive there, until stopped by Ctrl-C")
    add("--move-good", default=unset, metavar="DIR", help="with --watch: where good files go after their verdict")
    add("--move-defective", default=unset, metavar="DIR", help="with --watch: where defective files go")
    add("--settle", type=float, default=1.0, metavar="S", help="with --watch: seconds that a file must stay as it is")
    add("--until-idle", type=float, default=unset, metavar="S", help="with --watch: end after S seconds without a file")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run the verb; 0 when every image was judged, 1 when some were not or in part only, 3 when stopped."""
    from surfedge.cli import DONE, FAILED, SKIPPED
    from surfedge.detector import OWN_REFERENCE
    from surfedge.scoring import score_folder

    given = vars(arguments)
    _check(given)
    kinds = [kind.strip() for kind in given.get("save", "").split(",") if kind.strip()]
    detector = _detector(given)
    if "watch" in given:
        return _watch(detector, given, kinds, console)
    done = [0, 0]

    def progress(count: int, total: int, what: str) -> None:
        done[:] = count, total
        console.progress(count, total, what)

    try:
        with machines(given, console) as cluster:
            summary = score_folder(
                detector,
                arguments.input,
                arguments.out,
                save=kinds,
                parquet="parquet" in given,
                workers=arguments.threads or int(detector.bundle.runtime.get("workers", 0)),
                notes={"bundle_path": given.get("model", "")},
                pages=arguments.pages,
                cluster=cluster,
                progress=progress,
            )
    except KeyboardInterrupt:
        what = f"{done[0]:,} of {done[1]:,} images are done and" if done[1] else "what was done is"
        console.error(f"stopped: {what} kept in {arguments.out}; run the same command again to finish")
        return FAILED
    show(summary, console)
    if "model" not in given:
        console.line(OWN_REFERENCE)
    return DONE if summary.is_complete else SKIPPED


def _check(given: dict[str, Any]) -> None:
    """Raises ArgumentError for what contradicts itself or would be passed over."""
    from surfedge.cores import checked_count
    from surfedge.errors import ArgumentError

    checked_count("--threads", given["threads"])
    check_machines(given)
    if bool(given["input"]) == ("watch" in given):
        found = "inputs and --watch" if given["input"] else "neither inputs nor --watch"
        raise ArgumentError("INPUT", found=found, expected="inputs, or --watch DIR")
    for name in ("move_good", "move_defective", "until_idle"):
        if name in given and "watch" not in given:
            raise ArgumentError(f"--{name.replace('_', '-')}", found="no --watch", expected="--watch DIR beside it")
    if given["pages"] != "first" and "watch" in given:
        raise ArgumentError(
            "--pages", found="--watch as well", expected="inputs", remedy="score such files in a run of their own"
        )
    if not 0 < given["settle"] < float("inf"):
        raise ArgumentError("--settle", found=given["settle"], expected="seconds above 0")
    if not 0 < given.get("until_idle", 1.0) < float("inf"):
        raise ArgumentError(
            "--until-idle",
            found=given["until_idle"],
            expected="seconds above 0",
            remedy="leave it out to watch until Ctrl-C",
        )


def _watch(detector: Detector, given: dict[str, Any], kinds: list[str], console: Console) -> int:
    """Follow a folder; Ctrl-C or a polite kill ends it cleanly, a second one at once."""
    import signal
    import threading

    from surfedge.cli import DONE, SKIPPED
    from surfedge.scoring import watch_folder

    stop = threading.Event()

    def ask(number: int, frame: Any) -> None:
        stop.set()
        signal.signal(number, signal.default_int_handler)

    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), ask)
    with machines(given, console) as cluster:
        summary = watch_folder(
            detector,
            given["watch"],
            given["out"],
            move_good=given.get("move_good"),
            move_defective=given.get("move_defective"),
            save=kinds,
            parquet="parquet" in given,
            workers=given["threads"] or int(detector.bundle.runtime.get("workers", 0)),
            notes={"bundle_path": given.get("model", "")},
            settle_s=given["settle"],
            give_up_s=max(30.0, 5 * given["settle"]),
            cluster=cluster,
            idle_s=given.get("until_idle", 0.0),
            stop=stop,
            seen=lambda outcome: console.line(_line(outcome)),
        )
    show(summary, console, listed=False)
    return DONE if summary.is_complete else SKIPPED


def _detector(given: dict[str, Any]) -> Detector:
    import cv2

    from surfedge import kernels
    from surfedge.bundle import Bundle
    from surfedge.detector import DEFAULT_METHOD, Detector, default_bundle
    from surfedge.errors import ArgumentError

    if "model" in given and "method" in given:
        raise ArgumentError("--method", found="--model as well", expected="one of them")
    name = given.get("method", DEFAULT_METHOD)
    bundle = Bundle.read(given["model"]) if "model" in given else default_bundle(name)
    bundle = as_read(bundle, given)
    kernels.set_threads(1)  # images are the unit of work: one thread each, as many as cores
    cv2.setNumThreads(1)
    detector = Detector(bundle, device=given["device"], threads=given["threads"])
    return detector.with_threshold(given["threshold"]) if "threshold" in given else detector


def show(summary: Summary, console: Console, listed: bool = True, more: dict[str, Any] | None = None) -> None:
    """Verdicts or the worst of them, counts, and where the report is. more : for the JSON object."""
    from surfedge.datasets import printable
    from surfedge.detector import BY_RAISED_LIMIT

    if listed and summary.images <= LISTED:
        for row in sorted((*summary.worst, *summary.refused, *summary.problems), key=lambda row: row.item.position):
            console.line(_line(row))
    elif listed:
        table = [_cells(row) for row in summary.worst[:10]]
        has_classes = any(row.verdict and row.verdict.label for row in summary.worst)
        last = ("class", "probability") if has_classes else ("regions", "area px")
        console.table(("highest scores", "verdict", "score", *last), table)
        for rows, total, what in (
            (summary.refused, summary.implausible, "implausible"),
            (summary.problems, summary.skipped, "skipped"),
        ):
            for row in rows[:10]:
                console.line(_line(row))
            if total > 10:
                console.line(f"... and {total - 10:,} more {what}; the reasons are in results.csv")
    if summary.partly and not (listed and summary.images <= LISTED):
        for row in summary.partial[:10]:
            console.line(f"IN PART    {printable(row.item.shown)}: {row.pages_left}")
    if summary.partly:
        console.line(
            f"{summary.partly:,} of the images inspected in part: the first page alone; --pages all inspects every page"
        )
    if summary.undeclared_depth:
        console.line(
            f"{summary.undeclared_depth:,} of the images use fewer than 16 bits: --bit-depth N if the camera has N; "
            "results.csv says more"
        )
    if summary.by_raised_limit:
        console.line(f"{summary.by_raised_limit:,} {BY_RAISED_LIMIT}")
    if summary.left_out:
        console.line(printable(f"left out: {'; '.join(map(str, summary.left_out[:LISTED]))}"))
    if summary.classes:
        console.line(printable("classes: " + ", ".join(f"{name} {n:,}" for name, n in summary.classes.items())))
    before = summary.images - summary.inspected - summary.skipped - summary.implausible
    refused = f"{summary.implausible:,} implausible, " if summary.implausible else ""
    console.line(
        f"{summary.images:,} images: {summary.defective:,} defective, {summary.good:,} good, "
        f"{refused}{summary.skipped:,} skipped; {summary.seconds:.1f} s"
        + (f" ({before:,} were done before)" if before else "")
    )
    console.line(f"report: {printable(str(summary.report))}")
    console.result({**summary.to_dict(), **(more or {})})


def _line(row: Row | Outcome) -> str:
    from surfedge.datasets import printable

    v, name = row.verdict, printable(row.item.shown)
    if v is None:
        return f"{row.status.upper():<10} {name}: {row.reason}"
    word = "DEFECTIVE" if v.defective else "good"
    regions = f", {v.regions} region{'s' * (v.regions != 1)} of {v.defect_area_px:,} px" if v.regions else ""
    part = f"; IN PART, {v.pages_left}" if v.pages_left else ""
    named = "" if v.probability is None else f"{printable(v.label)} ({v.probability:.2f}), "
    return f"{word:<10} {name}: {named}score {v.score:.4g}, limit {v.threshold:.4g}{regions}{part}"


def _cells(row: Row) -> tuple[str, ...]:
    from surfedge.datasets import printable

    v = row.verdict
    assert v is not None
    verdict = "DEFECTIVE" if v.defective else "good"
    found = (f"{v.regions:,}", f"{v.defect_area_px:,}")
    last = found if v.probability is None else (printable(v.label), f"{v.probability:.2f}")
    return printable(row.item.shown), verdict, f"{v.score:.4g}", *last

"""``surfedge score``: inspect images, leave verdicts, tables and a report in a folder."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from surfedge.cli.options.machines import add_machines, check_machines, machines
from surfedge.cli.options.reading import add_reading, as_read
from surfedge.cli.tables.scored import show_scored, verdict_line
from surfedge.methods import WITHOUT_NETWORK

if TYPE_CHECKING:
    from surfedge.cli.console import Console
    from surfedge.detector import Detector

SUMMARY = "inspect images: verdicts, tables and a report"
EXAMPLE = "surfedge score photos/ --out inspected --model leather.surfedge --save overlays"


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
    show_scored(summary, console)
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
            seen=lambda outcome: console.line(verdict_line(outcome)),
        )
    show_scored(summary, console, listed=False)
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

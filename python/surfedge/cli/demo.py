"""surfedge demo: the main job from beginning to end on rendered plates, in seconds and offline."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.scoring import Summary

SUMMARY = "render plates with defects, learn from good ones, inspect the rest, write a report"
EXAMPLE = "surfedge demo --out surfedge-demo"
GOOD, INSPECTED = 40, 12
DEFECTS = ("scratch", "hole", "dent", "stain")
SIZE_PX = 384
READY = {"plate": "plate-fast"}  # surfaces that a bundle of the package was trained for
MARK = "surfedge-demo.txt"  # stands in a folder that a demo may clear


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("--out", default="surfedge-demo", metavar="DIR", help="folder for plates, bundle and report")
    parser.add_argument("--surface", default="plate", help="plate, plate-teardrop, strip, strip-galvanised or leather")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other plates")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Render, calibrate, score, report; returns the exit code."""
    from surfedge.calibration import calibrate
    from surfedge.cli import DONE
    from surfedge.cli.tables.scored import show_scored
    from surfedge.datasets import find_images
    from surfedge.detector import DEFAULT_METHOD, Detector, default_bundle
    from surfedge.scoring import score_folder

    out = Path(arguments.out)
    _clear(out)
    _render(out, arguments, console)
    start = Detector(default_bundle(DEFAULT_METHOD))
    outcome = calibrate(
        start.method,
        start.decision,
        find_images([out / "good"]),
        rule="quantile:0.95",
        other_form=False,
        progress=console.progress,
    )
    bundle = outcome.bundle.write(out / "plate.surfedge")
    console.line(f"learned from {GOOD} good plates: {out / 'plate.surfedge'}")
    summary = score_folder(
        Detector(bundle),
        [out / "plates"],
        out / "results",
        save=("overlays",),
        notes={"bundle_path": str(out / "plate.surfedge")},
        progress=console.progress,
    )
    network = _by_network(out, arguments.surface, console)
    show_scored(summary, console, more={"network": network.to_dict()} if network else None)
    if network:
        _compare(summary, network, console)
    return DONE


def _by_network(out: Path, surface: str, console: Console) -> Summary | None:
    """The same plates by the ready network, where the package has one for the surface."""
    from surfedge.bundle.packaged import packaged
    from surfedge.detector import Detector
    from surfedge.scoring import score_folder

    path = packaged("*.surfedge").get(READY.get(surface, ""))
    if path is None:
        return None
    return score_folder(
        Detector(path, device="CPU"),
        [out / "plates"],
        out / "results-network",
        save=("overlays",),
        notes={"bundle_path": str(path)},
        progress=console.progress,
    )


def _compare(statistics: Summary, network: Summary, console: Console) -> None:
    """What each found, counted by the truth."""
    rows = []
    for kind in (*sorted(DEFECTS), "good"):
        called = [
            [row.verdict.defective for row in each.worst if row.verdict and kind in row.item.path.name]
            for each in (statistics, network)
        ]
        what = "good, called defective" if kind == "good" else f"{kind}, found"
        rows.append((what, *(f"{sum(verdicts)} of {len(verdicts)}" for verdicts in called)))
    console.table((f"the {statistics.images} plates", "learned here", "ready network"), rows)
    console.line("learned here: patch statistics of the good plates, without a network")
    console.line(f"ready network: an autoencoder trained on other plates; {network.report}")


def _clear(out: Path) -> None:
    """A demo starts afresh, but only in a folder of its own."""
    from surfedge.errors import ArgumentError

    if out.exists() and not (out / MARK).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise ArgumentError(
            "--out",
            found=f"{out}, which holds something else",
            expected="a new or empty folder",
            remedy="name another folder",
        )
    for part in ("good", "plates", "results", "results-network"):
        shutil.rmtree(out / part, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).write_text(
        "Made by surfedge demo, which replaces good, plates, results and results-network here.\n", encoding="utf-8"
    )


def _render(out: Path, arguments: argparse.Namespace, console: Console) -> None:
    """Good plates to learn from, and a mixed dozen to inspect; the name says what each shows."""
    import cv2

    from surfedge.synthesis import ALIASES, render

    surface = ALIASES.get(arguments.surface, arguments.surface)
    kinds = [*DEFECTS, *DEFECTS, *[""] * (INSPECTED - 2 * len(DEFECTS))]
    for number in range(GOOD + INSPECTED):
        console.progress(number, GOOD + INSPECTED, "rendering")
        is_good = number < GOOD
        kind = "" if is_good else kinds[number - GOOD]
        shot = render(
            surface,
            shape=(SIZE_PX, SIZE_PX),
            defects=(kind,) if kind else (),
            severity=0.9,
            seed=1000 * arguments.seed + number,
        )
        path = out / ("good" if is_good else "plates") / f"{number:03}_{kind or 'good'}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = shot.image if shot.image.ndim == 2 else cv2.cvtColor(shot.image, cv2.COLOR_RGB2BGR)
        _, encoded = cv2.imencode(".png", picture)
        path.write_bytes(encoded.tobytes())

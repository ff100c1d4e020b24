"""surfedge tune: can this PC keep up with the line, and with which settings?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from surfedge.cli.console import Console

if TYPE_CHECKING:
    import numpy as np

    from surfedge.bundle import Bundle
    from surfedge.detector import Line, Tuning
    from surfedge.images import Frame

SUMMARY = "measure this PC with a bundle: the line speed it keeps up with, its reserve, and the settings for it"
EXAMPLE = "surfedge tune leather.surfedge --line-speed 300 --pixel-size 0.5 --width 1000 --frames good/"
FRAMES = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    add = parser.add_argument
    add("bundle", help="a .surfedge file; the settings found are written into it")
    add("--line-speed", type=float, default=60.0, metavar="M/MIN", help="speed of the material")
    add("--pixel-size", type=float, default=0.5, metavar="MM", help="side of a pixel on the material")
    add("--width", type=float, default=1000.0, metavar="MM", help="width that is inspected")
    add(
        "--frames",
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="images to measure with; a screen needs real ones; else a strip, or a plate, is rendered",
    )
    add(
        "--labelled",
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="labelled images, as for evaluate: what the bundle's screen costs in detection",
    )
    add(
        "--strip",
        action="store_true",
        help="frames are the lines of one strip, inspected as surfedge strip does; without --frames a coil is rendered",
    )
    add("--lines", type=int, default=1024, metavar="N", help="rows of a rendered frame")
    add("--device", default="AUTO", metavar="CPU|GPU|AUTO", help="where a network runs")
    add("--seconds", type=float, default=1.0, metavar="S", help="time for each setting")
    add("--dry-run", action="store_true", help="measure only, leave the bundle as it is")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Measure, say what holds, write the settings; returns the exit code."""
    import cv2

    from surfedge import kernels
    from surfedge.bundle import Bundle
    from surfedge.cli import DONE
    from surfedge.cli.tables.screen_cost import show_screen_cost
    from surfedge.detector import Line, tune
    from surfedge.strips import as_strip

    line = Line(arguments.line_speed, arguments.pixel_size, arguments.width)
    bundle = Bundle.read(arguments.bundle)
    kernels.set_threads(1)
    cv2.setNumThreads(1)
    said = {}
    if "labelled" in vars(arguments):
        said["screen"] = show_screen_cost(bundle, arguments.labelled, console, arguments.device)
    tuning = tune(
        bundle,
        _frames(arguments, line, bundle),
        device=arguments.device,
        seconds=arguments.seconds,
        inspected=as_strip if arguments.strip else None,
        progress=console.progress,
    )
    _show(tuning, line, console)
    holds = tuning.held.pixels_per_s >= line.pixels_per_s
    if not arguments.dry_run:
        bundle = tuning.written(bundle, line).write(arguments.bundle)
        console.line(f"{arguments.bundle}: settings written, identity {bundle.identity[:16]}...; scores stay")
    console.result(
        {
            "holds": holds,
            "holds_m_per_min": line.speed_of(tuning.held.pixels_per_s),
            "pixels_per_s": tuning.held.pixels_per_s,
            "asked_pixels_per_s": line.pixels_per_s,
            "runtime": bundle.runtime,
            "identity": bundle.identity,
            **said,
        }
    )
    return DONE


def _frames(arguments: argparse.Namespace, line: Line, bundle: Bundle) -> list[np.ndarray | Frame]:
    """The images to measure with: those given, else rendered ones as wide as the line."""
    from surfedge.bundle import deserialize
    from surfedge.datasets import find_images
    from surfedge.detector import Preparation
    from surfedge.errors import ArgumentError
    from surfedge.synthesis import RenderedCoil, render

    preparation = deserialize(Preparation, bundle.input, name="input")
    if "frames" in vars(arguments):
        frames = [preparation.read(path) for path in find_images([arguments.frames])[:16]]
        widths = {frame.shape[1] for frame in frames}
        if arguments.strip and len(widths) > 1:
            raise ArgumentError("--frames", found=f"{len(widths)} widths", expected="lines of one strip, of one width")
        return list(frames)
    shape = (arguments.lines, line.width_px)
    if not 16 <= arguments.lines <= 16384 or shape[0] * shape[1] > 1 << 28:
        raise ArgumentError("--lines", found=arguments.lines, expected="16 to 16384, frames of at most 256 Mpx")
    if arguments.strip:
        coil = RenderedCoil(
            1e-3 * FRAMES * arguments.lines * line.pixel_mm, line.width_mm, line.width_mm, line.pixel_mm
        )
        return list(coil.blocks(arguments.lines))
    # A bundle that takes a pattern out refuses images without one.
    surface = "strip" if preparation.prefilter in ("none", "auto") else "plate-diamond"
    return [render(surface, shape, seed=seed).image for seed in range(FRAMES)]


def _show(tuning: Tuning, line: Line, console: Console) -> None:
    rows = []
    for trial in sorted(tuning.trials, key=lambda trial: -trial.pixels_per_s):
        s = trial.setting
        rows.append(
            (
                f"{'* ' if trial is tuning.best else ''}{s.workers} workers, threads {s.threads or 'auto'}, "
                f"streams {s.streams or 'auto'}, batch {s.batch}",
                s.precision,
                f"{trial.skipped_share:.1%}" if s.screen and trial.skipped_share else "none",
                f"{trial.milliseconds:.2f}",
                f"{trial.pixels_per_s / 1e6:.1f}",
                f"{line.speed_of(trial.pixels_per_s):,.0f}",
                f"{trial.score_change:.2g}",
                trial.flips,
            )
        )
    columns = ("setting", "precision", "skipped", "ms/frame", "Mpx/s", "m/min", "score moved by", "verdicts changed")
    console.table(columns, rows)
    speed, asked = line.speed_of(tuning.held.pixels_per_s), line.speed_m_per_min
    ratio = speed / asked
    spare = 1 - 1 / ratio
    words = f"keeps up, {spare:.0%} of the time in reserve" if ratio >= 1 else f"too slow, {ratio:.0%} of it"
    console.line(
        f"{asked:,.0f} m/min at {line.pixel_mm:g} mm and {line.width_mm:,.0f} mm width ({line.pixels_per_s / 1e6:.1f} "
        f"Mpx/s): {words}; up to {speed:,.0f} m/min"
    )

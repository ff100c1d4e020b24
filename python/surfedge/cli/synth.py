"""surfedge synth: rendered surfaces with known truth."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path

from surfedge.cli.coils.rendering import SURFACE as COIL
from surfedge.cli.coils.rendering import add_coil
from surfedge.cli.console import Console

SUMMARY = "render plate, strip, leather and other surfaces with defects and their masks; or a coil of any length"
EXAMPLE = "surfedge synth plate plates/ --count 100 --defects scratch,dent --size 512"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    from surfedge.synthesis import ALIASES, DEFECTS, SURFACES, USUAL_DEFECTS

    add = parser.add_argument
    add("surface", help=", ".join((*ALIASES, *SURFACES, COIL)))
    add("out", metavar="OUT", help="new or empty folder")
    add("--count", type=int, default=100, metavar="N", help="number of images")
    add(
        "--defects",
        default=",".join(USUAL_DEFECTS),
        help=f'kinds of defects, with commas between, of {", ".join(DEFECTS)}; "" for good images only',
    )
    add("--share", type=float, default=0.3, metavar="FRACTION", help="fraction of images that show a defect")
    add("--size", default="256", metavar="PX", help="side in pixels, or WIDTHxHEIGHT")
    add("--pixel-size", type=float, default=0.5, metavar="MM", help="side of a pixel in mm")
    add("--severity", type=float, default=0.6, help="how strong the defects are, 0 to 1")
    add(
        "--wear",
        type=float,
        default=argparse.SUPPRESS,
        metavar="FRACTION",
        help="of a plate in use, 0 to 1: scratches of its own, lugs that shine unevenly, drifting light",
    )
    add(
        "--layout",
        choices=("mvtec", "plain"),
        default="mvtec",
        help="folders as MVTec AD has them, or images and masks",
    )
    add("--seed", type=int, default=0, help="the same seed gives the same bytes")
    add("--threads", type=int, default=1, metavar="N", help="images made at once")
    add_coil(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Render and write; returns the exit code."""
    from surfedge.cli import DONE
    from surfedge.cli.generating.rendered_table import write_rendered_table
    from surfedge.synthesis import ALIASES, TRUTH, write_dataset

    if arguments.surface == COIL:
        return _coil(arguments, console)
    settings = {
        "shape": shape_of(arguments.size),
        "pixel_size_mm": arguments.pixel_size,
        "severity": arguments.severity,
        **({"in_use": arguments.wear} if "wear" in arguments else {}),
    }
    surface, truth = ALIASES.get(arguments.surface, arguments.surface), Path(arguments.out, TRUTH)
    try:
        summary = write_dataset(
            arguments.out,
            arguments.surface,
            count=arguments.count,
            defects=tuple(name.strip() for name in arguments.defects.split(",") if name.strip()),
            seed=arguments.seed,
            layout=arguments.layout,
            defective_share=arguments.share,
            threads=arguments.threads,
            progress=lambda done, total: console.progress(done, total, "rendering"),
            **settings,
        )
    except OSError:  # a full disk: what is there can be made again, where the table has room
        with suppress(OSError):
            write_rendered_table(truth, surface, settings)
        raise
    table = write_rendered_table(summary.truth, surface, settings)
    console.table(("folder", "images"), sorted(summary.counts.items()), title=str(summary.folder))
    console.line(f"truth: {summary.truth}; table to make it again: {table}")
    told = {"truth": str(summary.truth), "table": str(table)}
    console.result({"folder": str(summary.folder), "counts": summary.counts, **told})
    return DONE


def _coil(arguments: argparse.Namespace, console: Console) -> int:
    """Lines of a coil, and the truth of its marks."""
    from surfedge.cli import DONE
    from surfedge.cli.coils.rendering import coil_of, write

    folder = Path(arguments.out)
    coil = coil_of(vars(arguments), arguments.pixel_size, arguments.seed)
    images = write(coil, folder, console)
    counts: dict[str, int] = {}
    for mark in coil.marks:
        counts[mark.kind] = counts.get(mark.kind, 0) + 1
    console.table(("marks", "number"), sorted(counts.items()), title=str(folder))
    console.line(f"{coil.lines:,} lines of {coil.columns:,} px in {images}; truth: {folder / 'truth.json'}")
    console.line(f"inspect it: surfedge strip {folder} --out inspected/")
    console.result({"folder": str(images), "lines": coil.lines, "columns": coil.columns, "marks": counts})
    return DONE


def shape_of(text: str) -> tuple[int, int]:
    """(H, W) from "256" or "2048x1024" (width first, as people write it)."""
    from surfedge.errors import ArgumentError

    width, by, height = text.lower().partition("x")
    try:
        return int(height if by else width), int(width)
    except ValueError:
        raise ArgumentError("--size", found=repr(text), expected="256 or 2048x1024") from None

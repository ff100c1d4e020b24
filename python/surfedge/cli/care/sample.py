"""surfedge data sample: a fraction of each class, at most so many."""

from __future__ import annotations

import argparse
from pathlib import Path

from surfedge.cli.care.images import add_target, classes_of, root_of
from surfedge.cli.console import Console

SUMMARY = "take a fraction of each class, at most so many images, by a seed"
EXAMPLE = "surfedge data sample photos/ --share 0.2 --cap 100 --to few/ --copy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the task."""
    parser.add_argument("folder", help="folder with one sub-folder a class, or images alone")
    parser.add_argument(
        "--share", type=float, default=0.2, metavar="FRACTION", help="fraction of each class, at least one image"
    )
    parser.add_argument("--cap", type=int, default=0, metavar="N", help="at most N images of a class; 0 for no cap")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, other images")
    add_target(parser, "move the images there")
    parser.add_argument("--copy", action="store_true", help="copy instead of moving")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Draw, print, move or copy on request."""
    from surfedge.cli import DONE
    from surfedge.datasets import carry_out, drawn, planned

    root = root_of(arguments.folder)
    chosen = drawn(classes_of(root, console), arguments.share, arguments.cap, arguments.seed)
    console.table(("class", "drawn"), [(name, f"{len(paths):,}") for name, paths in chosen.items()])
    table = None
    if arguments.to:
        to, done = Path(arguments.to), "copied" if arguments.copy else "moved"
        moves = planned(((path, name) for name, paths in chosen.items() for path in paths), root, to)
        table = carry_out(moves, to, done, console.progress)
        console.line(f"{done} {len(moves):,} images; undo with: surfedge data undo {table}")
    else:
        console.line("nothing was moved; --to DIR does it, with --copy by copies")
    console.result(
        {
            "drawn": {name: list(map(str, paths)) for name, paths in chosen.items()},
            "table": None if table is None else str(table),
        }
    )
    return DONE

"""surfedge data check: unreadable and foreign files, sizes and depths by folder, light, dark, blurred, odd ones."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from surfedge.cli.care.images import LISTED, add_target, described, found_in, root_of
from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.datasets import Description, Unreadable

SUMMARY = "what is unreadable, foreign or unlike the others in a folder of images"
EXAMPLE = "surfedge data check photos/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the task."""
    parser.add_argument("folder", help="folder of images, with sub-folders or without")
    add_target(parser, "move the unreadable files there")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="images read at once; 0 is one per core")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Check, print, move on request; 1 when a file is unreadable."""
    from surfedge.cli import DONE, SKIPPED
    from surfedge.datasets import carry_out, folders, odd_ones, planned, printable

    root = root_of(arguments.folder)
    found = found_in(root)
    seen = described(list(found.images), console, arguments.threads)
    every: list[Description | Unreadable] = [*seen.described, *seen.unreadable]
    table = folders(every, root)
    console.table(
        ("folder", "images", "sizes", "samples", "unreadable"),
        [(f.name, f"{f.images:,}", _counts(f.sizes), _counts(f.samples), f.unreadable or "") for f in table],
    )
    odd = odd_ones(every, root)
    for each in seen.unreadable[:LISTED]:
        console.line(printable(f"unreadable {_below(each.path, root)}: {each.reason}"))
    for one in odd[:LISTED]:
        console.line(printable(f"{one.what} {_below(one.path, root)}: {one.found}"))
    left_out = found.left_out(root)
    if left_out:
        console.line(printable(f"beside the images: {'; '.join(map(str, left_out))}"))
    console.line(
        f"{len(seen.described):,} images, {len(seen.unreadable):,} unreadable, {len({o.path for o in odd}):,} odd"
    )
    written = None
    if arguments.to and seen.unreadable:
        moves = planned(((each.path, each.reason) for each in seen.unreadable), root, Path(arguments.to))
        written = carry_out(moves, Path(arguments.to), progress=console.progress)
        console.line(f"moved {len(moves):,} unreadable files; undo with: surfedge data undo {written}")
    console.result(
        {
            "images": len(seen.described),
            "unreadable": [{"path": str(each.path), "reason": each.reason} for each in seen.unreadable],
            "odd": [{"path": str(one.path), "what": one.what, "found": one.found} for one in odd],
            "folders": [vars(f) for f in table],
            "left_out": [each.to_dict() for each in left_out],
            "table": None if written is None else str(written),
        }
    )
    return SKIPPED if seen.unreadable else DONE


def _below(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _counts(counts: dict[str, int]) -> str:
    (first, number), *rest = counts.items() or [("", 0)]
    if not rest:
        return first
    return f"{first} ({number:,}), {len(rest)} other{'s' * (len(rest) > 1)} ({sum(n for _, n in rest):,})"

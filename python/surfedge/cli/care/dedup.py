"""surfedge data dedup: images that are there twice, by content, nearly or by name; within or against a folder."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surfedge.cli.care.images import add_target, described, found_in, memory, root_of, show_plan
from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.datasets import Pair

SUMMARY = "find duplicate images, within a folder or in another; move them on request"
EXAMPLE = "surfedge data dedup test/ --against train/ --to doubles/ --report doubles.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the task."""
    parser.add_argument("folder", help="folder of images; of two that are equal the first by path stays")
    parser.add_argument("--against", default=None, metavar="DIR", help="find what DIR holds already, instead of within")
    parser.add_argument(
        "--by",
        default="content,near",
        metavar="KINDS",
        help="content (equal pixels), near (difference hash, then aligned correlation), name (equal file names)",
    )
    add_target(parser, "move the duplicates there")
    parser.add_argument("--report", default=None, metavar="FILE", help="a page with the pairs side by side")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="images read at once; 0 is one per core")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Find, print, move on request; 1 when a file could not be read."""
    from surfedge.cli import DONE, SKIPPED
    from surfedge.datasets import carry_out, find_duplicates, planned, printable
    from surfedge.files import check_target

    root, started = root_of(arguments.folder), time.monotonic()
    if arguments.report:
        check_target("--report", Path(arguments.report))
    seen = described(list(found_in(root).images), console, arguments.threads)
    other = None
    if arguments.against:
        other = described(list(found_in(root_of(arguments.against)).images), console, arguments.threads)
    kinds = [kind.strip() for kind in arguments.by.split(",") if kind.strip()]
    pairs = find_duplicates(seen.described, kinds, other.described if other else (), console.progress)
    unreadable = [*seen.unreadable, *(other.unreadable if other else [])]
    for each in unreadable:
        console.line(printable(f"skipped {each.path}: {each.reason}"))
    to = Path(arguments.to) if arguments.to else root.parent / f"{root.name}-doubles"
    moves = planned(((pair.double, _why(pair)) for pair in pairs), root, to)
    show_plan(moves, root, console, "double")
    _say_found(len(seen.described), pairs, kinds, started, console)
    if arguments.report:
        from surfedge.report import write_pairs

        write_pairs(Path(arguments.report), pairs, f"Duplicates in {root}")
        console.line(f"report: {arguments.report}")
    table = None
    if arguments.to and moves:
        table = carry_out(moves, to, progress=console.progress)
        console.line(f"moved {len(moves):,} files; undo with: surfedge data undo {table}")
    elif moves:
        console.line("nothing was moved; --to DIR moves the duplicates there")
    console.result(
        {
            "images": len(seen.described),
            "doubles": [_values(pair) for pair in pairs],
            "skipped": [{"path": str(each.path), "reason": each.reason} for each in unreadable],
            "table": None if table is None else str(table),
        }
    )
    return SKIPPED if unreadable else DONE


def _say_found(images: int, pairs: Sequence[Pair], kinds: Sequence[str], started: float, console: Console) -> None:
    counts = {kind: sum(pair.kind == kind for pair in pairs) for kind in kinds}
    console.line(
        f"{images:,} images, {len(pairs):,} duplicates: "
        + ", ".join(f"{count:,} by {kind}" for kind, count in counts.items())
        + f"; {time.monotonic() - started:.1f} s{memory()}"
    )


def _values(pair: Pair) -> dict[str, Any]:
    """For programs."""
    return {"kept": str(pair.kept), "double": str(pair.double), "kind": pair.kind, "likeness": pair.likeness}


def _why(pair: Pair) -> str:
    """The reason in the table of moves."""
    how = {"content": "the same pixels as", "name": "the same name as"}.get(pair.kind, f"{pair.likeness:.3f} like")
    return f"{how} {pair.kept}"

"""surfedge data split: class folders into train, validation and test; what shows one item stays on one side."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from surfedge.cli.care.images import Seen, add_target, classes_of, described, root_of
from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.datasets.dividing import Divided

SUMMARY = "split class folders into train, validation and test by a seed; one item and near-duplicates on one side"
EXAMPLE = "surfedge data split photos/ --share 0.7,0.1,0.2 --item '^(coil\\d+)' --to parted/ --copy"
SIDES = {1: ("train", "test"), 2: ("train", "test"), 3: ("train", "validation", "test")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the task."""
    parser.add_argument("folder", help="folder with one sub-folder a class, or images alone")
    parser.add_argument(
        "--share", default="0.8", metavar="FRACTIONS", help="of train; of train,test; or of train,validation,test"
    )
    parser.add_argument("--cap", type=int, default=0, metavar="N", help="at most N images of a class; 0 for all")
    parser.add_argument("--item", default=None, metavar="REGEX", help="part of the file name that identifies the item")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, other sides")
    parser.add_argument("--no-near", action="store_true", help="do not search for near-duplicate images")
    add_target(parser, "move the images there")
    parser.add_argument("--copy", action="store_true", help="copy instead of moving")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Draw, print, move or copy on request; 1 when a file could not be read."""
    from surfedge.cli import DONE, SKIPPED
    from surfedge.datasets.moves import check_apart

    root = root_of(arguments.folder)
    shares = _shares(arguments.share)
    classes = classes_of(root, console)
    if arguments.to:
        check_apart(root, Path(arguments.to))
    seen = described([path for held in classes.values() for path in held], console)
    divided = _divided(seen, classes, shares, arguments, console)
    console.table(
        ("class", *shares, "left out"),
        [
            (name, *(len(divided.sides[side][name]) for side in shares), len(divided.left_out.get(name, ())))
            for name in classes
        ],
    )
    table = _carried_out(divided, root, arguments, console) if arguments.to else None
    if table is None:
        console.line("nothing was moved; --to DIR does it, with --copy by copies")
    console.result(
        {
            "sides": {
                side: {name: list(map(str, held)) for name, held in c.items()} for side, c in divided.sides.items()
            },
            "left_out": {name: list(map(str, held)) for name, held in divided.left_out.items()},
            "skipped": [{"path": str(each.path), "reason": each.reason} for each in seen.unreadable],
            "table": None if table is None else str(table),
        }
    )
    return SKIPPED if seen.unreadable else DONE


def _divided(
    seen: Seen,
    classes: dict[str, list[Path]],
    shares: dict[str, float],
    arguments: argparse.Namespace,
    console: Console,
) -> Divided:
    """The sides of what could be read; the rest is said."""
    from surfedge.datasets import divide, find_duplicates, groups_of, printable

    for each in seen.unreadable:
        console.line(printable(f"skipped {each.path}: {each.reason}"))
    kinds = ["content"] if arguments.no_near else ["content", "near"]
    pairs = find_duplicates(seen.described, kinds, progress=console.progress)
    readable = {each.path: None for each in seen.described}
    groups = groups_of(list(readable), arguments.item or "", ((pair.kept, pair.double) for pair in pairs))
    console.line(f"{len(groups):,} groups of {len(readable):,} images, {len(pairs):,} pairs that show the same")
    kept = {name: [path for path in held if path in readable] for name, held in classes.items()}
    return divide(kept, shares, groups, arguments.seed, arguments.cap)


def _carried_out(divided: Divided, root: Path, arguments: argparse.Namespace, console: Console) -> Path:
    """Moves or copies each side into its folder; the table's place."""
    from surfedge.datasets import Move, carry_out

    to, done = Path(arguments.to), "copied" if arguments.copy else "moved"
    moves = [
        Move(path, to / side / path.relative_to(root), side)
        for side, by_class in divided.sides.items()
        for held in by_class.values()
        for path in held
    ]
    table = carry_out(moves, to, done, console.progress)
    console.line(f"{done} {len(moves):,} images; undo with: surfedge data undo {table}")
    return table


def _shares(text: str) -> dict[str, float]:
    from surfedge.errors import ArgumentError

    try:
        parts = [float(part) for part in text.split(",")]
    except ValueError:
        parts = []
    if len(parts) not in SIDES:
        raise ArgumentError("--share", found=repr(text), expected="one to three parts, e.g. 0.8 or 0.7,0.1,0.2")
    if len(parts) == 1:
        parts.append(1 - parts[0])
    return dict(zip(SIDES[len(parts)], parts, strict=True))

"""What the tasks have in common: the images of a folder by class, read to descriptions, and what that took."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from surfedge.cli.console import Console

if TYPE_CHECKING:
    from surfedge.datasets import Description, Found, Unreadable

LISTED = 20


class Seen(NamedTuple):
    """described : pictures that could be read. unreadable : the others."""

    described: list[Description]
    unreadable: list[Unreadable]


def root_of(text: str) -> Path:
    """The folder that was given; DatasetError where it is none."""
    from surfedge.errors import DatasetError

    root = Path(text)
    if not root.is_dir():
        raise DatasetError(root, found="no folder", expected="a folder of images", remedy="check the path")
    return root


def found_in(root: Path) -> Found:
    """The images below `root`; DatasetError where there are none."""
    from surfedge.datasets import find
    from surfedge.errors import DatasetError

    found = find([root])
    if not found.images:
        raise DatasetError(root, found="no image", expected="at least one", remedy="check the path")
    return found


def classes_of(root: Path, console: Console) -> dict[str, list[Path]]:
    """Images by the folder below `root` in which they lie, which is their class; counts are said."""
    classes: dict[str, list[Path]] = {}
    for path in found_in(root).images:
        parts = path.relative_to(root).parent.parts
        classes.setdefault("/".join(parts) if parts else ".", []).append(path)
    console.table(("class", "images"), [(name, f"{len(paths):,}") for name, paths in sorted(classes.items())])
    return dict(sorted(classes.items()))


def described(paths: list[Path], console: Console, workers: int = 0) -> Seen:
    """Every image read once; says how long that took and with how much memory."""
    from surfedge.datasets import Description, Unreadable, describe_all

    started = time.monotonic()
    seen = list(describe_all(paths, workers, console.progress))
    seconds = time.monotonic() - started
    took = f"{seconds / 60:.1f} minutes" if seconds >= 60 else f"{seconds:.1f} s"
    console.line(f"read {len(paths):,} images in {took}{memory()}")
    return Seen(
        [each for each in seen if isinstance(each, Description)],
        [each for each in seen if isinstance(each, Unreadable)],
    )


def memory() -> str:
    """The most memory that this process had so far, in words; nothing where the system does not say."""
    try:
        import resource
        import sys
    except ImportError:
        return ""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f", {most / (1 << 20 if sys.platform == 'darwin' else 1 << 10):,.0f} MB at most"


def add_target(parser: argparse.ArgumentParser, what: str) -> None:
    """--to, without which nothing is done."""
    parser.add_argument(
        "--to",
        default=None,
        metavar="DIR",
        help=f"{what}, with a table that undoes it (default: say what would be done)",
    )


def show_plan(moves: list[Any], root: Path, console: Console, verb: str) -> None:
    """What would be done, the first lines of it."""
    from surfedge.datasets import printable

    for move in moves[:LISTED]:
        source = move.source.relative_to(root) if move.source.is_relative_to(root) else move.source
        console.line(printable(f"{verb} {source}: {move.why}"))
    if len(moves) > LISTED:
        console.line(f"... and {len(moves) - LISTED:,} more")

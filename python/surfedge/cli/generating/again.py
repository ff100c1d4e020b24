"""surfedge generate again: a made set once more from its table, bit for bit."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from surfedge.cli.console import Console
from surfedge.cli.generating.options import show

if TYPE_CHECKING:
    from surfedge.cli.generating.made_table import MadeRow

SUMMARY = "make a set again from its table, and say whether every byte is the same"
EXAMPLE = "surfedge generate again made/made.csv --out again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the method."""
    add = parser.add_argument
    add("table", metavar="TABLE", help="made.csv of a made set, or the set's folder")
    add("--out", required=True, default=argparse.SUPPRESS, metavar="DIR", help="new or empty folder")
    add("--threads", type=int, default=1, metavar="N", help="images made at once")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Check the files, make, compare; exit code 3 where an image came out otherwise."""
    from surfedge.cli import FAILED
    from surfedge.cli.generating.made_table import read_table
    from surfedge.cli.generating.making import check_files
    from surfedge.cli.generating.writing import new_folder, write_set

    rows = read_table(Path(arguments.table))
    for row in rows:
        check_files(row)
    root = new_folder(arguments.out)
    written = write_set(root, [partial(_same, row) for row in rows], arguments.threads, console.progress, tries=1)
    other = [new.image for old, new in zip(rows, written.rows, strict=True) if old.image_sha256 != new.image_sha256]
    console.line(
        f"{len(rows) - len(other):,} of {len(rows):,} images are the same byte for byte"
        + (f"; the first that is not: {other[0]}, made by {rows[0].made_by}" if other else "")
    )
    code = show(written, str(root), console, {"same": len(rows) - len(other), "other": other})
    return FAILED if other else code


def _same(row: MadeRow, attempt: int) -> MadeRow:
    return row

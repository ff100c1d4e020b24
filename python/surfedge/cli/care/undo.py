"""surfedge data undo: files back where a table says that they lay."""

from __future__ import annotations

import argparse
from pathlib import Path

from surfedge.cli.console import Console

SUMMARY = "take back what a table of surfedge data says was moved or copied"
EXAMPLE = "surfedge data undo doubles/moved.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the task."""
    parser.add_argument("table", help="moved.csv or copied.csv, as it was named when it was written")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Undo and say how much."""
    from surfedge.cli import DONE
    from surfedge.datasets import undo

    back = undo(Path(arguments.table), console.progress)
    console.line(f"{len(back):,} files are where they were; the table stays: {arguments.table}")
    console.result({"undone": [str(move.source) for move in back]})
    return DONE

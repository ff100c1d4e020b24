"""surfedge data: sets of images looked after: checked, freed of duplicates, split, sampled, balanced."""

from __future__ import annotations

import argparse
from importlib import import_module

from surfedge.cli.console import Console

SUMMARY = "look after a set of images: check, dedup, split, sample, balance, undo; nothing is ever deleted"
EXAMPLE = "surfedge data dedup photos/ --report doubles.html"

TASKS = {
    "check": "surfedge.cli.care.check",
    "dedup": "surfedge.cli.care.dedup",
    "split": "surfedge.cli.care.split",
    "sample": "surfedge.cli.care.sample",
    "balance": "surfedge.cli.care.balance",
    "undo": "surfedge.cli.care.undo",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A parser of its own for each task; --json stands after the task as well as before it."""
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    for name, home in TASKS.items():
        task = import_module(home)
        sub = tasks.add_parser(
            name,
            help=task.SUMMARY,
            description=task.SUMMARY,
            epilog=f"example: {task.EXAMPLE}",
            formatter_class=parser.formatter_class,
        )
        task.add_arguments(sub)
        sub.add_argument(
            "--json",
            action="store_true",
            default=argparse.SUPPRESS,
            help="print one JSON object for programs, nothing else",
        )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run the task; returns the exit code."""
    import cv2

    cv2.setNumThreads(1)  # images are the unit of work
    return int(import_module(TASKS[arguments.task]).run(arguments, console))

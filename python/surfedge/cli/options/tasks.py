"""Verbs that do several things: a parser of its own for each task, and the task that was named."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module

from surfedge.cli.console import Console


def add_tasks(parser: argparse.ArgumentParser, dest: str, homes: Mapping[str, str]) -> None:
    """A parser for each of `homes`, modules by name; --json stands after the name as well as before it."""
    tasks = parser.add_subparsers(dest=dest, required=True, metavar=dest.upper())
    for name, home in homes.items():
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


def run_task(home: str, arguments: argparse.Namespace, console: Console) -> int:
    """Run the task in the module `home`; returns the exit code."""
    import cv2

    cv2.setNumThreads(1)  # images are the unit of work
    return int(import_module(home).run(arguments, console))

"""surfedge data: sets of images looked after: checked, freed of duplicates, split, sampled, balanced, cut."""

from __future__ import annotations

import argparse

from surfedge.cli.console import Console
from surfedge.cli.options.tasks import add_tasks, run_task

SUMMARY = "look after a set of images: check, dedup, split, sample, balance, patches, undo; nothing is ever deleted"
EXAMPLE = "surfedge data dedup photos/ --report doubles.html"

TASKS = {
    "check": "surfedge.cli.care.check",
    "dedup": "surfedge.cli.care.dedup",
    "split": "surfedge.cli.care.split",
    "sample": "surfedge.cli.care.sample",
    "balance": "surfedge.cli.care.balance",
    "patches": "surfedge.cli.care.patches",
    "undo": "surfedge.cli.care.undo",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A parser of its own for each task."""
    add_tasks(parser, "task", TASKS)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run the task; returns the exit code."""
    return run_task(TASKS[arguments.task], arguments, console)

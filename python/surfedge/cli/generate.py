"""surfedge generate: defective images made from good ones, with their truth and a table that makes them again."""

from __future__ import annotations

import argparse

from surfedge.cli.console import Console
from surfedge.cli.options.tasks import add_tasks, run_task

SUMMARY = "make defective images with their ground truth: cut and paste, Perlin anomalies, defect transfer"
EXAMPLE = "surfedge generate paste labelled/ --onto good/ --out made --count 200"

METHODS = {
    "paste": "surfedge.cli.generating.paste",
    "perlin": "surfedge.cli.generating.perlin",
    "transfer": "surfedge.cli.generating.transfer",
    "judge": "surfedge.cli.generating.judge",
    "again": "surfedge.cli.generating.again",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A parser of its own for each method."""
    add_tasks(parser, "method", METHODS)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run the method; returns the exit code."""
    return run_task(METHODS[arguments.method], arguments, console)

"""surfedge generate: defective images made from good ones, with their truth and a table that makes them again."""

from __future__ import annotations

import argparse
from importlib import import_module

from surfedge.cli.console import Console

SUMMARY = "make defective images with their ground truth: cut and paste, Perlin anomalies"
EXAMPLE = "surfedge generate paste labelled/ --onto good/ --out made --count 200"

METHODS = {
    "paste": "surfedge.cli.generating.paste",
    "perlin": "surfedge.cli.generating.perlin",
    "again": "surfedge.cli.generating.again",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A parser of its own for each method; --json stands after the method as well as before it."""
    methods = parser.add_subparsers(dest="method", required=True, metavar="METHOD")
    for name, home in METHODS.items():
        method = import_module(home)
        sub = methods.add_parser(
            name,
            help=method.SUMMARY,
            description=method.SUMMARY,
            epilog=f"example: {method.EXAMPLE}",
            formatter_class=parser.formatter_class,
        )
        method.add_arguments(sub)
        sub.add_argument(
            "--json",
            action="store_true",
            default=argparse.SUPPRESS,
            help="print one JSON object for programs, nothing else",
        )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run the method; returns the exit code."""
    import cv2

    cv2.setNumThreads(1)  # images are the unit of work
    return int(import_module(METHODS[arguments.method]).run(arguments, console))

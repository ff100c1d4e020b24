"""Options that say what the folders of the data mean."""

from __future__ import annotations

import argparse


def add_good_names(parser: argparse.ArgumentParser) -> None:
    """--good, as often as there are names."""
    parser.add_argument(
        "--good",
        dest="good_names",
        action="append",
        default=[],
        metavar="NAME",
        help="name of a good folder in the data (default: good, OK, normal, ...); may be repeated",
    )

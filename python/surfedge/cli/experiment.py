"""surfedge experiment: a grid of recipes, settings, data sets and seeds from one file; one table, curves, pictures."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from surfedge.cli.console import Console
from surfedge.cli.options.machines import add_machines, check_machines, machines
from surfedge.errors import ArgumentError

if TYPE_CHECKING:
    from surfedge.datasets import GoodSet, LabelledSet
    from surfedge.experiments import Experiment, Material

SUMMARY = "run a grid of recipes x data x seeds from a TOML file: a table, curves, rows of images (needs torch)"
EXAMPLE = "surfedge experiment losses.toml --out losses/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("file", help="TOML file that describes the grid, see docs/reconstruction.md")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for table, curves, images, checkpoints")
    parser.add_argument(
        "--data", action="append", default=[], metavar="NAME=FOLDER", help="where a data set of the file lies here"
    )
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="CPU threads, 0 leaves it to torch")
    add_machines(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Run what is missing, write the table, print it; returns the exit code."""
    from surfedge.cli import DONE, SKIPPED
    from surfedge.training import require_torch

    require_torch()
    from surfedge.experiments import read_experiment, run_experiment

    check_machines(vars(arguments))
    data = dict(_named_folder(text) for text in arguments.data)
    experiment = read_experiment(arguments.file, data)
    for name, material in experiment.materials().items():
        _show_data(name, material, experiment, console)
    how: dict[str, Any] = {"threads": arguments.threads, "progress": console.progress, "tell": console.line}
    with machines(vars(arguments), console) as cluster:
        outcome = run_experiment(experiment, arguments.out, cluster=cluster, **how)
    columns, rows = outcome.summary()
    console.table(columns, rows)
    console.line(f"all figures (table.md), curves and images: {outcome.out_dir}")
    console.result(
        {
            "out": str(outcome.out_dir),
            "rows": [cell.to_dict() for cell in outcome.cells],
            "failed": list(outcome.failed),
        }
    )
    return SKIPPED if outcome.failed else DONE


def _show_data(name: str, material: Material, experiment: Experiment, console: Console) -> None:
    """How the folders of a data set were understood; what cannot be is listed with the cells that fail by it."""
    from surfedge.datasets import labelled_set
    from surfedge.errors import SurfedgeError

    reads: dict[str, Callable[[], Sequence[GoodSet] | Sequence[LabelledSet]]] = {}
    if experiment.methods:
        reads["good"] = material.good
    for _, _, recipe in experiment.variants(name):
        reads.setdefault(recipe.family.needs, partial(material.learning, recipe))
    reads["labelled"] = lambda: [labelled_set(material.test)]
    for what, read in reads.items():
        with suppress(SurfedgeError):
            for each in read():
                console.data(f"{name}: {what}", each.understood)


def _named_folder(text: str) -> tuple[str, str]:
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise ArgumentError("--data", found=repr(text), expected="NAME=FOLDER")
    return name, folder
